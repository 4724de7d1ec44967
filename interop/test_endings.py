# SPDX-License-Identifier: MIT
"""How sessions at real servers end, and how they come back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from servers.base import Server
from sessions import TIMEOUT, at, available, example, make_client, make_component, seen, settled

from xmppkit import Callback, ClientXMPP, ComponentXMPP, MatchXPath
from xmppkit.exceptions import (
    ConnectionLost,
    ConnectionRefused,
    IqError,
    IqTimeout,
    NotConnectedError,
    RemoteError,
    StreamClosed,
    StreamErrorReceived,
)
from xmppkit.settings import Settings

#: Come back soon: a server of these tests is up again after a second or two.
SOON = Settings(reconnect_delay=0.05, max_reconnect_delay=0.4)
ENDINGS = pytest.mark.parametrize("ending", ["close_all", "stop", "kill"])


def lasting(server: Server, name: str = "alice") -> ClientXMPP:
    return make_client(server, name, settings=SOON)


async def unanswered(stream: ClientXMPP | ComponentXMPP, other: ClientXMPP) -> asyncio.Future[Any]:
    """An IQ to `other`, which has taken it and will never answer."""
    taken: asyncio.Queue[Any] = asyncio.Queue()
    other.register_handler(Callback("Silent", MatchXPath("{jabber:client}iq/{urn:never}query"), taken.put_nowait))
    waiting = stream.make_iq_get("urn:never", ito=other.boundjid).send()
    await taken.get()
    return waiting


# --- by others ------------------------------------------------------------------------------------------


MANY = " ".join(f"a{number}='1'" for number in range(65))
LONG = " ".join(f"attribute{number}='{number}'" for number in range(100))
DECLARED = " ".join(f"xmlns:a{number}='urn:example:{number}' a{number}:a=''" for number in range(40))
LEVEL = "a" * 30
#: What real servers take of a client, and pass on, and is past a limit of ours.
PAST = (
    f"<x xmlns='urn:example:x' {MANY}/>",
    f"<x xmlns='urn:example:x'><y {LONG}>text &lt; text</y></x>",
    f"<x xmlns='urn:example:x' {DECLARED}/>",
    f"<x xmlns='{'u' * 1025}'/>",
    f"<{'n' * 1025} xmlns='urn:example:x'/>",
    f"<x xmlns='urn:example:x'>{'<a>' * 64}{'</a>' * 64}</x>",
    f"<x xmlns='urn:example:x'>{f'<{LEVEL}>' * 500}{f'</{LEVEL}>' * 500}</x>",
    f"<x xmlns='urn:example:x' a='{'v' * 65_600}'/>",
)


@pytest.mark.parametrize("managed", [False, True], ids=["plain", "managed"])
async def test_stanzas_past_our_limits_end_no_session(server: Server, managed: bool) -> None:
    """Real servers pass on what we refuse: it is dropped, who has asked is told, and the session goes on."""
    async with asyncio.timeout(TIMEOUT), make_client(server, "bob") as bob:
        alice = lasting(server)
        if managed:
            alice.register_plugin("xep_0198")
        ended, starts, received = seen(alice, "disconnected"), seen(alice, "session_start"), seen(alice, "message")
        resumed = seen(alice, "session_resumed")
        async with alice:
            await starts.get()
            for payload in PAST:
                bob.send_raw(f"<message to='{alice.boundjid.full}' id='past'>{payload}</message>")
            question = bob.make_iq_get("urn:example:x", ito=alice.boundjid)
            question.xml[0].attrib.update({f"a{number}": "" for number in range(65)})
            with pytest.raises(IqError) as caught:
                await question.send()
            assert caught.value.condition == "policy-violation"
            bob.send_message(alice.boundjid.full, "after", mtype="chat")
            assert (await received.get())["body"] == "after"
            assert ended.empty()
            if managed:  # both ends have counted the same
                alice.transport.abort()
                await resumed.get()
                bob.send_message(alice.boundjid.full, "later", mtype="chat")
                assert (await received.get())["body"] == "later"


# --- by us ----------------------------------------------------------------------------------------------


@pytest.fixture(params=["prosody_when_stopped", "ejabberd"], ids=["prosody", "ejabberd"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each real server in turn."""
    found: Server = request.getfixturevalue(request.param)
    return found


async def test_a_clean_close(server: Server) -> None:
    """What was sent before is delivered; the server closes its direction in answer, at once."""
    async with asyncio.timeout(TIMEOUT), make_client(server, "bob") as bob:
        alice = make_client(server)
        ended, lost = seen(alice, "session_end"), seen(alice, "disconnected")
        received = seen(bob, "message")
        async with alice:
            waiting = await unanswered(alice, bob)
            for number in range(50):
                alice.send_message(bob.boundjid, str(number))
            reason = await alice.disconnect(wait=10 * TIMEOUT, reason="done")
        assert reason == "done"
        assert lost.get_nowait() == "done"
        assert ended.qsize() == 1
        assert alice.last_error is None
        with pytest.raises(NotConnectedError):
            await waiting
        assert [(await received.get())["body"] for _ in range(50)] == [str(number) for number in range(50)]
        assert alice.transport is None


async def test_the_server_sees_a_clean_close(server: Server) -> None:
    async with asyncio.timeout(TIMEOUT), make_client(server) as watcher:
        await available(watcher)
        alice = make_client(server)
        here = seen(watcher, "presence_available", of=lambda presence: presence["from"] != watcher.boundjid)
        gone = seen(watcher, "presence_unavailable")
        async with alice:
            alice.send_presence()
            await here.get()
        assert (await gone.get())["from"] == alice.boundjid


async def test_a_connection_that_is_aborted(server: Server) -> None:
    async with asyncio.timeout(TIMEOUT), make_client(server) as alice:
        over = alice.disconnected
        killed = seen(alice, "killed")
        alice.abort()
        await over
        assert killed.qsize() == 1
        assert not alice.is_connected()


async def test_many_sessions_one_after_the_other(server: Server) -> None:
    """The same object connects again and again."""
    alice = make_client(server)
    starts = seen(alice, "session_start")
    async with asyncio.timeout(TIMEOUT):
        for _ in range(5):
            async with alice:
                assert alice.sessionstarted
    assert starts.qsize() == 5


async def test_reconnect(server: Server) -> None:
    async with asyncio.timeout(TIMEOUT), make_client(server) as alice:
        starts, lost = seen(alice, "session_start"), seen(alice, "disconnected")
        alice.reconnect(reason="again")
        await starts.get()
        assert lost.get_nowait() == "again"
        assert alice.is_connected()


# --- by the server --------------------------------------------------------------------------------------


@ENDINGS
async def test_the_server_ends_the_session(server: Server, ending: str) -> None:
    """One typed error, told everywhere alike; what waits fails with it, at once."""
    async with asyncio.timeout(TIMEOUT), make_client(server, "bob") as bob, make_client(server) as alice:
        for client in (alice, bob):
            client.auto_reconnect = False
        waiting = await unanswered(alice, bob)
        lost, ended = seen(alice, "disconnected"), seen(alice, "session_end")
        over = alice.disconnected
        await asyncio.to_thread(getattr(server, ending))
        error = await over
        assert isinstance(error, RemoteError)
        assert error is alice.last_error
        assert server.domain in str(error)
        assert str(error).endswith(")"), "it says what to do"
        with pytest.raises(type(error)) as caught:
            await waiting
        assert caught.value is error
        assert lost.get_nowait() is error
        assert lost.empty()
        assert ended.qsize() == 1
        assert not alice.is_connected()
        assert not alice.is_connecting()
        match ending:
            case "stop":
                assert isinstance(error, StreamErrorReceived)
                assert error.condition == "system-shutdown"
            case "kill":
                assert isinstance(error, ConnectionLost)
            case _:
                assert isinstance(error, StreamErrorReceived | StreamClosed)


@pytest.mark.parametrize("ending", ["stop", "kill"])
async def test_the_session_comes_back(server: Server, ending: str) -> None:
    """The echo bot outlives its server: the same object, logged in again, echoes again."""
    bot = at(server, example("echo_bot").EchoBot(f"bot@{server.domain}", server.users["bot"]))
    there, pauses = seen(bot, "roster_update"), seen(bot, "reconnect_delay")
    async with asyncio.timeout(TIMEOUT), bot:
        await there.get()
        await asyncio.to_thread(getattr(server, ending))
        await asyncio.to_thread(server.start)
        await there.get()
        assert pauses.qsize() >= 1
        async with make_client(server) as alice:
            answers = seen(alice, "message")
            alice.send_message(bot.boundjid.bare, "still there?", mtype="chat")
            assert (await answers.get())["body"] == "still there?"


async def test_who_was_sent_away(server: Server) -> None:
    """Prosody says goodbye without a reason: the session comes back. ejabberd speaks of a conflict: it
    does not."""
    async with asyncio.timeout(TIMEOUT), lasting(server) as alice:
        starts, over = seen(alice, "session_start"), alice.disconnected
        await asyncio.to_thread(server.close_all)
        error = await over
        if server.name == "ejabberd":
            assert isinstance(error, StreamErrorReceived)
            assert error.condition == "conflict"
            assert "closed by the administrator" in str(error)
            assert not alice.is_connecting()
            assert starts.empty()
        else:
            assert isinstance(error, StreamClosed)
            await starts.get()
            assert alice.is_connected()


async def test_a_restart_in_the_middle(server: Server) -> None:
    """IQs that wait fail at once, while the server is away; when it is back, both sessions are."""
    async with asyncio.timeout(TIMEOUT), lasting(server, "bob") as bob, lasting(server) as alice:
        waiting = await unanswered(alice, bob)
        starts, failures = seen(alice, "session_start"), seen(alice, "connection_failed")
        bob_is_back = seen(bob, "session_start")
        received = seen(bob, "message")
        over = alice.disconnected
        await asyncio.to_thread(server.stop)
        error = await over
        assert isinstance(error, RemoteError)
        with pytest.raises(type(error)):
            await waiting
        await asyncio.to_thread(server.start)
        await bob_is_back.get()
        await starts.get()
        while not failures.empty():
            assert isinstance(failures.get_nowait(), ConnectionRefused)
        alice.send_message(bob.boundjid, "back")
        assert (await received.get())["body"] == "back"
        assert alice.last_error is None


async def test_a_component_comes_back(server: Server) -> None:
    component = make_component(server, settings=SOON)
    starts, lost = seen(component, "session_start"), seen(component, "disconnected")
    async with asyncio.timeout(TIMEOUT), component:
        await starts.get()
        await asyncio.to_thread(server.restart)
        await starts.get()
        await settled(server, component)
        assert isinstance(await lost.get(), RemoteError)
        async with make_client(server) as alice:
            received = seen(component, "message")
            alice.send_message(server.component_domain, "hello")
            assert (await received.get())["body"] == "hello"


async def test_a_session_taken_over_by_another_does_not_come_back(server: Server) -> None:
    """Two programs with one resource would take it from each other for ever."""
    first, second = (make_client(server, resource="same", settings=SOON) for _ in range(2))
    async with asyncio.timeout(TIMEOUT), first:
        over = first.disconnected
        async with second:
            error = await over
            assert isinstance(error, StreamErrorReceived)
            assert error.condition == "conflict"
            assert "two programs may be using the same resource" in str(error)
            assert not first.is_connecting()
            assert second.is_connected()


async def test_an_answer_that_does_not_come(server: Server) -> None:
    async with asyncio.timeout(TIMEOUT), make_client(server, "bob") as bob, make_client(server) as alice:
        await unanswered(alice, bob)
        with pytest.raises(IqTimeout) as caught:
            await alice.make_iq_get("urn:never", ito=bob.boundjid).send(timeout=0.05)
        assert str(bob.boundjid) in str(caught.value)
