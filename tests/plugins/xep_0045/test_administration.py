# SPDX-License-Identifier: MIT
"""slixmpp's methods for moderators, administrators and owners."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue, IqError
from xmppkit.jid.address import JID

COVEN = "coven@chat.shakespeare.lit"
ADMIN = "{http://jabber.org/protocol/muc#admin}"


async def answered(play: Any, doing: Any, items: str = "", error: str = "") -> tuple[ET.Element, Any]:
    task = asyncio.ensure_future(doing)
    request = await play.asked()
    assert request.get("to") == COVEN
    payload = f"<query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query>" if items else ""
    play.station.take(f"<iq type='result' from='{COVEN}' id='{request.get('id')}'>{payload}</iq>")
    return request, await task


def items(request: ET.Element) -> list[dict[str, str]]:
    return [dict(item.attrib) for item in request.iter(f"{ADMIN}item")]


async def test_roles(play: Any) -> None:
    """XEP-0045 §8.3, §8.5"""
    request, answer = await answered(play, play.muc.set_role(COVEN, "thirdwitch", "participant", reason="worthy"))
    assert (request.get("type"), items(request)) == ("set", [{"nick": "thirdwitch", "role": "participant"}])
    assert answer["type"] == "result"
    found = "<item nick='Polo' role='participant'/><item role='participant'/><item nick='Hecate' role='jester'/>"
    request, nicks = await answered(play, play.muc.get_roles_list(COVEN, "participant"), found)
    assert (request.get("type"), items(request), nicks) == ("get", [{"role": "participant"}], ["Polo", "Hecate"])
    roles = [("Hecate", "visitor"), ("rosencrantz", "participant")]
    request, _ = await answered(play, play.muc.send_role_list(COVEN, roles))
    assert items(request) == [
        {"nick": "Hecate", "role": "visitor"},
        {"nick": "rosencrantz", "role": "participant"},
    ]


async def test_affiliations(play: Any) -> None:
    """XEP-0045 §9"""
    request, _ = await answered(
        play, play.muc.set_affiliation(COVEN, "member", jid="hag66@shakespeare.lit/pda", nick="hag", reason="worthy")
    )
    assert items(request) == [{"affiliation": "member", "jid": "hag66@shakespeare.lit", "nick": "hag"}]
    (reason,) = request.iter(f"{ADMIN}reason")
    assert reason.text == "worthy"
    found = "<item affiliation='outcast' jid='a@b'/><item affiliation='outcast'/><item jid='@' affiliation='outcast'/>"
    request, jids = await answered(play, play.muc.get_affiliation_list(COVEN, "outcast"), found)
    assert (items(request), jids) == ([{"affiliation": "outcast"}], [JID("a@b")])
    assert (await answered(play, play.muc.get_affiliation_list(COVEN, "owner")))[1] == []
    _, answer = await answered(play, play.muc.get_users_by_affiliation(COVEN), "<item nick='x' affiliation='member'/>")
    assert [item.nick for item in answer["mucadmin_query"].items] == ["x"]
    changes = [("a@b", "outcast"), (JID("c@d/e"), "none")]
    request, _ = await answered(play, play.muc.send_affiliation_list(COVEN, changes))
    assert items(request) == [
        {"affiliation": "outcast", "jid": "a@b"},
        {"affiliation": "none", "jid": "c@d"},
    ]


async def test_an_affiliation_by_nickname(play: Any) -> None:
    with pytest.raises(ValueError, match="not known"):
        await play.muc.set_affiliation(COVEN, "owner", nick="hag")
    with pytest.raises(ValueError, match="give jid or nick"):
        await play.muc.set_affiliation(COVEN, "owner")
    await play.joined()
    play.presence("hag", item="affiliation='none' role='visitor' jid='hag@shakespeare.lit/x'")
    request, _ = await answered(play, play.muc.set_affiliation(COVEN, "owner", nick="hag"))
    assert items(request) == [{"affiliation": "owner", "jid": "hag@shakespeare.lit", "nick": "hag"}]


async def test_what_there_is_not(play: Any) -> None:
    with pytest.raises(InvalidValue, match="king"):
        await play.muc.set_affiliation(COVEN, "king", jid="a@b")
    with pytest.raises(InvalidValue, match="jester"):
        await play.muc.set_role(COVEN, "thirdwitch", "jester")
    assert play.sent() == []


async def test_the_end_of_a_new_room(play: Any) -> None:
    """XEP-0045 §10.1.3"""
    request, _ = await answered(play, play.muc.cancel_config(COVEN))
    (form,) = request.iter("{jabber:x:data}x")
    assert (form.get("type"), len(form)) == ("cancel", 0)


async def test_refusals(play: Any) -> None:
    play.network.join("coven@chat.shakespeare.lit")  # somebody who knows nothing of it
    with pytest.raises(IqError, match=r"feature-not-implemented|service-unavailable"):
        await play.muc.destroy(COVEN)
