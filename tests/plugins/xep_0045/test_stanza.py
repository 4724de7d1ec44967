# SPDX-License-Identifier: MIT
"""The wire, where it is more than fields; tests/xeps has every example of the XEP."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045 import (
    Affiliation,
    MUCInvite,
    MUCMessage,
    MUCPresence,
    MUCUserItem,
    Role,
    StatusCode,
)
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

USER = "http://jabber.org/protocol/muc#user"


def read(inside: str) -> Presence:
    xml = ET.fromstring(f"<presence xmlns='jabber:client' from='coven@chat.lit/hag'>{inside}</presence>")
    return Presence(xml=xml, recv=True)


def test_what_slixmpp_reads() -> None:
    presence = read(
        f"<x xmlns='{USER}'><item affiliation='owner' role='moderator' jid='a@b/c' nick='new'><actor nick='x'/>"
        "<reason>why</reason></item><status code='110'/><status code='999'/></x>"
    )
    muc = presence["muc"]
    keys = ("affiliation", "role", "jid", "nick", "room", "item_nick", "status_codes")
    assert [muc[key] for key in keys] == [
        "owner", "moderator", JID("a@b/c"), "hag", "coven@chat.lit", "new", {110, 999},
    ]  # fmt: skip
    assert (muc["status"]["code"], muc["item"]["actor"]["nick"], muc["item"]["reason"]) == (110, "x", "why")
    assert [item["nick"] for item in muc["items"]] == ["new"]
    assert (muc.get_item_attr("role"), muc.get_item_attr("reason"), muc.get_nick()) == ("moderator", "why", "hag")
    assert muc.get_item_attr("nothing", 7) == 7


def test_typed() -> None:
    presence = read(f"<x xmlns='{USER}'><item affiliation='owner' role='x'/><status code='110'/></x>")
    muc = MUCPresence.of(presence)
    assert muc is not None
    assert (muc.affiliation, muc.role, muc.jid, muc.item_nick) == (Affiliation.OWNER, None, None, None)
    assert (muc.room, muc.nick) == (JID("coven@chat.lit"), "hag")
    (code,) = muc.status_codes
    assert code is StatusCode.SELF_PRESENCE
    assert "status_codes" in muc
    assert ("role" in muc, "jid" in muc) == (True, False)


def test_writing() -> None:
    presence = Presence()
    muc = presence["muc"]
    muc["affiliation"], muc["role"], muc["jid"], muc["item_nick"] = "member", Role.VISITOR, "a@b", "hag"
    muc["status_codes"] = {210, StatusCode.SELF_PRESENCE}
    item = muc.set_item_attr("reason", "why")
    assert isinstance(item, MUCUserItem)
    assert str(muc) == (
        f'<x xmlns="{USER}"><item affiliation="member" role="visitor" jid="a@b" nick="hag"><reason>why</reason></item>'
        '<status code="110" /><status code="210" /></x>'
    )
    muc.role = Role.MODERATOR
    assert muc["role"] == "moderator"
    for refused in ({"x"}, 7):
        with pytest.raises(InvalidValue):
            muc["status_codes"] = refused
    with pytest.raises(InvalidValue, match="jester"):
        muc["role"] = "jester"
    muc["nick"], muc["room"] = "nobody", "nowhere"  # which follow from the sender
    del muc["nick"], muc["room"]
    muc.del_item_attr("reason")
    del muc["role"], muc["affiliation"], muc["jid"], muc["item_nick"], muc["status_codes"]
    assert str(muc) == f'<x xmlns="{USER}"><item /></x>'


def test_reading_changes_nothing() -> None:
    muc = MUCPresence()
    assert (muc.affiliation, muc.item, muc.status_codes, muc.room, muc.nick) == (None, None, set(), None, None)
    assert [muc[key] for key in ("affiliation", "role", "item_nick", "jid", "room", "nick")] == [""] * 6
    assert muc.get_item_attr("role", "none") == "none"
    muc["role"] = ""
    muc.del_item_attr("role")
    del muc["role"]
    assert ("role" in muc, "status_codes" in muc) == (False, False)
    assert str(muc) == f'<x xmlns="{USER}" />'


def test_the_password_of_an_invitation() -> None:
    message = Message()
    muc: Any = message["muc"]
    assert MUCInvite.of(muc) is None
    muc["invite"]["to"] = "hecate@shakespeare.lit"
    assert muc["invite"]["password"] == ""
    muc["invite"]["password"] = "cauldron"
    assert (muc.password, muc.invite.password) == ("cauldron", "cauldron")
    assert [child.tag for child in muc.xml] == [f"{{{USER}}}invite", f"{{{USER}}}password"]
    del muc["invite"]["password"]
    assert muc.password is None
    inside = MUCInvite()
    inside["password"] = "x"
    assert (inside["password"], len(inside.xml)) == ("x", 1)
    del inside["password"]
    assert len(inside.xml) == 0
    within = MUCMessage(ET.fromstring(f"<x xmlns='{USER}'><invite><password>old</password></invite></x>"))
    assert within["invite"]["password"] == "old"


def test_values_of_everything() -> None:
    message = Message()
    message["muc"]["invite"]["from"] = "crone1@shakespeare.lit/desktop"
    message["muc"]["invite"]["continue"]["thread"] = "t"
    message["muc"]["status_codes"] = [104]
    copied = Message()
    copied.values = message.values
    assert str(copied["muc"]) == str(message["muc"])
