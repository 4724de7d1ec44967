# SPDX-License-Identifier: MIT
"""BaseXMPP: plugins, addresses, messages, presence, subscriptions, redirections, names of older programs."""

from __future__ import annotations

import asyncio
import types
from typing import Any

import pytest

from xmppkit.basexmpp import BaseXMPP
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import MatchXPath
from xmppkit.exceptions import InvalidJID, LocalProtocolError, PluginNotFound
from xmppkit.jid.address import JID
from xmppkit.plugins import PLUGINS
from xmppkit.plugins.base import BasePlugin
from xmppkit.testing.wire import Wire
from xmppkit.xmlstream.places import host_and_port


@pytest.fixture
async def client() -> ClientXMPP:
    client = ClientXMPP("bot@localhost/here", "secret", lang=None)
    client.auto_reconnect = False
    return client


def recorded(stream: BaseXMPP, *names: str) -> list[str]:
    """A list that fills with the names of the events that are raised."""
    seen: list[str] = []
    for name in names:
        stream.add_event_handler(name, lambda _, name=name: seen.append(name))
    return seen


async def test_addresses(client: ClientXMPP) -> None:
    assert client.requested_jid == client.boundjid == "bot@localhost/here"
    assert client.default_domain == "localhost"
    client.set_jid("bot@localhost/there")
    assert client.boundjid.resource == "there"
    assert client.client_roster is client.roster["bot@localhost"]
    assert client.getjidresource("a@b/c") == "c"
    assert client.getjidbare("a@b/c") == "a@b"
    with pytest.raises(InvalidJID):
        ClientXMPP("@localhost", "x")


@pytest.mark.parametrize(
    ("name", "value", "expected", "new"),
    [
        ("jid", "bot@localhost", "x@y", "x@y/"),
        ("fulljid", "bot@localhost/here", "x@y/z", "x@y/z"),
        ("resource", "here", "z", "bot@localhost/z"),
        ("username", "bot", "x", "x@localhost/here"),
        ("server", "localhost", "y", "bot@y/here"),
    ],
)
async def test_names_of_older_programs(client: ClientXMPP, name: str, value: str, expected: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=name):
        assert getattr(client, name) == value
    with pytest.warns(DeprecationWarning, match=name):
        setattr(client, name, expected)
    assert client.boundjid == JID(new.rstrip("/"))


def test_process_runs_the_loop() -> None:
    loop = asyncio.new_event_loop()
    client = ClientXMPP("bot@localhost", "x", loop=loop)
    try:
        with pytest.warns(DeprecationWarning, match="run"):
            client.process(timeout=0.0)
        loop.call_soon(client.disconnect)
        with pytest.warns(DeprecationWarning, match="run"):
            client.process(forever=False)
        loop.call_soon(loop.stop)
        with pytest.warns(DeprecationWarning, match="run"):
            client.process()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


# --- plugins ------------------------------------------------------------------------------------------------


async def test_plugins_are_enabled_by_name(client: ClientXMPP) -> None:
    client.plugin_config = {"xep_0092": {"software_name": "Bot"}}
    client.register_plugin("xep_0092")
    assert client.plugin["xep_0092"].software_name == "Bot"
    assert client["xep_0092"] is client.get("xep_0092") is client.plugin["xep_0092"]
    assert client.get("xep_9999", 5) == 5
    with pytest.raises(PluginNotFound, match="xep_9999"):
        client.register_plugin("xep_9999")
    with pytest.raises(PluginNotFound):
        client.plugin["xep_9999"]


async def test_an_unknown_plugin_by_item_is_false_with_a_warning(
    client: ClientXMPP, caplog: pytest.LogCaptureFixture
) -> None:
    assert client["xep_9999"] is False
    assert "xep_9999" in caplog.text


async def test_all_plugins_or_those_of_the_whitelist(client: ClientXMPP) -> None:
    client.register_plugins()
    client.init_plugins()
    assert set(PLUGINS) <= set(client.plugin.keys())
    chosen = ClientXMPP("a@localhost", "x", plugin_whitelist=["xep_0199"])
    chosen.register_plugins()
    assert "xep_0092" not in chosen.plugin
    chosen.plugin_whitelist = ["xep_9999"]
    with pytest.raises(NameError, match="xep_9999"):
        chosen.register_plugins()


async def test_plugins_of_the_programs_own(client: ClientXMPP) -> None:
    class xep_mine(BasePlugin):
        name = "xep_mine"

    module = types.ModuleType("mine")
    module.xep_mine = xep_mine  # type: ignore[attr-defined]
    client.register_plugin("xep_mine", module=module)
    assert isinstance(client.plugin["xep_mine"], xep_mine)
    with pytest.raises(PluginNotFound):
        client.register_plugin("other", module=types.ModuleType("empty"))


# --- messages and presence ------------------------------------------------------------------------------------


async def test_messages(client: ClientXMPP) -> None:
    wire = Wire(client)
    seen = recorded(client, "message", "message_error")
    wire.receive("<message from='a@localhost'><body>x</body></message>")
    wire.receive("<message from='a@localhost'><subject>only that</subject></message>")
    assert seen == ["message"]
    wire.receive("<message from='a@localhost' type='error'><body>x</body><error type='cancel'/></message>")
    assert seen == ["message", "message", "message_error"]


async def test_messages_without_a_recipient_are_ours(client: ClientXMPP) -> None:
    wire = Wire(client)
    to: list[JID] = []
    client.add_event_handler("message", lambda m: to.append(m["to"]))
    client.add_event_handler("message_error", lambda m: to.append(m["to"]))
    wire.receive("<message from='a@localhost'><body>x</body></message>")
    wire.receive("<message from='a@localhost' type='error'><error type='cancel'/></message>")
    assert to == ["bot@localhost/here"] * 2


async def test_presence_of_a_contact(client: ClientXMPP) -> None:
    wire = Wire(client)
    names = ("presence", "presence_available", "presence_away", "presence_unavailable", "got_online", "got_offline")
    seen = recorded(client, *names)
    wire.receive("<presence from='a@localhost/1'/>")
    assert seen == ["presence", "got_online", "presence_available"]
    seen.clear()
    wire.receive("<presence from='a@localhost/1'><show>away</show><status>lunch</status></presence>")
    assert seen == ["presence", "presence_away"]
    assert client.client_roster.presence("a@localhost", "1") == {"show": "away", "status": "lunch", "priority": 0}
    seen.clear()
    wire.receive("<presence from='a@localhost/1' type='unavailable'/>")
    assert seen == ["presence", "got_offline", "presence_unavailable"]


async def test_presence_without_a_sender_is_our_own_accounts(client: ClientXMPP) -> None:
    wire = Wire(client)
    senders: list[JID] = []
    client.add_event_handler("presence", lambda p: senders.append(p["from"]))
    wire.receive("<presence/>", "<presence from='bot@localhost/other'/>", "<presence from='a@localhost' type='probe'/>")
    assert senders == ["bot@localhost", "bot@localhost/other", "a@localhost"]
    assert "other" in client.client_roster.presence("bot@localhost")
    assert await wire.sent() == "", "probes are the server's business"


@pytest.mark.parametrize(
    ("authorize", "subscribe", "sent"),
    [
        (True, True, ["subscribed", None, "subscribe"]),
        (True, False, ["subscribed", None]),
        (False, True, ["unsubscribed"]),
        (None, True, []),
    ],
)
async def test_requests_for_a_subscription(
    client: ClientXMPP, authorize: bool | None, subscribe: bool, sent: list[str | None]
) -> None:
    wire = Wire(client)
    client.auto_authorize, client.auto_subscribe = authorize, subscribe
    assert (client.auto_authorize, client.auto_subscribe) == (authorize, subscribe)
    seen = recorded(client, "roster_subscription_request", "changed_subscription")
    wire.receive("<presence from='a@localhost' type='subscribe'/>")
    assert seen == ["roster_subscription_request", "changed_subscription"]
    assert [each.get("type") for each in await wire.stanzas()] == sent
    item = client.client_roster["a@localhost"]
    assert (item["from"], item["pending_in"]) == (authorize is True, authorize is None)


@pytest.mark.parametrize("kind", ["available", "unavailable", "subscribe"])
async def test_the_roster_is_new_before_a_kind_of_presence_is_told(client: ClientXMPP, kind: str) -> None:
    wire = Wire(client)
    client.auto_authorize = None
    wire.receive("<presence from='a@localhost/1'/>")
    roster = client.client_roster
    seen: list[Any] = []
    client.add_event_handler("presence", lambda _: seen.append(list(roster.presence("a@localhost"))))
    client.add_event_handler(
        f"presence_{kind}",
        lambda _: seen.append([*roster.presence("a@localhost"), roster["a@localhost"]["pending_in"]]),
    )
    said = "" if kind == "available" else f"type='{kind}'"
    wire.receive(f"<presence from='a@localhost/{2 if kind == 'available' else 1}' {said}/>")
    after = {"available": ["1", "2", False], "unavailable": [False], "subscribe": ["1", True]}
    assert seen == [["1"], after[kind]]


@pytest.mark.parametrize("kind", ["subscribed", "unsubscribe", "unsubscribed"])
async def test_news_of_subscriptions(client: ClientXMPP, kind: str) -> None:
    wire = Wire(client)
    seen = recorded(client, "changed_subscription", f"presence_{kind}")
    wire.receive(f"<presence from='a@localhost' type='{kind}'/>")
    assert sorted(seen) == sorted(["changed_subscription", f"presence_{kind}"])


async def test_what_we_say_of_our_presence_is_remembered(client: ClientXMPP) -> None:
    wire = Wire(client)
    seen = recorded(client, "sent_presence")
    client.send_presence(pshow="away", pstatus="lunch", ppriority=5)
    client.send_presence()
    assert seen == ["sent_presence"]
    assert client.sentpresence
    assert client.client_roster.last_status is not None
    client.send_presence_subscription("a@localhost/x")
    *_, request = await wire.stanzas()
    assert (request.get("to"), request.get("type")) == ("a@localhost", "subscribe")
    await wire.end()
    assert not client.sentpresence


# --- redirection ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("host.example", ("host.example", 5222)),
        ("host.example:5299", ("host.example", 5299)),
        ("[::1]:5299", ("::1", 5299)),
        ("[::1]", ("::1", 5222)),
        ("::1", ("::1", 5222)),
        ("host:port", None),
        ("host:0", None),
        ("host:70000", None),
        ("no host", None),
    ],
)
def test_the_address_of_another_host(text: str, address: tuple[str, int] | None) -> None:
    assert host_and_port(text, 5222) == address


def elsewhere(host: str) -> str:
    """A stream error that sends us to another host."""
    condition = f"<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{host}</see-other-host>"
    return f"<stream:error>{condition}</stream:error></stream:stream>"


async def test_without_tls_nobody_sends_us_elsewhere(client: ClientXMPP, caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire(client)
    seen = recorded(client, "stream_error", "connecting")
    wire.receive(elsewhere("evil.example"))
    await wire.sent()
    assert seen == ["stream_error"]
    assert client.custom_address is None
    assert "not followed" in caplog.text


async def test_a_stream_error_goes_to_handlers_as_stanzas_do(client: ClientXMPP) -> None:
    wire = Wire(client)
    seen: list[Any] = []
    matcher = MatchXPath("{http://etherx.jabber.org/streams}error")
    client.register_handler(Callback("mine", matcher, lambda error: seen.append(error["condition"])))
    client.add_event_handler("stream_error", lambda error: seen.append(error["text"]))
    wire.receive(
        "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>again</text></stream:error></stream:stream>"
    )
    assert seen == ["again", "reset"]
    assert client.remove_handler("Stream Error")


@pytest.mark.parametrize(
    ("host", "redirects", "followed"), [("other:99", 0, True), ("other", 5, False), ("a b", 0, False)]
)
async def test_with_tls_we_go_where_the_server_sends_us(
    client: ClientXMPP, monkeypatch: pytest.MonkeyPatch, host: str, redirects: int, followed: bool
) -> None:
    wire = Wire(client)
    client._redirects = redirects
    monkeypatch.setattr(type(client.engine), "secure", True)
    seen = recorded(client, "connecting")
    wire.receive(elsewhere(host))
    await asyncio.sleep(0)
    assert seen == (["connecting"] if followed else [])
    assert client.custom_address == (("other", 99) if followed else None)
    client.cancel_connection_attempt()


# --- the base by itself ---------------------------------------------------------------------------------------


async def test_the_base_class_speaks_no_protocol() -> None:
    base = BaseXMPP("a@localhost")
    with pytest.raises(LocalProtocolError, match="ClientXMPP"):
        base.adopt(asyncio.Transport())
    assert not base.authenticated
    assert not base.bound
    assert not base.sessionstarted


async def test_the_state_of_a_session(client: ClientXMPP) -> None:
    wire = Wire(client, "bot@localhost/assigned")
    assert client.authenticated
    assert client.bound
    assert client.sessionstarted
    assert client.session_bind_event.is_set()
    assert client.boundjid == "bot@localhost/assigned"
    await wire.end()
    assert not client.authenticated
    assert not client.bound
    assert not client.sessionstarted
    assert not client.session_bind_event.is_set()


async def test_a_component_keeps_the_rosters_of_its_addresses() -> None:
    component = ComponentXMPP("echo.localhost", "secret")
    wire = Wire(component)
    component.auto_authorize = True
    wire.receive("<presence from='a@localhost' to='me@echo.localhost' type='subscribe'/>")
    sent: list[tuple[Any, ...]] = [(each.get("type"), each.get("from")) for each in await wire.stanzas()]
    assert ("subscribed", "me@echo.localhost") in sent
    assert component.roster["me@echo.localhost"]["a@localhost"]["from"]
    wire.receive("<presence from='a@localhost' to='me@echo.localhost' type='probe'/>")
    answer, again = await wire.stanzas()
    assert answer.get("from", "").startswith("me@echo.localhost")
    assert again.get("type") == "subscribe", "ours still waits for an answer: it may have been lost"
    component.abort()
    await wire.end()


@pytest.mark.parametrize("sender", ["bot@localhost/other", "a@localhost"])
async def test_presence_of_type_error_changes_no_roster(client: ClientXMPP, sender: str) -> None:
    wire = Wire(client)
    seen = recorded(client, "presence_error", "got_online", "got_offline", "changed_status")
    wire.receive(f"<presence from='{sender}' type='error'><error type='cancel'><gone/></error></presence>")
    assert seen == ["presence_error"]
    assert sender not in client.client_roster
    await wire.end()
