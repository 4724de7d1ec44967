# SPDX-License-Identifier: MIT
"""What messages of a timeline are recognised by."""

from __future__ import annotations

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313.entries import Recent, keys_of
from xmppkit.stanza.message import Message

OWN = JID("romeo@montague.lit")


def message(sender: str = "juliet@capulet.lit/x", to: str = "romeo@montague.lit/home", **more: str) -> Message:
    made = Message(sfrom=sender, sto=to, sid=more.get("id"))
    if "body" in more:
        made.body = more["body"]
    if "origin" in more:
        made.set_origin_id(more["origin"])
    return made


def test_the_authors_ids() -> None:
    def keys(**more: str) -> set[str]:
        return set(keys_of(message(**more), OWN, in_room=False))

    assert keys() == set()
    both = keys(id="1", origin="o", body="x")
    assert len(both) == 2
    assert keys(origin="o") < both
    assert keys(id="1", body="x") < both
    assert not keys(id="1", body="y") & both
    assert not keys(id="o", body="x") & both
    assert keys(id="1", origin="o", body="x", sender="juliet@capulet.lit/y", to="romeo@montague.lit") == both
    assert not keys(id="1", origin="o", body="x", sender="tybalt@capulet.lit/x") & both
    assert not keys(id="1", origin="o", body="x", to="mercutio@verona.lit") & both


def test_what_leaves_is_from_us_and_what_comes_without_an_address_is_for_us() -> None:
    leaving = Message(sto="juliet@capulet.lit", sid="1")
    archived = message("romeo@montague.lit/home", "juliet@capulet.lit", id="1")
    assert keys_of(leaving, OWN, in_room=False) == keys_of(archived, OWN, in_room=False)
    coming = Message(sfrom="juliet@capulet.lit/x", sid="1")
    assert keys_of(coming, OWN, in_room=False) == keys_of(message(id="1"), OWN, in_room=False)


def test_in_a_room_the_author_is_an_occupant() -> None:
    one, same, other = (
        message(f"coven@muc.lit/{nick}", to, id="1")
        for nick, to in (("witch", "romeo@montague.lit/x"), ("witch", ""), ("thirdwitch", ""))
    )
    assert keys_of(one, OWN, in_room=True) == keys_of(same, OWN, in_room=True)
    assert not set(keys_of(one, OWN, in_room=True)) & set(keys_of(other, OWN, in_room=True))


def test_the_latest() -> None:
    recent = Recent(3, "abcd")
    assert recent.all() == ("b", "c", "d")
    recent.add("c")
    recent.add("e")
    assert recent.all() == ("c", "d", "e")
    assert "b" not in recent
    assert "c" in recent
