# SPDX-License-Identifier: MIT
"""Contacts, the roster, and who keeps it up to date."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring

import pytest

from xmppkit.pyxmpp2.exceptions import BadRequestProtocolError, NotAcceptableProtocolError
from xmppkit.pyxmpp2.interfaces import StanzaRoute
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.roster import (
    FEATURE_APPROVALS,
    FEATURE_ROSTERVER,
    QUERY_TAG,
    Roster,
    RosterClient,
    RosterItem,
    RosterNotReceivedEvent,
    RosterPayload,
    RosterReceivedEvent,
    RosterUpdatedEvent,
)
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.stanzaprocessor import StanzaProcessor
from xmppkit.pyxmpp2.streamevents import AuthorizedEvent, GotFeaturesEvent
from xmppkit.pyxmpp2.utils import xml_elements_equal

NS = 'xmlns="jabber:iq:roster"'
ME, ALICE, BOB = JID("me@example.org/here"), JID("alice@example.org"), JID("bob@example.org")
FULL = (
    f'<item {NS} jid="alice@example.org" name="Alice" subscription="from" ask="subscribe" approved="true">'
    "<group>A</group><group>B</group></item>"
)


def item(text: str) -> RosterItem:
    return RosterItem.from_xml(fromstring(text.replace("<item", f"<item {NS}", 1) if NS not in text else text))


# --- items ----------------------------------------------------------------------------------------------


def test_an_item_is_read_and_written() -> None:
    found = item(FULL)
    assert (found.jid, found.name, found.groups) == (ALICE, "Alice", {"A", "B"})
    assert (found.subscription, found.ask, found.approved) == ("from", "subscribe", True)
    assert xml_elements_equal(found.as_xml(), fromstring(FULL))
    parent = Element(QUERY_TAG)
    assert found.as_xml(parent) is parent[0]
    assert repr(found) == "<RosterItem alice@example.org from>"


def test_an_item_with_nothing_but_an_address() -> None:
    found = item('<item jid="alice@example.org"/>')
    assert (found.name, found.groups, found.subscription, found.ask, found.approved) == (None, set(), None, None, False)
    assert found.as_xml().attrib == {"jid": "alice@example.org"}
    assert RosterItem(ALICE, subscription="none").subscription is None


@pytest.mark.parametrize("text", ["<item/>", '<item jid=""/>', '<item jid="a b"/>'])
def test_an_item_without_an_address(text: str) -> None:
    with pytest.raises(BadRequestProtocolError):
        item(text)


def test_other_elements() -> None:
    for read in (RosterItem.from_xml, RosterPayload.from_xml):
        with pytest.raises(ValueError):
            read(Element("{urn:x}y"))


@pytest.mark.parametrize(
    ("text", "in_result", "in_push"),
    [
        (FULL, True, True),
        ('<item jid="a@b" subscription="remove"/>', False, True),
        ('<item jid="a@b" subscription="nonsense"/>', False, False),
        ('<item jid="a@b" ask="nonsense"/>', False, False),
        ('<item jid="a@b"><group>A</group><group>A</group></item>', False, False),
        ('<item jid="a@b"><group/></item>', False, False),
    ],
)
def test_what_the_server_sends_is_verified(text: str, in_result: bool, in_push: bool) -> None:
    for name, right in (("verify_roster_result", in_result), ("verify_roster_push", in_push)):
        found = item(text)
        if not right:
            with pytest.raises(ValueError):
                getattr(found, name)()
        getattr(found, name)(fix=True)
        getattr(found, name)()


@pytest.mark.parametrize(
    ("text", "error", "can_be_fixed"),
    [
        ('<item jid="a@b" name="N"><group>A</group></item>', None, True),
        ('<item jid="a@b" subscription="remove"/>', None, True),
        ('<item jid="a@b" subscription="both"/>', ValueError, True),
        ('<item jid="a@b" ask="subscribe"/>', ValueError, True),
        ('<item jid="a@b" subscription="remove" approved="1"/>', ValueError, True),
        ('<item jid="a@b"><group>A</group><group>A</group></item>', BadRequestProtocolError, False),
        ('<item jid="a@b"><group/></item>', NotAcceptableProtocolError, False),
        ('<item jid="a@b"><group>AAAA</group></item>', NotAcceptableProtocolError, False),
        ('<item jid="a@b" name="NNNN"/>', NotAcceptableProtocolError, False),
    ],
)
def test_what_is_set_is_verified(text: str, error: type[Exception] | None, can_be_fixed: bool) -> None:
    settings = {"roster_name_length_limit": 3, "roster_group_name_length_limit": 3}
    if error is not None:
        with pytest.raises(error):
            item(text).verify_roster_set(settings=settings)
    found = item(text)
    if can_be_fixed:
        found.verify_roster_set(fix=True, settings=settings)
        found.verify_roster_set()
    else:
        with pytest.raises(error or Exception):
            found.verify_roster_set(fix=True, settings=settings)


# --- payload and roster ---------------------------------------------------------------------------------


def test_the_payload(caplog: pytest.LogCaptureFixture) -> None:
    element = fromstring(f'<query {NS} ver="v"><item jid="a@b"/><item jid="c@d"/><item jid="a@b" name="N"/></query>')
    payload = RosterPayload.from_xml(element)
    assert "a@b is twice" in caplog.text
    assert [found.jid for found in payload] == [found.jid for found in payload.items()] == ["a@b", "c@d"]
    assert (len(payload), payload.version, payload[1].jid) == (2, "v", "c@d")
    assert len(payload[0:1]) == 1
    assert RosterPayload(version="").as_xml().attrib == {"ver": ""}
    assert RosterPayload().as_xml().attrib == {}
    assert len(payload.as_xml()) == 2


def test_the_roster() -> None:
    alice, bob = RosterItem(ALICE, "Alice", ["A", "B"]), RosterItem(BOB, "alice")
    roster = Roster([alice, bob], "v")
    assert len(roster) == 2
    assert list(roster) == roster.values() == roster.items() == [alice, bob]
    assert roster.keys() == [ALICE, BOB]
    assert ALICE in roster
    assert "alice@example.org" in roster
    assert roster[ALICE] is roster[0] is roster.get(ALICE) is alice
    assert roster.get(ME) is None
    assert roster.get(ME, bob) is bob
    assert roster.groups == {"A", "B"}
    assert roster.get_items_by_name("Alice") == [alice]
    assert roster.get_items_by_name("ALICE", case_sensitive=False) == [alice, bob]
    assert roster.get_items_by_group("A") == [alice]
    assert roster.get_items_by_group("b", case_sensitive=False) == [alice]
    assert roster.get_items_by_group(None) == [bob]
    assert repr(roster) == "<Roster of 2, version 'v'>"
    with pytest.raises(TypeError):
        roster["alice@example.org"]  # type: ignore[index]
    with pytest.raises(ValueError):
        roster.add_item(alice)
    with pytest.raises(ValueError):
        roster.add_item(RosterItem(ME, subscription="remove"))
    with pytest.raises(ValueError):
        Roster([alice, alice])
    other = RosterItem(ALICE)
    roster.add_item(other, replace=True)
    assert roster.remove_item(ALICE) is other
    with pytest.raises(KeyError):
        roster.remove_item(ALICE)


# --- the client -----------------------------------------------------------------------------------------


class Server(StanzaRoute):
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, stanza: Stanza) -> None:
        self.sent.append(Iq(stanza.as_xml()))

    def uplink_receive(self, stanza: Stanza) -> bool | None:
        raise AssertionError

    @property
    def asked(self) -> RosterPayload:
        found: RosterPayload = self.sent[-1].get_payload(RosterPayload)
        return found


class Scene:
    """A roster client that has just logged in, and its server."""

    def __init__(self, *features: str, loaded: Roster | None = None) -> None:
        self.settings = XMPPSettings()
        self.client = RosterClient(self.settings)
        self.client.roster = loaded
        self.server = Server()
        self.processor = StanzaProcessor()
        self.processor.me, self.processor.uplink = ME, self.server
        self.processor.setup_stanza_handlers([self.client], "post-auth")
        offered = Element("{http://etherx.jabber.org/streams}features")
        for feature in features:
            SubElement(offered, feature)
        assert not self.client.handle_got_features_event(GotFeaturesEvent(offered))
        self.client.handle_authorized_event(AuthorizedEvent(ME))

    def answer(self, payload: RosterPayload | Element | None = None, **more: Any) -> None:
        kind = "error" if more else "result"
        iq = Iq(stanza_type=kind, stanza_id=self.server.sent[-1].stanza_id, **more)
        if payload is not None:
            iq.add_payload(payload)
        self.processor.process_stanza(Iq(iq.as_xml()))

    def push(self, *items: RosterItem, from_jid: JID | None = None, version: str | None = None) -> Iq:
        iq = Iq(stanza_type="set", from_jid=from_jid)
        iq.add_payload(RosterPayload(items, version))
        self.processor.process_stanza(Iq(iq.as_xml()))
        answer: Iq = self.server.sent[-1]
        assert answer.stanza_id == iq.stanza_id
        return answer

    def event(self) -> Any:
        return self.settings["event_queue"].get_nowait()

    @property
    def no_event(self) -> bool:
        return bool(self.settings["event_queue"].empty())


def scene_with_alice() -> Scene:
    scene = Scene()
    scene.answer(RosterPayload([RosterItem(ALICE, "Alice", ["A"])]))
    scene.event()
    return scene


def test_the_roster_is_requested() -> None:
    scene = Scene()
    request = scene.server.sent[0]
    assert (request.stanza_type, request.to_jid, scene.server.asked.version) == ("get", None, None)
    assert scene.client.server == ME.bare()
    scene.answer(RosterPayload([RosterItem(ALICE)]))
    event = scene.event()
    assert isinstance(event, RosterReceivedEvent)
    assert event.roster is scene.client.roster
    assert event.roster_client is scene.client
    assert event.roster.keys() == [ALICE]
    assert str(event) == "Roster received (1 items)"


@pytest.mark.parametrize(
    ("features", "loaded", "version"),
    [
        ((), Roster(version="v"), None),
        ((FEATURE_ROSTERVER,), None, ""),
        ((FEATURE_ROSTERVER,), Roster(), ""),
        ((FEATURE_ROSTERVER, FEATURE_APPROVALS), Roster(version="v"), "v"),
    ],
)
def test_versions(features: tuple[str, ...], loaded: Roster | None, version: str | None) -> None:
    scene = Scene(*features, loaded=loaded)
    assert scene.server.asked.version == version
    scene.answer()
    assert scene.event().roster is scene.client.roster
    assert scene.client.roster is not None
    if loaded is not None:
        assert scene.client.roster is loaded
    assert scene.client.server_features == ({"versioning"} if features else set()) | (
        {"pre-approvals"} if FEATURE_APPROVALS in features else set()
    )


def test_no_roster() -> None:
    scene = Scene()
    scene.answer(error_cond="forbidden")
    event = scene.event()
    assert isinstance(event, RosterNotReceivedEvent)
    assert event.stanza is not None
    assert event.stanza.error is not None
    assert "an error" in str(event)
    assert scene.client.roster is None


def test_a_malformed_roster(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.answer(fromstring(f"<query {NS}><item/></query>"))
    assert isinstance(scene.event(), RosterNotReceivedEvent)
    assert "malformed" in caplog.text


def test_no_answer() -> None:
    settings = XMPPSettings()
    client = RosterClient(settings)
    processor = StanzaProcessor(default_timeout=0.0)
    processor.uplink = Server()
    client.stanza_processor = processor
    client.request_roster()
    processor.expire_response_handlers()
    event = settings["event_queue"].get_nowait()
    assert event.stanza is None
    assert "no answer" in str(event)


def test_without_a_client() -> None:
    with pytest.raises(ValueError, match="no client"):
        RosterClient().request_roster()


# --- pushes ---------------------------------------------------------------------------------------------


def test_a_push_adds_changes_and_removes() -> None:
    scene = scene_with_alice()
    assert scene.push(RosterItem(BOB), version="2").stanza_type == "result"
    event = scene.event()
    assert isinstance(event, RosterUpdatedEvent)
    assert (event.roster_client, event.old_item, event.item.jid) == (scene.client, None, BOB)
    assert str(event) == "Roster update for: bob@example.org"
    roster = scene.client.roster
    assert roster is not None
    assert (roster.keys(), roster.version) == ([ALICE, BOB], "2")

    scene.push(RosterItem(ALICE, "Other"), from_jid=ME.bare())
    event = scene.event()
    assert (event.old_item.name, event.item.name, roster[ALICE].name) == ("Alice", "Other", "Other")

    for _ in range(2):
        scene.push(RosterItem(ALICE, subscription="remove"))
    assert (scene.event().old_item.name, scene.event().old_item) == ("Other", None)
    assert roster.keys() == [BOB]


@pytest.mark.parametrize("sender", ["evil@example.org", "example.org", "me@example.org/other"])
def test_nobody_else_pushes(sender: str) -> None:
    scene = scene_with_alice()
    answer = scene.push(RosterItem(BOB), from_jid=JID(sender))
    assert answer.error is not None
    assert answer.error.condition_name == "service-unavailable"
    assert scene.no_event
    assert scene.client.roster is not None
    assert scene.client.roster.keys() == [ALICE]


@pytest.mark.parametrize("items", [(), (RosterItem(ALICE), RosterItem(BOB))])
def test_a_push_is_about_one_contact(items: tuple[RosterItem, ...]) -> None:
    scene = scene_with_alice()
    answer = scene.push(*items)
    assert answer.error is not None
    assert answer.error.condition_name == "bad-request"


def test_a_push_before_the_roster() -> None:
    scene = Scene()
    assert scene.push(RosterItem(BOB)).stanza_type == "result"
    assert scene.no_event
    assert scene.client.roster is None


# --- changes --------------------------------------------------------------------------------------------


def test_adding() -> None:
    scene = scene_with_alice()
    done: list[RosterItem] = []
    scene.client.add_item(BOB, "Bob", ["A", "B"], done.append)
    [asked] = scene.server.asked
    assert (asked.jid, asked.name, asked.groups) == (BOB, "Bob", {"A", "B"})
    assert scene.server.sent[-1].stanza_type == "set"
    scene.answer()
    assert [found.jid for found in done] == [BOB]
    assert scene.client.roster is not None
    assert BOB not in scene.client.roster
    with pytest.raises(ValueError, match="already"):
        scene.client.add_item(ALICE)


def test_updating() -> None:
    scene = scene_with_alice()
    for arguments, expected in (
        ({"name": "Other"}, ("Other", {"A"})),
        ({"groups": None}, ("Alice", set())),
        ({"name": None, "groups": ["C"]}, (None, {"C"})),
    ):
        scene.client.update_item("alice@example.org", **arguments)  # type: ignore[arg-type]
        [asked] = scene.server.asked
        assert (asked.name, asked.groups) == expected
        scene.answer()
    count = len(scene.server.sent)
    scene.client.update_item(ALICE)
    assert len(scene.server.sent) == count
    with pytest.raises(KeyError):
        scene.client.update_item(BOB, "Bob")


def test_removing() -> None:
    scene = scene_with_alice()
    scene.client.remove_item(ALICE)
    [asked] = scene.server.asked
    assert (asked.jid, asked.subscription) == (ALICE, "remove")
    with pytest.raises(KeyError):
        scene.client.remove_item(BOB)


def test_changes_that_are_refused() -> None:
    scene = scene_with_alice()
    refused: list[Any] = []
    scene.client.add_item(BOB, error_callback=refused.append)
    scene.answer(error_cond="not-allowed")
    assert refused[0].error.condition_name == "not-allowed"
    scene.client.add_item(BOB)
    scene.answer(error_cond="not-allowed")
    assert len(refused) == 1
    scene.processor._responses._default_timeout = 0.0
    scene.client.remove_item(ALICE, error_callback=refused.append)
    scene.processor.expire_response_handlers()
    assert refused[1] is None


def test_changes_before_the_roster() -> None:
    scene = Scene()
    for change in (scene.client.add_item, scene.client.update_item, scene.client.remove_item):
        with pytest.raises(ValueError, match="no roster yet"):
            change(BOB) if change != scene.client.update_item else change(BOB, "Bob")


# --- between two runs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("pretty", [True, False])
def test_a_roster_is_saved_and_loaded(tmp_path: Path, pretty: bool) -> None:
    client = RosterClient()
    with pytest.raises(ValueError, match="not been received"):
        client.save_roster(tmp_path / "roster.xml")
    client.roster = Roster([item(FULL), RosterItem(BOB, "Bób")], "v")
    client.save_roster(tmp_path / "roster.xml", pretty)
    out = io.StringIO()
    client.save_roster(out, pretty)
    assert out.getvalue() == (tmp_path / "roster.xml").read_text(encoding="utf-8")
    assert (out.getvalue().count("\n") > 2) is pretty
    for source in (tmp_path / "roster.xml", str(tmp_path / "roster.xml"), io.BytesIO(out.getvalue().encode())):
        other = RosterClient()
        other.load_roster(source)
        assert other.roster is not None
        assert other.roster.version == "v"
        for one, two in zip(client.roster, other.roster, strict=True):
            assert xml_elements_equal(one.as_xml(), two.as_xml())


@pytest.mark.parametrize(
    "text",
    ["", "no XML", "<query/>", f"<query {NS}><item/></query>", f'<!DOCTYPE q [<!ENTITY a "b">]><query {NS}>&a;<x/>'],
)
def test_what_is_no_roster(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roster.xml"
    path.write_text(text)
    client = RosterClient()
    with pytest.raises(ValueError):
        client.load_roster(path)
    assert client.roster is None
