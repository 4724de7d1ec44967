# SPDX-License-Identifier: MIT
"""Commands as coroutines, and running them as objects."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import ContentMismatch, InvalidForm, IqError, LocalProtocolError, XMPPError
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0050 import Action, Note, NoteType, RemoteCommand, Status, StepBack
from xmppkit.plugins.xep_0050.stanza import COMMANDS
from xmppkit.testing import clock

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"


@pytest.fixture
def romeo(network: Any) -> Any:
    return network.join(ROMEO, "xep_0050").plugin["xep_0050"]


@pytest.fixture
def juliet(network: Any, romeo: Any) -> Any:
    return network.join(JULIET, "xep_0050").plugin["xep_0050"]


def service() -> Form:
    form = Form(title="Configure")
    form.add_field("service", "list-single", options=["httpd", "jabberd"], required=True)
    return form


def state() -> Form:
    form = Form(title="State")
    form.add_field("on", "boolean", value=False)
    return form


async def configure(command: Any) -> Any:
    """Two forms; the first can be asked for again."""
    while True:
        wanted = await command.ask(service())
        command.note("mind the gap", NoteType.WARN)
        try:
            answer = await command.ask(state(), last=True, back=True)
        except StepBack:
            continue
        return f"{command.requester.bare}: {wanted['service']} {answer['on']} at {command.node}"


async def test_steps(romeo: Any, juliet: Any) -> None:
    juliet.add("config", "Configure", configure)
    command = await romeo.execute(JULIET, "config")
    assert (command.status, list(command.actions), command.form["title"]) == (
        Status.EXECUTING,
        [Action.NEXT],
        "Configure",
    )
    await command.submit({"service": "httpd"})
    assert (list(command.actions), command.notes) == (
        [Action.PREV, Action.COMPLETE],
        (Note(NoteType.WARN, "mind the gap"),),
    )
    await command.prev()
    assert command.form["title"] == "Configure"
    await command.next({"service": "jabberd"})
    await command.complete({"on": True})
    assert (command.status, command.form, command.executing) == (Status.COMPLETED, None, False)
    assert command.notes == (Note(NoteType.INFO, "romeo@montague.lit: jabberd True at config"),)
    with pytest.raises(LocalProtocolError, match="completed"):
        await command.next()
    assert dict(juliet.sessions) == {}


async def test_what_does_not_fit_may_be_mended(romeo: Any, juliet: Any) -> None:
    juliet.add("config", "Configure", configure)
    command = await romeo.execute(JULIET, "config")
    with pytest.raises(InvalidForm, match="service"):  # it is not even sent
        await command.submit({"service": "telnetd"})
    for payload in ({"service": "telnetd"}, {}):
        wrong = Form()
        wrong["type"] = "submit"
        wrong["values"] = payload
        with pytest.raises(IqError, match="bad-request") as caught:
            await command.submit(wrong)
        assert caught.value.iq.xml.find(f".//{{{COMMANDS}}}bad-payload") is not None
        assert "service" in caught.value.text
    with pytest.raises(IqError, match="the form is missing"):
        await romeo.send_command(JULIET, "config", sessionid=command.sessionid)
    await command.submit({"service": "httpd"})
    assert command.executing


async def test_a_result(romeo: Any, juliet: Any) -> None:
    async def report(command: Any) -> Any:
        form = Form()
        form["type"] = "result"
        form.add_field("uptime", value="3 days")
        return [form] if command.lang == "" else form

    async def nothing(command: Any) -> None:
        assert command.submitted is None

    juliet.add("report", "Report", report)
    juliet.add("nothing", "Nothing", nothing)
    command = await romeo.execute(JULIET, "report")
    assert (command.status, command.form["values"]["uptime"], len(command.payload)) == ("completed", "3 days", 1)
    command = await romeo.execute(JULIET, "nothing")
    assert (command.status, command.form, command.payload) == (Status.COMPLETED, None, ())


async def test_cancelling(romeo: Any, juliet: Any) -> None:
    ended: list[str] = []

    async def patient(command: Any) -> None:
        try:
            await command.ask(state())
        finally:
            await asyncio.sleep(0)
            ended.append("tidied up")

    juliet.add("patient", "Patient", patient)
    command = await romeo.execute(JULIET, "patient")
    await command.cancel()
    assert (command.status, ended) == (Status.CANCELED, ["tidied up"])
    async with await romeo.execute(JULIET, "patient") as command:
        pass
    assert (command.status, len(ended)) == (Status.CANCELED, 2)
    async with await romeo.execute(JULIET, "patient") as command:
        await command.complete() if Action.COMPLETE in command.actions else await command.submit()
    assert (command.status, len(ended)) == (Status.COMPLETED, 3)


async def test_leaving_a_command_that_cannot_be_cancelled(network: Any, romeo: Any, juliet: Any) -> None:
    juliet.add("config", "Configure", configure)
    command = await romeo.execute(JULIET, "config")
    network.stations[JULIET].plugin.disable("xep_0050")
    async with command:
        pass
    assert command.executing


async def test_errors(network: Any, romeo: Any, juliet: Any) -> None:
    async def busy(command: Any) -> None:
        raise XMPPError("resource-constraint", "later")

    async def broken(command: Any) -> None:
        await command.ask(state())
        raise RuntimeError("a secret")

    async def late(command: Any) -> None:
        await command.ask(state())
        raise XMPPError("conflict", "too late")

    async def gone(command: Any) -> None:
        await command.ask(state())
        raise asyncio.CancelledError

    juliet.add("busy", "Busy", busy)
    juliet.add("broken", "Broken", broken)
    for run, said in ((late, "too late"), (gone, "not-allowed")):
        juliet.add("over", "Over", run)
        command = await romeo.execute(JULIET, "over")
        for error in (said, "not-allowed"):  # the coroutine is over: there is nothing to mend
            with pytest.raises(IqError, match=error):
                await command.submit()
        assert dict(juliet.sessions) == {}
    with pytest.raises(IqError, match="later"):
        await romeo.execute(JULIET, "busy")
    command = await romeo.execute(JULIET, "broken")
    with pytest.raises(IqError) as caught:
        await command.submit()
    assert "secret" not in str(caught.value)
    assert dict(juliet.sessions) == {}
    assert [type(fault) for fault in network.stations[JULIET].faults] == [RuntimeError]


def test_a_command_that_is_given_up_is_cancelled(network: Any) -> None:
    ended: list[str] = []

    async def patient(command: Any) -> None:
        try:
            await command.ask(state())
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def main() -> None:
        romeo = network.join(ROMEO, "xep_0050").plugin["xep_0050"]
        station = network.join(JULIET, "xep_0050")
        station.plugin["xep_0050"].add("patient", "Patient", patient, timeout=5)
        await romeo.execute(JULIET, "patient")
        await asyncio.sleep(6)
        assert ended == ["cancelled"]
        await romeo.execute(JULIET, "patient")
        station.plugin.disable("xep_0050")
        await asyncio.sleep(0)
        assert ended == ["cancelled", "cancelled"]

    clock.run(main())


async def test_who_may(romeo: Any, juliet: Any) -> None:
    juliet.add("mine", "Mine", configure, allow=["capulet.lit"])
    with pytest.raises(IqError, match="forbidden"):
        await romeo.execute(JULIET, "mine")


def answers(network: Any, *inside: str) -> Any:
    """A stranger who answers steps with XML."""
    stranger = network.join("x@y/z")
    left = list(inside)

    def answer(iq: Any) -> None:
        reply = iq.reply()
        reply.append(ET.fromstring(left.pop(0)))
        reply.send()

    stranger.register_handler(Callback("answer", StanzaPath("iq@type=set"), answer))
    return stranger


STEP = f"<command xmlns='{COMMANDS}' node='n' sessionid='%s' status='executing'>%s</command>"


async def test_what_others_answer(network: Any, romeo: Any) -> None:
    answers(network, STEP % ("1", ""), f"<command xmlns='{COMMANDS}' node='n' sessionid='1'/>")
    command = await romeo.execute("x@y/z", "n")
    assert list(command.actions) == [Action.COMPLETE]  # XEP-0050 §3.4
    with pytest.raises(LocalProtocolError, match="no form"):
        await command.submit({"a": "b"})
    await command.submit()
    assert (command.status, list(command.actions)) == (Status.COMPLETED, [])


async def test_spoof_the_answer_of_another_execution(network: Any, romeo: Any) -> None:
    answers(network, STEP % ("1", ""), STEP % ("2", ""), "<other xmlns='urn:x'/>")
    command = await romeo.execute("x@y/z", "n")
    with pytest.raises(ContentMismatch, match="another execution"):
        await command.submit()
    assert command.sessionid == "1"
    with pytest.raises(ContentMismatch, match="no command"):
        await command.submit()
    assert isinstance(command, RemoteCommand)


# --- with callbacks ---------------------------------------------------------------------------------------------------


async def test_callbacks(network: Any, romeo: Any, juliet: Any) -> None:
    juliet.add("config", "Configure", configure)
    seen: list[Any] = []
    done = asyncio.Event()

    def first(iq: Any, session: Any) -> None:
        seen.append(iq["command"]["form"]["title"])
        session["payload"] = iq["command"]["form"].submission({"service": "httpd"})
        session["next"] = later
        romeo.continue_command(session)

    async def later(iq: Any, session: Any) -> None:
        seen.append(iq["command"]["form"]["title"])
        session["payload"] = iq["command"]["form"].submission({"on": True})
        session["next"] = last
        romeo.complete_command(session)

    def last(iq: Any, session: Any) -> None:
        seen.append(iq["command"]["notes"])
        done.set()

    romeo.start_command(JULIET, "config", {"next": first})
    async with asyncio.timeout(60):
        await done.wait()
    assert seen == ["Configure", "State", [("info", "romeo@montague.lit: httpd True at config")]]
    assert dict(romeo.sessions) == {}


async def test_callbacks_of_errors_and_ends(network: Any, romeo: Any, juliet: Any) -> None:
    juliet.add("config", "Configure", configure)
    seen: list[Any] = []
    romeo.start_command(JULIET, "nowhere", {"error": lambda iq, session: seen.append(iq["error"]["condition"])})
    romeo.start_command(JULIET, "nowhere", {})
    session: dict[str, Any] = {}
    romeo.start_command(JULIET, "config", session)
    await network.stations[ROMEO].settle()
    assert seen == ["item-not-found"]
    assert list(romeo.sessions) == [f"client:{session['id']}"]
    session["next"] = lambda iq, session: seen.append(iq["command"]["status"])
    romeo.cancel_command(session)
    await network.stations[ROMEO].settle()
    assert (seen, dict(romeo.sessions)) == (["item-not-found", "canceled"], {})
    romeo.terminate_command(session)


async def test_the_flow_of_callbacks(network: Any, romeo: Any, juliet: Any) -> None:
    juliet.add("config", "Configure", configure)
    seen: list[Any] = []
    session: dict[str, Any] = {"next": lambda iq, session: seen.append(iq["command"]["status"])}
    romeo.start_command(JULIET, "config", session)
    await network.stations[ROMEO].settle()
    submission = service().submission({"service": "httpd"})
    await romeo.send_command(JULIET, "config", payload=submission, sessionid=session["id"], flow=True)
    await network.stations[ROMEO].settle()
    assert seen == ["executing", "executing"]
    other = await romeo.send_command(JULIET, "config", flow=True)  # which is none of ours
    await network.stations[ROMEO].settle()
    assert (other["command"]["status"], len(seen)) == ("executing", 2)


def test_nobody_answers(network: Any, caplog: pytest.LogCaptureFixture) -> None:
    network.silent.add("nobody@y/z")

    async def main() -> None:
        station = network.join(ROMEO, "xep_0050")
        station.plugin["xep_0050"].start_command("nobody@y/z", "n", {})
        await asyncio.sleep(200)
        assert station.faults == []

    clock.run(main())
    assert caplog.messages == []
