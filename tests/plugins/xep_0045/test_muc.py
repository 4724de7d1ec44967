# SPDX-License-Identifier: MIT
"""Invitations, requests for voice, and what comes unasked; clients and components."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0045.correspondence import REGISTRATION, VOICE_REQUEST
from xmppkit.types import DeliveryEvidence, DeliveryState

COVEN = "coven@chat.shakespeare.lit"
USER = "{http://jabber.org/protocol/muc#user}"
HECATE = "hecate@shakespeare.lit"
INVITE = "<invite from='crone1@shakespeare.lit/desktop'><reason>Hey</reason></invite><password>cauldron</password>"
EVENTS = (
    "groupchat_invite", "groupchat_decline", "muc_voice_request", "muc_registration_request", "groupchat_join",
)  # fmt: skip
DATA = "{jabber:x:data}"


async def test_an_invitation(play: Any) -> None:
    """XEP-0045 §7.8.2. The room need not be joined: that is what it is about."""
    play.hear(*EVENTS)
    play.notice(INVITE, type="normal")
    ((name, message),) = play.told
    invite = message["muc"]["invite"]
    assert (name, message["from"], invite["from"], invite["reason"], invite["password"]) == (
        "groupchat_invite", COVEN, "crone1@shakespeare.lit/desktop", "Hey", "cauldron",
    )  # fmt: skip
    assert message["muc"].room == COVEN


@pytest.mark.parametrize("sender", [f"{COVEN}/firstwitch", "mallory@evil.lit/x", "evil.lit"])
async def test_spoof_of_an_invitation(play: Any, sender: str, caplog: pytest.LogCaptureFixture) -> None:
    """Users have resources; rooms that invite have none."""
    play.hear(*EVENTS)
    play.notice(INVITE, sender=sender, type="normal")
    assert play.names() == []
    assert "sends an invitation that is not from a room" in caplog.text
    play.notice(INVITE, type="error")
    play.notice(INVITE, type="groupchat")
    assert play.names() == []


async def test_an_invitation_is_declined(play: Any) -> None:
    decline = "<decline from='hecate@shakespeare.lit'><reason>busy</reason></decline>"
    play.hear(*EVENTS)
    play.notice(decline, type="normal")
    assert play.names() == []  # nobody there can have invited for us
    await play.joined()
    play.notice(decline, type="normal")
    ((name, message),) = play.told
    assert (name, message["muc"]["decline"]["from"], message["muc"]["decline"]["reason"]) == (
        "groupchat_decline", HECATE, "busy",
    )  # fmt: skip
    play.notice(decline, type="normal", nick="firstwitch")
    play.notice(decline, type="normal", sender="mallory@evil.lit")
    assert play.names() == ["groupchat_decline"]


async def test_inviting_and_declining(play: Any) -> None:
    play.muc.invite(COVEN, HECATE, "Hey", thread="e0ffe42b")
    play.muc.decline(COVEN, "crone1@shakespeare.lit", "busy")
    play.muc.invite(COVEN, HECATE)
    invitation, refusal, plain = play.sent()
    (invite,) = invitation.iter(f"{USER}invite")
    assert (invite.get("to"), invite.findtext(f"{USER}reason")) == (HECATE, "Hey")
    assert [each.attrib for each in invite.iter(f"{USER}continue")] == [{"thread": "e0ffe42b"}]
    (decline,) = refusal.iter(f"{USER}decline")
    assert (refusal.get("to"), decline.get("to"), decline.findtext(f"{USER}reason")) == (
        COVEN, "crone1@shakespeare.lit", "busy",
    )  # fmt: skip
    (invite,) = plain.iter(f"{USER}invite")
    assert len(invite) == 0


REQUEST = (
    f"<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>{VOICE_REQUEST}</value></field>"
    "<field var='muc#role' type='list-single'><value>participant</value></field>"
    "<field var='muc#jid' type='jid-single'><value>hag66@shakespeare.lit/pda</value></field>"
    "<field var='muc#roomnick' type='text-single'><value>thirdwitch</value></field>"
    "<field var='muc#request_allow' type='boolean'><value>false</value></field></x>"
)


@pytest.mark.parametrize("allow", [True, False])
async def test_somebody_asks_for_voice(play: Any, allow: bool) -> None:
    """XEP-0045 §8.6"""
    await play.joined()
    play.hear(*EVENTS)
    play.message(REQUEST, type="normal", id="approve")
    ((name, message),) = play.told
    assert name == "muc_voice_request"
    play.muc.answer_voice_request(message, allow=allow)
    (answer,) = play.sent()
    assert (answer.get("to"), answer.get("id")) == (COVEN, "approve")
    (form,) = answer.iter(f"{DATA}x")
    values = {field.get("var"): field.findtext(f"{DATA}value") for field in form}
    assert form.get("type") == "submit"
    assert values == {
        "FORM_TYPE": VOICE_REQUEST,
        "muc#role": "participant",
        "muc#jid": "hag66@shakespeare.lit/pda",
        "muc#roomnick": "thirdwitch",
        "muc#request_allow": "1" if allow else "0",
    }


REGISTER = (
    f"<x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>{REGISTRATION}</value></field>"
    "<field var='muc#register_roomnick' type='text-single'><value>thirdwitch</value></field>"
    "<field var='muc#register_allow' type='boolean'><value>0</value></field></x>"
)


async def test_somebody_asks_to_be_a_member(play: Any) -> None:
    """XEP-0045 §9.9"""
    play.hear(*EVENTS)
    play.message(REGISTER, type="normal", id="register")
    assert play.names() == []
    await play.joined()
    play.message(REGISTER, type="normal", id="register")
    ((name, message),) = play.told
    assert name == "muc_registration_request"
    play.muc.answer_registration_request(message, allow=True)
    (answer,) = play.sent()
    (form,) = answer.iter(f"{DATA}x")
    values = {field.get("var"): field.findtext(f"{DATA}value") for field in form}
    assert (answer.get("to"), answer.get("id"), form.get("type")) == (COVEN, "register", "submit")
    assert values == {
        "FORM_TYPE": REGISTRATION,
        "muc#register_roomnick": "thirdwitch",
        "muc#register_allow": "1",
    }
    with pytest.raises(InvalidValue, match="no request"):
        play.muc.answer_voice_request(message, allow=True)


async def test_spoof_of_a_request_for_voice(play: Any) -> None:
    play.hear(*EVENTS)
    play.message(REQUEST, type="normal")
    await play.joined()
    play.message(REQUEST, type="normal", nick="firstwitch")
    play.message(REQUEST, type="normal", sender="mallory@evil.lit/x")
    play.message(REQUEST, type="error")
    play.message("<x xmlns='jabber:x:data' type='form'/>", type="normal")
    assert play.names() == []


async def test_what_is_no_request_for_voice_cannot_be_answered(play: Any) -> None:
    message = play.station.make_message(COVEN)
    with pytest.raises(InvalidValue, match="no request"):
        play.muc.answer_voice_request(message, allow=True)


async def test_the_nickname_that_a_room_keeps(play: Any) -> None:
    """XEP-0045 §7.12"""
    for answer, nick in (
        (
            "<identity category='account' name='x' type='y'/><identity category='conference' name='hag' type='text'/>",
            "hag",
        ),
        ("", ""),
        (None, ""),
    ):
        asking = asyncio.ensure_future(play.muc.get_reserved_nick(COVEN))
        request = await play.asked()
        assert request[0].get("node") == "x-roomuser-item"
        info = f"<query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'>{answer}</query>"
        error = "<error type='cancel'><feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        kind, payload = ("error", error) if answer is None else ("result", info)
        play.station.take(f"<iq type='{kind}' from='{COVEN}' id='{request.get('id')}'>{payload}</iq>")
        assert await asking == nick


async def test_the_history_that_is_wanted(play: Any) -> None:
    since = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    presence = play.muc.make_join_stanza(COVEN, "hag", since=since)
    assert presence["muc_join"]["history"].since == since
    assert 'since="1970-01-01T00:00:00Z"' in str(presence)
    assert "history" not in str(play.muc.make_join_stanza(COVEN, "hag"))


# --- components that are services of rooms -------------------------------------------------------------------------


async def test_a_service(network: Any) -> None:
    """What is asked of a service, which has rooms of its own."""
    service = network.join("chat.shakespeare.lit", "xep_0045", component=True)
    told: list[tuple[str, Any]] = []
    for name in EVENTS:
        service.add_event_handler(name, lambda payload, name=name: told.append((name, payload)))
    hag = network.join("hag66@shakespeare.lit/pda", "xep_0045")
    hag.plugin["xep_0045"].invite(COVEN, HECATE)
    hag.plugin["xep_0045"].decline(COVEN, "crone1@shakespeare.lit")
    joining = hag.plugin["xep_0045"].join_muc(COVEN, "thirdwitch")
    await service.settle()
    assert [name for name, _ in told] == ["groupchat_invite", "groupchat_decline", "groupchat_join"]
    service.plugin["xep_0045"].invite_server(COVEN, "hag66@shakespeare.lit/pda", "crone1@shakespeare.lit", "Hey")
    invited: list[Any] = []
    hag.add_event_handler("groupchat_invite", invited.append)
    await hag.settle()
    (message,) = invited
    assert (message["from"], message["muc"]["invite"]["from"]) == (COVEN, "crone1@shakespeare.lit")
    del told[:]
    service.take(f"<message from='a@b/c' to='{COVEN}'><x xmlns='{USER[1:-1]}'><invite/><decline/></x></message>")
    service.take(
        f"<presence from='a@b/c' to='{COVEN}/x' type='unavailable'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    )
    assert told == []
    joining.cancel()


async def test_disabled_it_leaves_nothing(play: Any) -> None:
    room = await play.joined()
    assert await play.joined() is room
    play.station._session_started = True
    play.station.plugin.disable("xep_0045")
    assert not room.joined
    (goodbye,) = play.sent()
    assert goodbye.get("type") == "unavailable"
    assert not any("MUC" in handler.name for handler in play.station._handlers)


async def test_what_the_room_sends_us_back_was_delivered(play: Any) -> None:
    """Only under our own nickname: others know the ids of what we have said, too."""
    await play.joined(others=("firstwitch",))
    receipt = play.station._sender.deliveries.receipt("m7", COVEN)
    assert receipt.state is DeliveryState.QUEUED
    play.message("<body>Harpier cries</body>", "firstwitch", id="m7")
    play.message("<body>Harpier cries</body>", id="m7")
    assert receipt.state is DeliveryState.QUEUED
    play.message("<body>Harpier cries</body>", "thirdwitch", id="m7")
    assert receipt.evidence is DeliveryEvidence.ECHO
