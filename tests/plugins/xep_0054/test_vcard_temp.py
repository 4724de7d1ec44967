# SPDX-License-Identifier: MIT
"""vCards between people, servers and components."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import InvalidValue, IqError, XMPPError
from xmppkit.plugins.xep_0054 import XEP_0054, VCardTemp
from xmppkit.stanza.iq import Iq

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit"
NS = "vcard-temp"


class Server:
    """The server of an account: it keeps vCards."""

    def __init__(self, network: Any, *addresses: str) -> None:
        self.cards: dict[str, Any] = {}
        self.asked = 0
        for jid in addresses:
            station = network.join(jid)
            station.register_handler(Callback("get", StanzaPath("iq@type=get/vcard_temp"), self.get))
            station.register_handler(Callback("set", StanzaPath("iq@type=set/vcard_temp"), self.set))

    def get(self, iq: Iq) -> None:
        self.asked += 1
        answer = iq.reply()
        found = self.cards.get(iq["to"].full)
        if found is None:
            raise XMPPError("item-not-found")
        answer.append(found)
        answer.send()

    def set(self, iq: Iq) -> None:
        self.cards[iq["to"].full or "romeo@montague.lit"] = iq["vcard_temp"]
        iq.reply().send()


def card(name: str) -> VCardTemp:
    made = VCardTemp()
    made.full_name = name
    return made


@pytest.fixture
def server(network: Any) -> Server:
    return Server(network, JULIET, "room@chat.lit/nick", "room@chat.lit")


@pytest.fixture
def plugin(network: Any, server: Server) -> XEP_0054:
    return network.join(ROMEO, "xep_0054").plugin["xep_0054"]  # type: ignore[no-any-return]


async def test_getting(plugin: XEP_0054, server: Server) -> None:
    server.cards[JULIET] = card("Juliet")
    told: list[Any] = []
    answer = await plugin.get_vcard(JULIET, callback=told.append)
    assert answer["vcard_temp"]["FN"] == "Juliet"
    assert told == [answer]
    server.cards[JULIET] = card("Giulietta")
    cached = await plugin.get_vcard(JULIET, cached=True, callback=told.append)
    assert (cached["vcard_temp"]["FN"], cached["from"], cached["to"]) == ("Juliet", JULIET, ROMEO)
    assert told[1] is cached
    assert server.asked == 1
    here = await plugin.get_vcard(JULIET, local=True)
    assert here["vcard_temp"].full_name == "Juliet"
    fresh = await plugin.get_vcard(JULIET)
    assert fresh["vcard_temp"].full_name == "Giulietta"
    assert (await plugin.get_vcard(JULIET, cached=True))["vcard_temp"].full_name == "Giulietta"


async def test_there_is_none(plugin: XEP_0054, server: Server) -> None:
    with pytest.raises(IqError, match="item-not-found"):
        await plugin.get_vcard(JULIET, cached=True)
    with pytest.raises(XMPPError, match="item-not-found"):
        await plugin.get_vcard(JULIET, local=True)
    server.cards[JULIET] = VCardTemp()
    assert (await plugin.get_vcard(JULIET))["vcard_temp"].full_name is None
    plugin.xmpp.take(f"<iq type='result' id='x' from='{JULIET}'/>")


async def test_occupants_are_not_mixed_up(plugin: XEP_0054, server: Server) -> None:
    server.cards["room@chat.lit/nick"], server.cards["room@chat.lit"] = card("an occupant"), card("the room")
    for jid, name in (("room@chat.lit/nick", "an occupant"), ("room@chat.lit", "the room")) * 2:
        assert (await plugin.get_vcard(jid, cached=True))["vcard_temp"].full_name == name
    assert server.asked == 3


async def test_spoof_an_answer_that_nobody_asked_for(plugin: XEP_0054, server: Server) -> None:
    plugin.xmpp.take(f"<iq type='result' id='x1' from='{JULIET}'><vCard xmlns='{NS}'><FN>forged</FN></vCard></iq>")
    await plugin.xmpp.settle()
    server.cards[JULIET] = card("Juliet")
    assert (await plugin.get_vcard(JULIET, cached=True))["vcard_temp"].full_name == "Juliet"


async def test_publishing(network: Any, plugin: XEP_0054, server: Server) -> None:
    with pytest.raises(InvalidValue, match="no vCard"):
        await plugin.publish_vcard()
    mine = plugin.make_vcard()
    mine["FN"] = "Romeo"
    with pytest.raises(IqError):  # the network has no account of his
        await plugin.publish_vcard(mine)
    with pytest.raises(XMPPError):
        await plugin.get_vcard(local=True)
    answer = await plugin.publish_vcard(mine, "room@chat.lit")
    assert answer is not None
    assert server.cards["room@chat.lit"].full_name == "Romeo"
    server.cards["room@chat.lit"] = card("the room")
    assert (await plugin.get_vcard("room@chat.lit", cached=True))["vcard_temp"].full_name == "the room"
    await plugin.publish_vcard(jid="room@chat.lit")  # the one that is kept
    with pytest.raises(InvalidValue, match="no vCard"):
        await plugin.publish_vcard(jid="room@chat.lit")


async def test_our_own(network: Any, plugin: XEP_0054) -> None:
    sent: list[Any] = []

    plugin.xmpp.make_iq_set = lambda **options: _Answered(sent, options)
    await plugin.publish_vcard(card("Romeo"), "romeo@montague.lit")
    ((options, payload),) = sent
    assert options == {"ito": None, "ifrom": None}
    assert payload.full_name == "Romeo"
    assert (await plugin.get_vcard(local=True))["vcard_temp"].full_name == "Romeo"
    assert (await plugin.get_vcard(cached=True))["from"] == "romeo@montague.lit"


class _Answered:
    """An IQ that is answered at once."""

    def __init__(self, sent: list[Any], options: dict[str, Any]) -> None:
        self.sent, self.options = sent, options

    def append(self, payload: Any) -> None:
        self.sent.append((self.options, payload))

    async def send(self, **_: Any) -> Any:
        return self


@pytest.mark.parametrize(("kind", "condition"), [("get", "service-unavailable"), ("set", "forbidden")])
async def test_who_asks_a_client(network: Any, plugin: XEP_0054, kind: str, condition: str) -> None:
    juliet = network.join(JULIET + "/x", "xep_0054")
    iq = getattr(juliet, f"make_iq_{kind}")(ito=ROMEO)
    iq.enable("vcard_temp")
    with pytest.raises(IqError, match=condition):
        await iq.send()


async def test_a_component(network: Any, plugin: XEP_0054) -> None:
    component = network.join("gate.lit", "xep_0054", component=True)
    theirs = component.plugin["xep_0054"]
    assert await theirs.publish_vcard(card("Ann"), "ann@gate.lit") is None
    assert (await plugin.get_vcard("ann@gate.lit"))["vcard_temp"].full_name == "Ann"
    assert (await theirs.get_vcard("ann@gate.lit"))["vcard_temp"].full_name == "Ann"
    with pytest.raises(IqError, match="service-unavailable"):
        await plugin.get_vcard("bob@gate.lit")
    iq = plugin.xmpp.make_iq_set(ito="ann@gate.lit")
    iq.append(card("forged"))
    with pytest.raises(IqError, match="forbidden"):
        await iq.send()
    assert (await plugin.get_vcard("ann@gate.lit"))["vcard_temp"].full_name == "Ann"
    await theirs.api["del_vcard"]("ann@gate.lit", None, None)
    with pytest.raises(IqError):
        await plugin.get_vcard("ann@gate.lit")


async def test_a_programs_own_place(plugin: XEP_0054) -> None:
    plugin.api.register(lambda jid, node, ifrom, args: card(f"of {jid}"), "get_vcard")
    assert (await plugin.get_vcard(JULIET, cached=True))["vcard_temp"].full_name == f"of {JULIET}"


async def test_it_is_announced(network: Any, plugin: XEP_0054) -> None:
    other = network.join(JULIET + "/x", "xep_0030")
    assert await other.plugin["xep_0030"].supports(ROMEO, feature=NS)
