# SPDX-License-Identifier: MIT
"""Rosters (RFC 6121 §2)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID, InvalidValue
from xmppkit.jid.address import JID
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.roster import Roster, RosterItem, Subscription
from xmppkit.xml.names import ROSTER

# RFC 6121 §2.1.4 and §3.1.2, §3.4.2
RESULT = """
<iq xmlns='jabber:client' id='hu2bac18' to='juliet@example.com/balcony' type='result'>
  <query xmlns='jabber:iq:roster' ver='ver11'>
    <item jid='romeo@example.net' name='Romeo' subscription='both'><group>Friends</group><group>Lovers</group></item>
    <item jid='mercutio@example.com' name='Mercutio' subscription='from' ask='subscribe'/>
    <item jid='benvolio@example.net' approved='true' subscription='none'/>
  </query>
</iq>
"""


def received(inside: str) -> Any:
    return Roster(xml=ET.fromstring(f"<query xmlns='{ROSTER}'>{inside}</query>"))


def test_reading() -> None:
    roster: Any = Iq(xml=ET.fromstring(RESULT), recv=True)["roster"]
    assert roster["ver"] == roster.ver == "ver11"
    assert roster["items"] == {
        JID("romeo@example.net"): {
            "name": "Romeo",
            "subscription": "both",
            "ask": "",
            "approved": "",
            "groups": ["Friends", "Lovers"],
        },
        JID("mercutio@example.com"): {
            "name": "Mercutio",
            "subscription": "from",
            "ask": "subscribe",
            "approved": "",
            "groups": [],
        },
        JID("benvolio@example.net"): {
            "name": "",
            "subscription": "none",
            "ask": "",
            "approved": True,
            "groups": [],
        },
    }


def test_the_typed_view_of_a_contact() -> None:
    roster = Iq(xml=ET.fromstring(RESULT), recv=True)["roster"]
    first, _, third = roster
    assert isinstance(first, RosterItem)
    assert (first.jid, first.name_, first.subscription) == ("romeo@example.net", "Romeo", Subscription.BOTH)
    assert first.groups == ["Friends", "Lovers"]
    assert first.approved is None
    assert third.approved is True
    assert third.name_ is None


def test_versions() -> None:
    # RFC 6121 §2.6.2: an empty version asks a server that has versions for the whole roster
    iq: Any = Iq(stype="get")
    assert iq["roster"]["ver"] is None
    assert iq["roster"].ver is None
    copied = Roster()
    copied.values = iq["roster"].values
    assert str(copied) == '<query xmlns="jabber:iq:roster" />'
    iq["roster"]["ver"] = ""
    assert str(iq["roster"]) == '<query xmlns="jabber:iq:roster" ver="" />'
    assert iq["roster"].ver == ""
    del iq["roster"]["ver"]
    assert str(iq["roster"]) == '<query xmlns="jabber:iq:roster" />'


def test_setting_contacts() -> None:
    roster: Any = received("<item jid='old@b'/><other/>")
    roster["items"] = {
        "nurse@example.com": {"name": "Nurse", "groups": ["Servants", "Servants"], "subscription": None},
        JID("romeo@example.net"): {"subscription": Subscription.REMOVE, "ask": "subscribe", "approved": True},
        "x@y": {"in_roster": True},
    }
    assert str(roster) == (
        '<query xmlns="jabber:iq:roster"><other /><item jid="nurse@example.com" name="Nurse"><group>Servants</group>'
        '</item><item jid="romeo@example.net" subscription="remove" ask="subscribe" approved="true" />'
        '<item jid="x@y" /></query>'
    )
    assert list(roster["items"]) == ["nurse@example.com", "romeo@example.net", "x@y"]
    assert roster.del_items() is roster
    assert roster["items"] == {}
    roster["items"] = {"a@b": {}}
    del roster["items"]
    assert str(roster) == '<query xmlns="jabber:iq:roster"><other /></query>'


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ({"@": {}}, InvalidJID),
        ({"a@b": {"subscription": "some"}}, InvalidValue),
        ({"a@b": {"groups": "Friends"}}, InvalidValue),
        ({"a@b": {"approved": "perhaps"}}, InvalidValue),
    ],
)
def test_contacts_that_are_none(items: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Roster()["items"] = items


def test_groups() -> None:
    item: Any = RosterItem()
    item["groups"] = (name for name in ("b", "a", "b"))
    assert item["groups"] == ["b", "a"]
    item["groups"] = ""
    assert item["groups"] == []
    assert item.set_groups(["c"]) is item
    del item["groups"]
    assert list(item.xml) == []


def test_what_cannot_be_read() -> None:
    roster = received(
        "text<item/><item jid='@'/><item jid=''/><item jid='a@b' subscription='some' approved='x'><group/></item>"
        "<item xmlns='urn:other' jid='c@d'/>"
    )
    assert roster["items"] == {
        JID("a@b"): {"name": "", "subscription": "some", "ask": "", "approved": "x", "groups": [""]}
    }
    items = list(roster)
    assert len(items) == 4
    assert [item.jid for item in items] == [None, None, None, "a@b"]
    assert items[1]["jid"] == "@"
    assert items[3].subscription is items[3].approved is None
    assert items[3].xml.get("subscription") == "some"


def test_contacts_one_by_one() -> None:
    roster = received(
        "text<item/><item jid='@'/><item jid=''/><item jid='A@B/c' subscription='some' name='n' ask='subscribe'>"
        "<group>x</group><other/><group/></item><item xmlns='urn:other' jid='c@d'/><item jid='e@f'/>"
    )
    assert list(roster.contacts()) == [
        ("a@b", {"name": "n", "subscription": "some", "ask": "subscribe", "groups": ["x", ""]}),
        ("e@f", {"name": "", "subscription": "", "ask": "", "groups": []}),
    ]


def test_what_somebody_appended_is_no_contact() -> None:
    roster = received("<item jid='a@b'/>")
    roster.append(Iq())
    assert list(roster["items"]) == ["a@b"]


def test_values_make_the_round() -> None:
    iq = Iq(xml=ET.fromstring(RESULT), recv=True)
    again = Iq()
    again.values = iq.values
    assert again == iq
    assert len(again["roster"]) == 3


def test_the_typed_view_of_the_contacts() -> None:
    roster = Roster()
    assert roster.items == []
    item = RosterItem()
    item.jid = JID("a@b")
    roster.items = [item]
    assert roster.items == [item]
    assert list(roster["items"]) == ["a@b"]
