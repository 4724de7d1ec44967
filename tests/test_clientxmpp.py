# SPDX-License-Identifier: MIT
"""ClientXMPP: roster, credentials, stream features of the application, run()."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP, Limits
from xmppkit.exceptions import (
    ConfigurationError,
    ConnectionRefused,
    InvalidValue,
    IqError,
    IqTimeout,
    LocalProtocolError,
)
from xmppkit.roster.node import SLICE
from xmppkit.settings import Settings
from xmppkit.testing.wire import Wire

ROSTER = (
    "<iq type='result' id='{0}'><query xmlns='jabber:iq:roster' ver='7'>"
    "<item jid='a@localhost' name='A' subscription='both'><group>friends</group></item></query></iq>"
)


@pytest.fixture
async def client() -> ClientXMPP:
    client = ClientXMPP("bot@localhost/here", "secret", lang=None)
    client.auto_reconnect = False
    return client


async def test_the_roster_is_fetched(client: ClientXMPP) -> None:
    wire = Wire(client)
    updates: list[Any] = []
    answers: list[Any] = []
    client.add_event_handler("roster_update", updates.append)
    future = client.get_roster(callback=answers.append)
    (request,) = await wire.stanzas()
    assert request[0].tag == "{jabber:iq:roster}query"
    assert "ver" not in request[0].attrib, "the server has announced no versions"
    wire.receive(ROSTER.format(request.get("id")))
    assert (await future)["roster"]["ver"] == "7"
    assert len(updates) == len(answers) == 1
    item = client.client_roster["a@localhost"]
    assert (item["name"], item["subscription"], item["groups"]) == ("A", "both", ["friends"])
    await wire.end()


async def test_versions_of_the_roster(client: ClientXMPP) -> None:
    wire = Wire(client)
    client.engine.negotiated_features.add("rosterver")  # type: ignore[union-attr]
    future = client.get_roster()
    (request,) = await wire.stanzas()
    assert request[0].get("ver") == "", "we have no version yet"
    wire.receive(ROSTER.format(request.get("id")))
    await future
    future = client.get_roster()
    (request,) = await wire.stanzas()
    assert request[0].get("ver") == "7"
    wire.receive(f"<iq type='result' id='{request.get('id')}'/>")
    await future
    assert "a@localhost" in client.client_roster, "an empty answer says that ours is up to date"
    await wire.end()


async def test_the_server_may_refuse_the_roster(client: ClientXMPP) -> None:
    wire = Wire(client)
    answers: list[Any] = []
    future = client.get_roster(callback=answers.append)
    (request,) = await wire.stanzas()
    wire.receive(f"<iq type='error' id='{request.get('id')}'><error type='auth'><forbidden/></error></iq>")
    with pytest.raises(IqError):
        await future
    assert len(answers) == 1
    await wire.end()


async def test_a_push_counts_from_our_own_account_only(client: ClientXMPP, caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire(client)
    push = (
        "<iq type='set' id='p1'{0}><query xmlns='jabber:iq:roster'>"
        "<item jid='{1}@localhost' subscription='from'/></query></iq>"
    )
    wire.receive(push.format("", "a"), push.format(" from='bot@localhost'", "b"))
    assert [each.get("type") for each in await wire.stanzas()] == ["result", "result"]
    assert {"a@localhost", "b@localhost"} <= set(client.client_roster.keys())
    wire.receive(push.format(" from='mallory@localhost'", "c"), push.format(" from='bot@localhost/else'", "d"))
    assert [each.get("type") for each in await wire.stanzas()] == ["error", "error"]
    assert "c@localhost" not in client.client_roster
    assert "d@localhost" not in client.client_roster
    assert "mallory" in caplog.text
    await wire.end()


def large_roster(iq_id: str | None, version: str = "7") -> str:
    """A roster of so many contacts that they are not taken over in one turn."""
    items = "".join(f"<item jid='c{number}@localhost' subscription='both'/>" for number in range(2 * SLICE + 1))
    return f"<iq type='result' id='{iq_id}'><query xmlns='jabber:iq:roster' ver='{version}'>{items}</query></iq>"


PUSH = (
    "<iq type='set' id='p1'><query xmlns='jabber:iq:roster' ver='8'>"
    "<item jid='c{0}@localhost' subscription='remove'/></query></iq>"
)


async def test_a_large_roster_keeps_its_order(client: ClientXMPP) -> None:
    wire = Wire(client)
    happened: list[str] = []
    client.add_event_handler(
        "roster_update", lambda iq: happened.append(f"{iq['type']} {len(client.client_roster)} {len(iq['roster'])}")
    )

    async def answered(iq: Any) -> None:
        happened.append(f"callback {len(client.client_roster)}")

    future = client.get_roster(callback=answered)
    (request,) = await wire.stanzas()
    wire.receive(large_roster(request.get("id")), PUSH.format(2 * SLICE))
    own = 1
    assert len(client.client_roster) - own <= SLICE
    assert not future.done()
    assert client._backlog() == 2
    assert len((await future)["roster"]["items"]) == 2 * SLICE + 1
    assert [each.get("type") for each in await wire.stanzas()] == ["result"]
    await asyncio.sleep(0)
    assert sorted(happened) == sorted(
        [f"result {2 * SLICE + 1} {2 * SLICE + 1}", f"callback {2 * SLICE + 1}", f"set {2 * SLICE} 1"]
    )
    assert happened[0].startswith("result")
    assert client.client_roster.version == "8"
    assert client._backlog() == 0
    await wire.end()


async def test_a_large_roster_is_complete_after_the_session_has_ended(client: ClientXMPP) -> None:
    wire = Wire(client)
    future = client.get_roster()
    (request,) = await wire.stanzas()
    wire.receive(large_roster(request.get("id")))
    await wire.end()
    assert (await future)["type"] == "result"
    assert len(client.client_roster) == 2 * SLICE + 1
    assert client.client_roster.version == "7"


async def test_who_gives_a_roster_up_is_not_called(client: ClientXMPP) -> None:
    wire = Wire(client)
    answers: list[Any] = []
    futures = [client.get_roster(callback=answers.append) for _ in range(2)]
    first, second = await wire.stanzas()
    futures[0].cancel()
    await asyncio.sleep(0)
    wire.receive(ROSTER.format(first.get("id")))
    assert "a@localhost" not in client.client_roster
    wire.receive(large_roster(second.get("id")))
    futures[1].cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert client._backlog() == 0
    assert len(client.client_roster) == 2 * SLICE + 1, "half a roster is none"
    assert answers == []
    await wire.end()


async def test_a_roster_that_does_not_come(client: ClientXMPP) -> None:
    wire = Wire(client)
    late: list[Any] = []
    with pytest.raises(IqTimeout):
        await client.get_roster(timeout=0)
    with pytest.warns(DeprecationWarning, match="timeout_callback"):
        future = client.get_roster(timeout=0, timeout_callback=late.append)
    with pytest.raises(IqTimeout):
        await future
    assert len(late) == 1
    client._pending.discard((await wire.stanzas())[0].get("id", ""))
    future = client.get_roster()
    (request,) = await wire.stanzas()
    client._pending.discard(request.get("id", ""))
    with pytest.raises(asyncio.CancelledError):
        await future
    await wire.end()


class Full:
    """A backend that has no room."""

    def entries(self, owner: str, db_state: Any) -> list[str]:
        return []

    def load(self, owner: str, jid: str, db_state: Any) -> None:
        return None

    def save(self, owner: str, jid: str, state: Any, db_state: Any) -> None:
        raise OSError("disk full")


async def test_a_backend_that_fails(client: ClientXMPP, caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire(client)
    client.roster.set_backend(Full(), save=False)
    happened: list[Any] = []
    client.add_event_handler("roster_update", happened.append)
    future = client.get_roster(callback=happened.append)
    (request,) = await wire.stanzas()
    wire.receive(ROSTER.format(request.get("id")))
    assert (await future)["type"] == "result"
    wire.receive(PUSH.format(1).replace("remove", "both"))
    assert [each.get("type") for each in await wire.stanzas()] == ["error"]
    assert happened == []
    assert client.client_roster.version == ""
    assert caplog.text.count("disk full") >= 1
    await wire.end()


async def test_changes_of_the_roster(client: ClientXMPP) -> None:
    wire = Wire(client)
    change = client.update_roster("a@localhost", name="A", groups=["x"])
    (request,) = await wire.stanzas()
    assert request.find(".//{jabber:iq:roster}group").text == "x"  # type: ignore[union-attr]
    wire.receive(f"<iq type='result' id='{request.get('id')}'/>")
    await change
    removal = client.del_roster_item("a@localhost")
    (request,) = await wire.stanzas()
    assert request[0][0].get("subscription") == "remove"
    wire.receive(f"<iq type='result' id='{request.get('id')}'/>")
    await removal
    await wire.end()


# --- credentials ----------------------------------------------------------------------------------------------


async def test_the_password_is_one_of_the_credentials(client: ClientXMPP) -> None:
    client.password = "other"
    assert client.credentials == {"password": "other"}
    made = client.plugin["feature_mechanisms"].make_credentials(client.credentials, client.requested_jid, False)
    assert (made.username, made.password, made.external) == ("bot", "other", False)
    assert "other" not in repr(made)


@pytest.mark.parametrize(
    ("config", "allowed"),
    [
        ({"use_mech": "PLAIN"}, ("PLAIN",)),
        ({"use_mechs": ["SCRAM-SHA-1", "PLAIN"]}, ("SCRAM-SHA-1", "PLAIN")),
        ({"use_mechs": ["SCRAM-SHA-1", "PLAIN"], "encrypted_plain": False}, ("SCRAM-SHA-1",)),
        ({"use_mechs": ["SCRAM-SHA-256", "PLAIN"], "min_mech": "SCRAM-SHA-1"}, ("SCRAM-SHA-256",)),
    ],
)
async def test_which_mechanisms_may_be_used(config: dict[str, Any], allowed: tuple[str, ...]) -> None:
    client = ClientXMPP("a@localhost", "x", plugin_config={"feature_mechanisms": config})
    assert client.plugin["feature_mechanisms"].make_policy().allowed == allowed


async def test_one_mechanism_by_argument() -> None:
    client = ClientXMPP("a@localhost", "x", sasl_mech="SCRAM-SHA-256")
    assert client.plugin["feature_mechanisms"].make_policy().allowed == ("SCRAM-SHA-256",)


@pytest.mark.parametrize("option", ["use_mech", "min_mech", "use_mechs"])
async def test_a_mechanism_that_there_is_not(option: str) -> None:
    value: object = ["ROT13"] if option == "use_mechs" else "ROT13"
    client = ClientXMPP("a@localhost", "x", plugin_config={"feature_mechanisms": {option: value}})
    with pytest.raises(ConfigurationError, match=f"{option}.*ROT13"):
        async with client:
            raise AssertionError("it cannot be connected")


async def test_limits_of_a_component_are_not_announced() -> None:
    from xmppkit.componentxmpp import ComponentXMPP

    with pytest.raises(RuntimeError, match="clients"):
        ComponentXMPP("c.localhost", "x").register_plugin("feature_limits")


# --- the whole ------------------------------------------------------------------------------------------------


async def test_before_a_connection(client: ClientXMPP) -> None:
    assert client.features == set()
    assert client.limits == Limits(None, None)
    assert client.mechanism is None
    assert client.tls_info is None
    assert client.socket is None
    assert client.transport is None


def test_run_raises_what_went_wrong(unused_tcp_port: int) -> None:
    loop = asyncio.new_event_loop()
    client = ClientXMPP("a@localhost", "x", host="127.0.0.1", port=unused_tcp_port, loop=loop)
    client._connector.limit = 1
    try:
        with pytest.raises(ConnectionRefused, match=str(unused_tcp_port)):
            client.run()
    finally:
        loop.close()


async def test_run_needs_a_loop_that_does_not_run(client: ClientXMPP) -> None:
    with pytest.raises(LocalProtocolError, match="async with"):
        client.run()


def test_ctrl_c_ends_run_in_order(unused_tcp_port: int) -> None:
    loop = asyncio.new_event_loop()
    client = ClientXMPP("a@localhost", "x", host="127.0.0.1", port=unused_tcp_port, loop=loop)
    client.add_event_handler("reconnect_delay", lambda _: signal.raise_signal(signal.SIGINT))
    assert threading.current_thread() is threading.main_thread()
    try:
        client.run()
        assert not client.is_connecting()
    finally:
        loop.close()


def test_programs_of_the_old_style() -> None:
    """connect() before the loop runs, then the loop until ``disconnected``, as slixmpp's examples have it."""
    from xmppkit.server import EmbeddedServer

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = EmbeddedServer(users={"bot": "secret"})
    try:
        loop.run_until_complete(server.start())
        bot = ClientXMPP("bot@localhost", "secret")
        bot.ca_certs = server.ca_file
        bot.add_event_handler("session_start", lambda _: bot.disconnect(reason="seen enough"))
        bot.connect(server.host, server.port)
        reason = loop.run_until_complete(asyncio.wait_for(bot.disconnected, 60))
        assert reason == "seen enough"
        with pytest.warns(DeprecationWarning, match="connect"):
            bot.connect((server.host, server.port), use_ssl=False, force_starttls=True)
        loop.run_until_complete(asyncio.wait_for(bot.disconnected, 60))
        with pytest.warns(DeprecationWarning, match="connect"):
            bot.connect((server.host, server.direct_tls_port or 0), True)
        loop.run_until_complete(asyncio.wait_for(bot.disconnected, 60))
        assert bot.disconnect_reason == "seen enough"
    finally:
        loop.run_until_complete(server.stop())
        asyncio.set_event_loop(None)
        loop.close()


def test_run_comes_back_when_the_server_restarts() -> None:
    from xmppkit.server import EmbeddedServer

    loop = asyncio.new_event_loop()
    server = EmbeddedServer(users={"bot": "secret"})
    loop.run_until_complete(server.start())
    bot = ClientXMPP("bot@localhost", "secret", host=server.host, port=server.port, loop=loop)
    bot.ca_certs = server.ca_file
    bot._connector.jitter = lambda: 0.0
    starts: list[object] = []

    def started(event: object) -> None:
        starts.append(event)
        if len(starts) == 1:
            bot.spawn(server.restart())
        else:
            bot.disconnect()

    bot.add_event_handler("session_start", started)
    try:
        bot.run()
        assert len(starts) == 2
        assert bot.last_error is None
    finally:
        loop.run_until_complete(server.stop())
        loop.close()


async def test_unknown_keys_of_stanzas_raise_if_the_settings_say_so() -> None:
    client = ClientXMPP("romeo@montague.lit", "x", settings=Settings(strict_interfaces=True))
    message: Any = client.make_message("juliet@capulet.lit")
    for stanza in (message, message["error"]):  # what is within a stanza goes with its stream
        with pytest.raises(InvalidValue, match="oddity"):
            stanza["oddity"]
        with pytest.raises(InvalidValue, match="oddity"):
            stanza["oddity"] = "x"
    lenient: Any = ClientXMPP("romeo@montague.lit", "x").make_message("juliet@capulet.lit")
    assert lenient["oddity"] == ""


def test_a_client_loads_only_what_it_needs() -> None:
    """What takes long to import waits for its first use: a bot that starts often shall start quickly."""
    heavy = ("cryptography", "dns", "email", "idna", "importlib.metadata", "ipaddress", "precis_i18n", "sqlite3")
    program = (
        "import sys, asyncio, ssl\n"
        "before = set(sys.modules)\n"
        "import xmppkit\n"
        "async def main():\n"
        "    client = xmppkit.ClientXMPP('juliet@capulet.example', 'secret')\n"
        "    for name in ('xep_0030', 'xep_0092', 'xep_0199'):\n"
        "        client.register_plugin(name)\n"
        "asyncio.run(main())\n"
        f"print([name for name in {heavy} if name in sys.modules and name not in before])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
