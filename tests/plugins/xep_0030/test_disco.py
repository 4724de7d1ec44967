# SPDX-License-Identifier: MIT
"""Service Discovery between stations: answering, asking, the operations, the cache, and what others try."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import IqError, IqTimeout, PluginNotFound, XMPPError
from xmppkit.plugins.xep_0030 import DiscoInfo, DiscoItems, StaticDisco
from xmppkit.plugins.xep_0030.static import OPERATIONS
from xmppkit.settings import Settings
from xmppkit.stanza.iq import Iq
from xmppkit.testing import clock

INFO = "http://jabber.org/protocol/disco#info"
ROMEO = "romeo@montague.net/orchard"
JULIET = "juliet@capulet.com/balcony"


# --- answering ------------------------------------------------------------------------------------------------------


async def test_what_everybody_has(pair: Any) -> None:
    """XEP-0030 §3.1: at least one identity, and the feature itself."""
    answer = await pair.his.get_info(JULIET)
    assert isinstance(answer, Iq)
    assert answer["from"] == JULIET
    info = answer["disco_info"]
    assert info.identities == [("client", "bot", None, None)]
    assert info.features == [INFO]
    assert info.node is None


async def test_a_component(network: Any) -> None:
    component = network.join("mim.lit", "xep_0030", component=True)
    disco = network.join(ROMEO, "xep_0030").plugin["xep_0030"]
    await component.plugin["xep_0030"].add_feature("own")
    await component.plugin["xep_0030"].add_feature("room", jid="room@mim.lit")
    for jid, feature in (("mim.lit", "own"), ("room@mim.lit", "room")):
        info = (await disco.get_info(jid))["disco_info"]
        assert info["identities"] == {("component", "generic", None, None)}
        assert info["features"] == {INFO, feature}
        here = await component.plugin["xep_0030"].get_info(jid)
        assert here == info
    assert (await disco.get_info("other@mim.lit"))["disco_info"]["features"] == {INFO}
    answer = await component.plugin["xep_0030"].get_info(ROMEO, ifrom="room@mim.lit")
    assert answer["to"] == "room@mim.lit"


async def test_what_the_program_says(pair: Any) -> None:
    await pair.hers.add_identity("client", "pc", "Gabber")
    await pair.hers.add_identity("client", "pc", "Gabber auf Deutsch", lang="de")
    pair.hers.add_feature("jabber:iq:time")  # need not be awaited
    info = (await pair.his.get_info(JULIET))["disco_info"]
    assert info.identities == [("client", "pc", None, "Gabber"), ("client", "pc", "de", "Gabber auf Deutsch")]
    assert info["features"] == {INFO, "jabber:iq:time"}
    await pair.hers.del_identity(category="client", itype="pc", lang="de")
    await pair.hers.del_feature(feature="jabber:iq:time")
    info = (await pair.his.get_info(JULIET))["disco_info"]
    assert info["identities"] == {("client", "pc", None, "Gabber")}
    assert info["features"] == {INFO}
    await pair.hers.set_identities(identities={("client", "web", None, None), ("client", "pc", "de", "x")})
    await pair.hers.set_identities(identities=[("client", "pc", None, "y")], lang="de")
    await pair.hers.set_features(features={"a", "b"})
    info = (await pair.his.get_info(JULIET))["disco_info"]
    assert info["identities"] == {("client", "web", None, None), ("client", "pc", "de", "y")}
    assert info["features"] == {INFO, "a", "b"}
    await pair.hers.del_identities(lang="de")
    await pair.hers.del_features()
    info = (await pair.his.get_info(JULIET))["disco_info"]
    assert info["identities"] == {("client", "web", None, None)}
    assert info["features"] == {INFO}
    await pair.hers.del_identities()
    assert (await pair.his.get_info(JULIET))["disco_info"]["identities"] == {("client", "bot", None, None)}


async def test_what_is_said_holds_for_every_resource(pair: Any) -> None:
    await pair.hers.add_feature("early")
    pair.juliet.bind("juliet@capulet.com/chamber")
    assert await pair.his.supports("juliet@capulet.com/chamber", feature="early")


async def test_nodes(pair: Any) -> None:
    """XEP-0030 §3.2: the answer mirrors the node, and says of it what was said of it, no more."""
    node = "http://jabber.org/protocol/commands"
    await pair.hers.add_identity("automation", "command-list", node=node)
    await pair.hers.add_feature(INFO, node)
    info = (await pair.his.get_info(JULIET, node))["disco_info"]
    assert (info.node, info.identities, info.features) == (node, [("automation", "command-list", None, None)], [INFO])
    items = (await pair.his.get_items(JULIET, node))["disco_items"]
    assert (items["node"], items["items"]) == (node, set())
    given = DiscoInfo()
    given["node"] = "another"
    given.add_feature("x")
    await pair.hers.set_info(node=node, info=given)
    given.add_feature("y")
    info = (await pair.his.get_info(JULIET, node))["disco_info"]
    assert (info.node, info.identities, info.features) == (node, [], ["x"])
    iq = Iq()
    iq["disco_info"].add_feature("z")
    await pair.hers.set_info(node=node, info=iq)
    assert (await pair.hers.get_info(node=node)).features == ["z"]
    await pair.hers.set_info(node=node)
    assert (await pair.hers.get_info(node=node)).features == []


async def test_a_node_that_nobody_knows(pair: Any) -> None:
    for asking in (pair.his.get_info, pair.his.get_items):
        with pytest.raises(IqError, match="item-not-found"):
            await asking(JULIET, "nowhere")
    with pytest.raises(XMPPError, match="item-not-found"):
        await pair.hers.get_info(node="nowhere")
    assert await pair.his.supports(JULIET, "nowhere", "x") is False
    assert await pair.hers.supports(node="nowhere", feature="x") is False
    assert await pair.hers.has_identity(node="nowhere", category="x") is False


async def test_items(pair: Any) -> None:
    assert (await pair.his.get_items(JULIET))["disco_items"]["items"] == set()
    await pair.hers.add_item("books.lit", "Books", subnode="n")
    await pair.hers.add_item(name="Self")
    await pair.hers.add_item("deep.lit", node="music", ijid=JULIET)
    assert (await pair.his.get_items(JULIET))["disco_items"]["items"] == {
        ("books.lit", "n", "Books"),
        (JULIET, None, "Self"),
    }
    assert (await pair.his.get_items(JULIET, "music"))["disco_items"]["items"] == {("deep.lit", None, None)}
    await pair.hers.del_item(ijid="books.lit", inode="n")
    await pair.hers.del_item()
    assert (await pair.his.get_items(JULIET))["disco_items"]["items"] == set()
    await pair.hers.set_items(items={("a.lit", None, None), ("b.lit", "n", "B")})
    assert len((await pair.his.get_items(JULIET))["disco_items"]["items"]) == 2
    await pair.hers.del_items()
    assert (await pair.his.get_items(JULIET))["disco_items"]["items"] == set()


async def test_a_set_is_not_answered_as_a_get(pair: Any) -> None:
    answer = await pair.ask(f"<query xmlns='{INFO}'/>", "set")
    assert answer.get("type") == "error"


# --- handlers of the program ----------------------------------------------------------------------------------------


async def test_a_handler_for_one_node(pair: Any) -> None:
    asked: list[tuple[str, ...]] = []

    async def get_info(jid: Any, node: str, ifrom: Any, iq: Any) -> DiscoInfo:
        asked.append((str(jid), node, str(ifrom), iq["id"]))
        info = DiscoInfo()
        info.add_feature("dynamic")
        return info

    pair.hers.set_node_handler("get_info", JULIET, "n", get_info)
    info = (await pair.his.get_info(JULIET, "n"))["disco_info"]
    assert (info.node, info.features) == ("n", ["dynamic"])
    assert [each[:3] for each in asked] == [(JULIET, "n", ROMEO)]
    assert await pair.hers.supports(node="other", feature="dynamic") is False
    pair.hers.restore_defaults(JULIET, "n", ["get_info"])
    with pytest.raises(IqError, match="item-not-found"):
        await pair.his.get_info(JULIET, "n")
    pair.hers.set_node_handler("get_info", handler=get_info)
    assert (await pair.his.get_info(JULIET))["disco_info"]["features"] == {"dynamic", INFO}
    pair.hers.del_node_handler("get_info", None, None)
    assert (await pair.his.get_info(JULIET))["disco_info"]["features"] == {INFO}
    pair.hers.set_node_handler("get_info", handler=get_info)
    pair.hers.set_node_handler("get_info")
    assert (await pair.his.get_info(JULIET))["disco_info"]["features"] == {INFO}
    pair.hers.set_node_handler("get_info", handler=get_info)
    pair.hers.restore_defaults()
    assert (await pair.his.get_info(JULIET))["disco_info"]["features"] == {INFO}


@pytest.mark.parametrize("key", ["disco_info", "disco_items"])
async def test_a_handler_that_makes_the_whole_answer(pair: Any, key: str) -> None:
    def handler(jid: Any, node: str, ifrom: Any, data: Any) -> Iq:
        iq = Iq(stype=kind, sid="another", sto="other@else.lit")
        iq[key]["node"] = "n"
        if kind == "error":
            iq["error"]["condition"] = "not-allowed"
        return iq

    pair.hers.set_node_handler(f"get_{key[6:]}", handler=handler)
    asking = {"disco_info": pair.his.get_info, "disco_items": pair.his.get_items}[key]
    kind = "get"
    answer = await asking(JULIET, "n")
    assert (answer["type"], answer["to"], answer[key]["node"]) == ("result", ROMEO, "n")
    kind = "error"
    with pytest.raises(IqError, match="not-allowed"):
        await asking(JULIET, "n")


async def test_a_ready_answer_of_a_component(network: Any) -> None:
    component = network.join("mim.lit", "xep_0030", component=True)
    disco = network.join(ROMEO, "xep_0030").plugin["xep_0030"]

    def handler(*_: Any) -> Iq:
        iq = Iq()
        iq["disco_info"].add_feature("x")
        return iq

    component.plugin["xep_0030"].set_node_handler("get_info", handler=handler)
    answer = await disco.get_info("room@mim.lit")
    assert (answer["from"], answer["disco_info"].features) == ("room@mim.lit", ["x"])
    here = await component.plugin["xep_0030"].get_info("room@mim.lit")
    assert isinstance(here, DiscoInfo)
    component.plugin["xep_0030"].wrap_results = True
    assert isinstance(await component.plugin["xep_0030"].get_info("room@mim.lit"), Iq)


async def test_a_handler_that_knows_nothing(pair: Any) -> None:
    for op in ("get_info", "get_items"):
        pair.hers.set_node_handler(op, handler=lambda *_: None)
    assert (await pair.his.get_info(JULIET))["disco_info"]["features"] == {INFO}
    assert (await pair.his.get_items(JULIET))["disco_items"]["items"] == set()
    assert isinstance(await pair.hers.get_items(local=True), DiscoItems)
    with pytest.raises(IqError, match="item-not-found"):
        await pair.his.get_info(JULIET, "n")


async def test_an_error_of_a_handler_is_the_answer(pair: Any) -> None:
    def refuse(*_: Any) -> None:
        raise XMPPError("forbidden")

    pair.hers.set_node_handler("get_info", handler=refuse)
    with pytest.raises(IqError, match="forbidden"):
        await pair.his.get_info(JULIET)


# --- asking ---------------------------------------------------------------------------------------------------------


async def test_from_here_without_the_network(pair: Any) -> None:
    await pair.hers.add_feature("x")
    told: list[Any] = []

    async def later(result: Any) -> None:
        told.append(result)

    for found in (
        await pair.hers.get_info(callback=told.append),
        await pair.hers.get_info(JULIET),
        await pair.hers.get_info(local=True, callback=later),
    ):
        assert isinstance(found, DiscoInfo)
        assert found["features"] == {INFO, "x"}
    for items in (
        await pair.hers.get_items(local=True),
        await pair.hers.get_items(JULIET, local=None),
        await pair.hers.get_items(local=None),
    ):
        assert isinstance(items, DiscoItems)
    assert await pair.hers.supports(feature="x")
    assert await pair.hers.supports(JULIET, feature="x", local=True)
    assert len(told) == 2
    assert pair.network.sent == []
    found.add_feature("changed")
    assert not await pair.hers.supports(feature="changed")


async def test_wrapped(network: Any) -> None:
    station = network.join(ROMEO, "xep_0030", xep_0030={"wrap_results": True})
    info = await station.plugin["xep_0030"].get_info()
    assert (info["type"], info["from"], info["to"]) == ("result", ROMEO, ROMEO)
    assert info["disco_info"]["features"] == {INFO}
    items = await station.plugin["xep_0030"].get_items(local=True)
    assert items["disco_items"]["items"] == set()
    assert network.sent == []


async def test_asking_the_own_account(pair: Any) -> None:
    with pytest.raises(IqError):
        await pair.his.get_items()
    with pytest.raises(IqError):
        await pair.his.get_info(local=False)
    assert pair.requests() == 2
    assert all(ET.fromstring(text).get("to") is None for text in pair.network.sent)


async def test_asking_oneself_over_the_network(pair: Any) -> None:
    """Items are asked for as for any address, unless `local` says otherwise; the answer has the form of all others."""
    await pair.hers.add_item("capulet.com", "Home")
    items = await pair.hers.get_items(JULIET)
    assert (items["type"], items["from"]) == ("result", JULIET)
    assert items["disco_items"]["items"] == {("capulet.com", None, "Home")}
    assert pair.requests() == 1


@pytest.mark.filterwarnings("ignore:timeout_callback:DeprecationWarning")
async def test_callbacks_and_timeouts(pair: Any) -> None:
    told: list[Any] = []
    answer = await pair.his.get_info(JULIET, callback=told.append)
    items = await pair.his.get_items(JULIET, callback=told.append)
    assert told == [answer, items]
    pair.network.silent.add("nobody@x")
    for asking in (pair.his.get_info, pair.his.get_items):
        with pytest.raises(IqTimeout):
            await asking("nobody@x", timeout=0.01, timeout_callback=told.append)
    assert len(told) == 4


async def test_pages_need_their_plugin(pair: Any) -> None:
    with pytest.raises(PluginNotFound, match="xep_0059"):
        await pair.his.get_items(JULIET, iterator=True)

    class Pages:
        def iterate(self, iq: Any, key: str) -> Any:
            return iq, key

    pair.romeo.plugin._plugins["xep_0059"] = Pages()
    iq, key = await pair.his.get_items(JULIET, "n", iterator=True)
    assert (iq["type"], iq["to"], key, iq["disco_items"]["node"]) == ("get", JULIET, "disco_items", "n")


async def test_events(pair: Any) -> None:
    seen: list[Any] = []
    for name in ("disco_info", "disco_items"):
        pair.romeo.add_event_handler(name, lambda iq, name=name: seen.append((name, iq)))
    info = await pair.his.get_info(JULIET)
    items = await pair.his.get_items(JULIET)
    assert seen == [("disco_info", info), ("disco_items", items)]


async def test_supports_and_has_identity(pair: Any) -> None:
    await pair.hers.add_feature("x")
    await pair.hers.add_identity("client", "pc", lang="de")
    assert await pair.his.supports(JULIET, feature="x") is True
    assert await pair.his.supports(JULIET, feature="y") is False
    assert pair.requests() == 1
    assert await pair.his.has_identity(JULIET, category="client", itype="pc") is True
    assert await pair.his.has_identity(JULIET, category="client", lang="de") is True
    assert await pair.his.has_identity(JULIET, itype="web") is False
    assert await pair.his.has_identity(JULIET, category="client", lang="fr") is False
    assert await pair.hers.has_identity(category="client") is True
    assert pair.requests() == 1
    assert await pair.his.supports(JULIET, feature="x", cached=False) is True
    assert pair.requests() == 2
    assert await pair.his.supports("nobody@x", feature="x") is False
    assert await pair.his.has_identity("nobody@x", category="client") is False


def test_nobody_tells(network: Any) -> None:
    async def main() -> None:
        his = network.join(ROMEO, "xep_0030").plugin["xep_0030"]
        network.silent.add("silent@x")
        assert await his.supports("silent@x", feature="x") is None
        assert await his.has_identity("silent@x", category="x") is None

    clock.run(main())


# --- the cache ------------------------------------------------------------------------------------------------------


async def test_answers_are_kept(pair: Any) -> None:
    await pair.his.get_info(JULIET)
    told: list[Any] = []
    again = await pair.his.get_info(JULIET, cached=True, callback=told.append)
    assert pair.requests() == 1
    assert (again["from"], again["to"], again["disco_info"]["features"]) == (JULIET, ROMEO, {INFO})
    assert told == [again]
    await pair.his.get_info(JULIET)
    assert pair.requests() == 2
    again["disco_info"].add_feature("changed")
    assert not await pair.his.supports(JULIET, feature="changed")
    await pair.hers.add_feature("n", node="n")
    await pair.his.get_info(JULIET, "n", cached=True)
    await pair.his.get_info(JULIET, "n", cached=True)
    assert pair.requests() == 3


async def test_answers_are_not_kept(network: Any) -> None:
    romeo = network.join(ROMEO, "xep_0030", xep_0030={"use_cache": False}).plugin["xep_0030"]
    network.join(JULIET, "xep_0030")
    for _ in range(2):
        await romeo.get_info(JULIET, cached=True)
    assert len(network.sent) == 4


async def test_the_program_s_own_cache(pair: Any) -> None:
    kept: dict[Any, Any] = {}

    def cache_info(jid: Any, node: Any, ifrom: Any, data: Any) -> None:
        kept[jid, node, ifrom] = data

    async def get_cached_info(jid: Any, node: Any, ifrom: Any, data: Any) -> Any:
        return kept.get((jid, node, ifrom))

    pair.his.api.register(cache_info, "cache_info")
    pair.his.api.register(get_cached_info, "get_cached_info")
    answer = await pair.his.get_info(JULIET)
    assert await pair.his.get_info(JULIET, cached=True) is answer
    assert list(kept) == [(JULIET, "", None)]


def take_over(pair: Any, payload: str) -> None:
    """Let Juliet answer everything with `payload`."""

    def answer(iq: Any) -> None:
        pair.romeo.take(f"<iq type='result' id='{iq['id']}' from='{JULIET}' to='{ROMEO}'>{payload}</iq>")

    pair.juliet.plugin.disable("xep_0030")
    pair.juliet.register_handler(Callback("all", StanzaPath("iq@type=get"), answer))


@pytest.mark.parametrize(
    ("payload", "requests"),
    [
        (f"<query xmlns='{INFO}' node='asked'/>", 1),
        (f"<query xmlns='{INFO}'/>", 1),  # not mirrored, as by older software
        (f"<query xmlns='{INFO}' node='another'><feature var='evil'/></query>", 2),
        ("", 2),
    ],
)
async def test_an_answer_to_something_else_is_not_kept(pair: Any, payload: str, requests: int) -> None:
    take_over(pair, payload)
    for _ in range(2):
        await pair.his.get_info(JULIET, "asked", cached=True)
    assert pair.requests() == requests


async def test_nobody_can_put_answers_into_the_cache(pair: Any) -> None:
    forged = f"<query xmlns='{INFO}'><identity category='server' type='im'/><feature var='evil'/></query>"
    pending = asyncio.ensure_future(pair.his.get_info(JULIET))
    await asyncio.sleep(0)
    (request,) = (ET.fromstring(text) for text in pair.network.sent)
    for sender in ("mallory@evil.lit/x", "juliet@capulet.com", "juliet@capulet.com/chamber", ""):
        origin = f"from='{sender}'" if sender else ""
        pair.romeo.take(f"<iq type='result' id='{request.get('id')}' {origin} to='{ROMEO}'>{forged}</iq>")
    assert (await pending)["disco_info"]["features"] == {INFO}
    pair.romeo.take(f"<iq type='result' id='guess' from='{JULIET}' to='{ROMEO}'>{forged}</iq>")
    assert not await pair.his.supports(JULIET, feature="evil")
    pair.network.sent.clear()
    assert not await pair.his.supports("mallory@evil.lit/x", feature="evil")
    assert pair.requests() == 1


# --- the plugin -----------------------------------------------------------------------------------------------------


async def test_nothing_is_left_of_it(pair: Any) -> None:
    await pair.hers.add_feature("x")
    assert all(hasattr(StaticDisco, op) for op in OPERATIONS)
    pair.juliet.plugin.disable("xep_0030")
    with pytest.raises(IqError, match="feature-not-implemented"):
        await pair.his.get_info(JULIET)
    for op in OPERATIONS:
        assert await pair.juliet.api.run("xep_0030", op) is None
    pair.juliet.register_plugin("xep_0030")
    assert (await pair.his.get_info(JULIET))["disco_info"]["features"] == {INFO}


async def test_what_plugins_announce_reaches_who_keeps_the_features(pair: Any) -> None:
    kept: list[str] = []
    pair.hers.api.register(lambda jid, node, ifrom, args: kept.append(args["feature"]), "add_feature")
    pair.hers.announce(("urn:a", "urn:b"))
    assert kept == ["urn:a", "urn:b"]


@pytest.mark.parametrize("changed", [False, True])
async def test_plugins_announce_and_withdraw(pair: Any, changed: bool) -> None:
    if changed:
        await pair.hers.add_feature("urn:x")
    pair.hers.announce(("urn:a", "urn:b"))
    pair.hers.announce(("urn:a", "urn:b"))  # the stream is bound once more
    pair.hers.announce(("urn:c",))
    own = {INFO, "urn:x"} if changed else {INFO}
    assert (await pair.his.get_info(JULIET))["disco_info"]["features"] == own | {"urn:a", "urn:b", "urn:c"}
    pair.hers.withdraw(("urn:a", "urn:b"))
    assert (await pair.his.get_info(JULIET))["disco_info"]["features"] == own | {"urn:c"}


async def test_strangers_are_not_told_that_we_are_there(pair: Any, network: Any) -> None:
    juliet = network.stations[JULIET]
    juliet.settings = Settings.strict()
    for ask in (pair.his.get_info, pair.his.get_items):
        with pytest.raises(IqError, match="service-unavailable"):
            await ask(JULIET)
    juliet.client_roster.add("romeo@montague.net", afrom=True)
    assert (await pair.his.get_info(JULIET))["disco_info"].features == [INFO]
    assert (await pair.his.get_items(JULIET))["type"] == "result"


async def test_a_service_tells_everybody(network: Any) -> None:
    component = network.join("mim.lit", "xep_0030", component=True)
    component.settings = Settings.strict()
    disco = network.join(ROMEO, "xep_0030").plugin["xep_0030"]
    assert (await disco.get_info("mim.lit"))["type"] == "result"
    with pytest.raises(IqError, match="service-unavailable"):
        await disco.get_info("room@mim.lit")
