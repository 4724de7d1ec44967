# SPDX-License-Identifier: MIT
"""Making stanzas: every argument of every factory."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import InvalidJID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.testing.wire import Wire
from xmppkit.xml.names import ROSTER

# --- the classes ------------------------------------------------------------------------------------------


async def test_stanzas_of_a_stream_are_in_its_language() -> None:
    stream = ClientXMPP("bot@localhost", lang="de")
    for stanza in (stream.Message(), stream.Presence()):
        assert stanza["lang"] == "de"
        assert stanza.stream is stream
    assert stream.Iq()["lang"] != "de", "an IQ has no text of its own"
    stream.default_lang = None
    assert stream.Message()["lang"] == stream.Presence()["lang"] == ""


async def test_stanzas_are_in_the_namespace_of_their_stream(component: ComponentXMPP) -> None:
    for stanza in (component.Message(), component.Presence(), component.Iq()):
        assert stanza.xml.tag.startswith("{jabber:component:accept}")


# --- IQs --------------------------------------------------------------------------------------------------


async def test_make_iq(client: ClientXMPP) -> None:
    iq = client.make_iq("7", "a@b", "c@d", "get", "urn:x")
    assert (iq["id"], iq["from"], iq["to"], iq["type"], iq["query"]) == ("7", "a@b", "c@d", "get", "urn:x")
    plain = client.make_iq()
    assert plain["id"]
    assert plain["id"] != client.make_iq()["id"]
    assert (plain["to"], plain["from"], len(plain.xml)) == ("", "", 0)


async def test_make_iq_get(client: ClientXMPP) -> None:
    iq = client.make_iq_get("urn:x", "c@d", "a@b")
    assert (iq["type"], iq["query"], iq["to"], iq["from"]) == ("get", "urn:x", "c@d", "a@b")
    assert len(client.make_iq_get().xml) == 0
    given = client.Iq()
    assert client.make_iq_get(iq=given) is given


async def test_make_iq_result(client: ClientXMPP) -> None:
    iq = client.make_iq_result("7", "c@d", "a@b")
    assert (iq["type"], iq["id"], iq["to"], iq["from"]) == ("result", "7", "c@d", "a@b")


async def test_make_iq_set(client: ClientXMPP) -> None:
    payload = Element("{urn:x}a")
    iq = client.make_iq_set(payload, "c@d", "a@b")
    assert (iq["type"], iq["to"], iq["from"], iq.xml[0]) == ("set", "c@d", "a@b", payload)
    assert len(client.make_iq_set().xml) == 0


async def test_make_iq_error(client: ClientXMPP) -> None:
    iq = client.make_iq_error("7", "wait", "conflict", "taken", "c@d", "a@b")
    assert (iq["type"], iq["id"], iq["to"], iq["from"]) == ("error", "7", "c@d", "a@b")
    assert (iq["error"]["type"], iq["error"]["condition"], iq["error"]["text"]) == ("wait", "conflict", "taken")
    plain = client.make_iq_error("7")
    assert (plain["error"]["type"], plain["error"]["condition"]) == ("cancel", "feature-not-implemented")
    assert plain["error"]["text"] == ""
    with pytest.raises(ValueError, match="teapot"):
        client.make_iq_error("7", condition="teapot")


async def test_make_iq_query(client: ClientXMPP) -> None:
    given = client.Iq()
    iq = client.make_iq_query(given, "urn:x", "c@d", "a@b")
    assert iq is given
    assert (iq["query"], iq["to"], iq["from"]) == ("urn:x", "c@d", "a@b")
    assert "type" not in iq.xml.attrib


async def test_make_query_roster(client: ClientXMPP) -> None:
    assert client.make_query_roster().tag == f"{{{ROSTER}}}query"
    iq = client.Iq()
    assert client.make_query_roster(iq) is iq.xml[0]


# --- messages and presence --------------------------------------------------------------------------------


class Nick(ElementBase):
    name = plugin_attrib = "nick"
    namespace = "http://jabber.org/protocol/nick"
    interfaces = {"nick"}
    is_extension = True

    def set_nick(self, value: str) -> None:
        self.xml.text = value

    def get_nick(self) -> str:
        return self.xml.text or ""


class Html(ElementBase):
    name = plugin_attrib = "html"
    namespace = "http://jabber.org/protocol/xhtml-im"
    interfaces = {"body"}
    sub_interfaces = {"body"}


@pytest.fixture
def extended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages and presence with a nickname and XHTML, as plugins would register them."""
    for stanza in (Message, Presence):
        for name in ("plugin_attrib_map", "plugin_tag_map", "plugin_overrides", "plugin_iterables"):
            monkeypatch.setattr(stanza, name, type(getattr(stanza, name))(getattr(stanza, name)))
        register_stanza_plugin(stanza, Nick)
    register_stanza_plugin(Message, Html)


@pytest.mark.usefixtures("extended")
async def test_make_message(client: ClientXMPP) -> None:
    message = client.make_message("c@d", "body", "subject", "groupchat", "<b/>", "a@b", "nick")
    assert (message["to"], message["from"], message["type"]) == ("c@d", "a@b", "groupchat")
    assert (message["body"], message["subject"]) == ("body", "subject")
    assert (message["nick"], message["html"]["body"]) == ("nick", "<b/>")
    plain = client.make_message("c@d")
    assert (plain["type"], len(plain.xml)) == ("normal", 0)
    with pytest.raises(InvalidJID):
        client.make_message("@")


@pytest.mark.usefixtures("extended")
async def test_make_presence(client: ClientXMPP) -> None:
    presence = client.make_presence("away", "gone", -5, "c@d", None, "a@b", "nick")
    assert (presence["type"], presence["show"], presence["status"]) == ("away", "away", "gone")
    assert (presence["priority"], presence["to"], presence["from"]) == (-5, "c@d", "a@b")
    assert presence["nick"] == "nick"
    plain = client.make_presence()
    assert (plain["type"], len(plain.xml), plain["from"]) == ("available", 0, "")
    assert client.make_presence(ptype="unavailable")["type"] == "unavailable"
    last = client.make_presence(pshow="xa", ptype="unavailable")
    assert (last.xml.get("type"), last["show"]) == ("unavailable", "xa")
    assert client.make_presence(pshow="unavailable").xml.get("type") == "unavailable"
    assert client.make_presence(ppriority=0)["priority"] == 0
    with pytest.raises(InvalidJID):
        client.make_presence(pto="@")


async def test_a_status_in_several_languages(client: ClientXMPP) -> None:
    presence = client.make_presence(pstatus={"en": "gone", "de": "weg"})
    assert dict(presence["status|*"]) == {"en": "gone", "de": "weg"}


async def test_a_components_presence_says_who_it_is_from(component: ComponentXMPP) -> None:
    assert component.make_presence()["from"] == "echo.localhost"
    assert component.make_presence(pfrom="x@echo.localhost")["from"] == "x@echo.localhost"


@pytest.mark.usefixtures("extended")
async def test_what_is_sent_is_what_is_made(wire: Wire) -> None:
    wire.stream.send_message("c@d", "body", "subject", "chat", "<b/>", mnick="nick")
    wire.stream.send_presence("dnd", "busy", 3, "c@d", pnick="nick")
    wire.stream.send_presence_subscription("c@d/x", pnick="nick")
    wire.stream.send_presence_subscription("c@d", "a@b", "unsubscribed")
    message, presence, subscribe, unsubscribed = await wire.stanzas()
    assert message.get("type") == "chat"
    assert [each.text for each in message][:2] == ["body", "subject"]
    assert presence.find("{jabber:client}show").text == "dnd"  # type: ignore[union-attr]
    assert (subscribe.get("to"), subscribe.get("type"), subscribe[0].text) == ("c@d", "subscribe", "nick")
    assert (unsubscribed.get("from"), unsubscribed.get("type")) == ("a@b", "unsubscribed")
