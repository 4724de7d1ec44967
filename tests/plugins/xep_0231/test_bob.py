# SPDX-License-Identifier: MIT
"""Bits of Binary between stations: keeping, fetching, answering, and what others try."""

from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import ContentMismatch, InvalidValue, IqError, IqTimeout, XMPPError
from xmppkit.plugins.xep_0231 import XEP_0231, BitsOfBinary, ContentId
from xmppkit.stanza.iq import Iq
from xmppkit.testing import clock
from xmppkit.xml.names import clark

DATA = b"coucou"
CID = str(ContentId.of(DATA))
OTHER = str(ContentId.of(b"other"))
JULIET = "juliet@capulet.lit/balcony"
ROMEO = "romeo@montague.lit/orchard"
MALLORY = "mallory@evil.lit/x"


class Pair:
    """Juliet, who has something, and Romeo, who asks."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.juliet = network.join(JULIET, "xep_0231")
        self.romeo = network.join(ROMEO, "xep_0231")
        self.hers: XEP_0231 = self.juliet.plugin["xep_0231"]
        self.his: XEP_0231 = self.romeo.plugin["xep_0231"]

    def requests(self) -> int:
        return sum('type="get"' in text and "urn:xmpp:bob" in text for text in self.network.sent)


@pytest.fixture
def pair(network: Any) -> Pair:
    return Pair(network)


def answer_with(pair: Pair, payload: str) -> None:
    """Let Juliet answer everything with `payload`."""

    def answer(iq: Any) -> None:
        pair.romeo.take(f"<iq type='result' id='{iq['id']}' from='{JULIET}' to='{ROMEO}'>{payload}</iq>")

    pair.juliet.plugin.disable("xep_0231")
    pair.juliet.register_handler(Callback("all", StanzaPath("iq@type=get"), answer))


def bob_xml(cid: str = CID, data: bytes = DATA, extra: str = "type='text/plain'") -> str:
    return f"<data xmlns='urn:xmpp:bob' cid='{cid}' {extra}>{b64encode(data).decode()}</data>"


# --- our own --------------------------------------------------------------------------------------------------------


async def test_keep_and_read_back(pair: Pair) -> None:
    assert await pair.hers.set_bob(DATA, "text/plain") == CID
    content = await pair.hers.get_bob(cid=CID)
    assert isinstance(content, Iq)
    assert (content["bob"]["data"], content["bob"]["type"]) == (DATA, "text/plain")
    assert content["from"] == content["to"] == JULIET
    for jid in (JULIET, "juliet@capulet.lit"):
        assert (await pair.hers.get_bob(jid, CID, cached=False))["bob"]["data"] == DATA
    assert pair.network.sent == []
    await pair.hers.del_bob(CID)
    await pair.hers.del_bob(CID)
    with pytest.raises(XMPPError, match="item-not-found"):
        await pair.hers.get_bob(cid=CID)
    assert pair.network.sent == []


async def test_another_hash(pair: Pair) -> None:
    cid = str(ContentId.of(DATA, "sha-256"))
    assert await pair.hers.set_bob(bytearray(DATA), "text/plain; charset=utf-8", cid, 0) == cid
    bob = (await pair.romeo.plugin["xep_0231"].get_bob(JULIET, cid))["bob"]
    assert (bob["data"], bob["max_age"], bob["type"]) == (DATA, 0, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((b"x" * 11, "text/plain"), "max_size"),
        ((DATA, "text"), "media type"),
        ((DATA, "text/plain\r\nX: y"), "media type"),
        ((DATA, "text/plain", OTHER), "not the content id"),
        ((DATA, "text/plain", "../../etc/passwd"), "no content id"),
        ((DATA, "text/plain", None, -1), "from 0 on"),
    ],
)
async def test_what_cannot_be_kept(network: Any, arguments: tuple[Any, ...], what: str) -> None:
    station = network.join(JULIET, "xep_0231", xep_0231={"max_size": 10})
    seen: list[Any] = []
    station.plugin["xep_0231"].api.register(lambda *args: seen.append(args), "set_bob")
    with pytest.raises(InvalidValue, match=what):
        await station.plugin["xep_0231"].set_bob(*arguments)
    with pytest.raises(TypeError):
        await station.plugin["xep_0231"].set_bob("text", "text/plain")
    assert seen == []


@pytest.mark.parametrize("cid", [None, "", "../../etc/passwd", f"sha1+{'0' * 39}@bob.xmpp.org"])
async def test_no_handler_sees_what_is_no_content_id(pair: Pair, cid: Any) -> None:
    seen: list[Any] = []
    for op in ("get_bob", "del_bob"):
        pair.hers.api.register(lambda *args: seen.append(args), op)
    with pytest.raises(InvalidValue, match="content id"):
        await pair.hers.get_bob(ROMEO, cid)
    with pytest.raises(InvalidValue, match="content id"):
        pair.hers.del_bob(cid)
    text = f"<iq type='get' id='1' from='{ROMEO}' to='{JULIET}'><data xmlns='urn:xmpp:bob' cid='{cid or ''}'/></iq>"
    pair.juliet.take(text)
    await pair.juliet.settle()
    assert seen == []
    (answer,) = pair.network.sent
    assert "item-not-found" in answer


async def test_a_client_keeps_its_own_when_it_is_bound_anew(pair: Pair) -> None:
    await pair.hers.set_bob(DATA, "text/plain")
    pair.juliet.bind("juliet@capulet.lit/chamber")
    assert (await pair.his.get_bob("juliet@capulet.lit/chamber", CID))["bob"]["data"] == DATA


# --- fetching -------------------------------------------------------------------------------------------------------


async def test_fetching(pair: Pair) -> None:
    events: list[Any] = []
    told: list[Any] = []
    pair.romeo.add_event_handler("bob", events.append)
    await pair.hers.set_bob(DATA, "text/plain", max_age=86400)
    content = await pair.his.get_bob(JULIET, CID, callback=told.append)
    assert (content["bob"]["data"], content["bob"]["max_age"], content["from"]) == (DATA, 86400, JULIET)
    assert events == [content]
    assert told == [content]
    request, reply = pair.network.sent
    assert f'<data xmlns="urn:xmpp:bob" cid="{CID}" />' in request
    assert 'type="result"' in reply

    async def later(iq: Any) -> None:
        told.append(iq)

    again = await pair.his.get_bob(JULIET, CID, callback=later)
    assert again["bob"]["data"] == DATA
    assert told[-1] is again
    assert pair.requests() == 1
    assert len(events) == 1
    await pair.his.get_bob(JULIET, CID, cached=False)
    assert pair.requests() == 2


async def test_what_must_not_be_cached_is_not(pair: Pair) -> None:
    await pair.hers.set_bob(DATA, "text/plain", max_age=0)
    for _ in range(2):
        assert (await pair.his.get_bob(JULIET, CID))["bob"]["data"] == DATA
    assert pair.requests() == 2


def test_what_has_become_too_old_is_fetched_again(network: Any) -> None:
    async def main() -> None:
        pair = Pair(network)
        await pair.hers.set_bob(DATA, "text/plain", max_age=60)
        await pair.his.get_bob(JULIET, CID)
        await asyncio.sleep(59)
        await pair.his.get_bob(JULIET, CID)
        assert pair.requests() == 1
        await asyncio.sleep(1)
        deleted: list[Any] = []
        pair.his.api.register(lambda *args: deleted.append(args), "del_bob")
        await pair.his.get_bob(JULIET, CID)
        assert pair.requests() == 2
        assert [(str(jid), cid) for jid, _, _, cid in deleted] == [(JULIET, CID)]

    clock.run(main())


async def test_ages_are_bounded(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.plugins.xep_0231.bob.AGES", 2)
    for number in range(5):
        cid = await pair.hers.set_bob(b"%d" % number, "text/plain", max_age=60)
        await pair.his.get_bob(JULIET, cid)
    assert len(pair.his._ages) == 2


@pytest.mark.filterwarnings("ignore:timeout_callback:DeprecationWarning")
async def test_nobody_has_it(pair: Pair) -> None:
    told: list[Any] = []
    with pytest.raises(IqError, match="item-not-found"):
        await pair.his.get_bob(JULIET, CID, callback=told.append)
    assert [iq["error"]["condition"] for iq in told] == ["item-not-found"]
    pair.juliet.on = False
    pair.network.silent.add(JULIET)
    late: list[Any] = []
    with pytest.raises(IqTimeout):
        await pair.his.get_bob(JULIET, CID, timeout=0.01, timeout_callback=late.append)
    assert len(late) == 1


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        ("", "no bits of binary"),
        (bob_xml(data=b"evil"), "hash is another"),
        (bob_xml(OTHER, b"other"), f"it is {OTHER[:9]}"),
        (bob_xml("../x"), "no content id"),
        (f"<data xmlns='urn:xmpp:bob' cid='{CID}'/>", "no data"),
        (f"<data xmlns='urn:xmpp:bob' cid='{CID}'>!</data>", "no data"),
        (f"<data xmlns='urn:xmpp:bob' cid='{CID}'>{'A' * 500_000}</data>", "longer than"),
        (f"<data xmlns='urn:xmpp:bob' cid='{CID}'>{'A' * 200_000}</data>", "longer than"),
    ],
)
async def test_another_answer_is_refused(pair: Pair, payload: str, what: str) -> None:
    answer_with(pair, payload)
    seen: list[Any] = []
    pair.romeo.add_event_handler("bob", seen.append)
    pair.his.api.register(lambda *args: seen.append(args), "set_bob")
    with pytest.raises(ContentMismatch, match=what.replace("+", r"\+")) as caught:
        await pair.his.get_bob(JULIET, CID)
    assert caught.value.where == JULIET
    assert seen == []


# --- handlers of the program ----------------------------------------------------------------------------------------


def make_bob(data: bytes = DATA, cid: str = CID) -> BitsOfBinary:
    bob = BitsOfBinary()
    bob.cid, bob.type_, bob.data = cid, "text/plain", data
    return bob


def in_an_iq(bob: BitsOfBinary) -> Iq:
    iq = Iq()
    iq.append(bob)
    return iq


async def awaited(value: Any) -> Any:
    return value


@pytest.mark.parametrize(
    "result", [lambda: make_bob(), lambda: in_an_iq(make_bob()), lambda: awaited(in_an_iq(make_bob()))]
)
async def test_a_handler_may_return_either(pair: Pair, result: Any) -> None:
    asked: list[Any] = []

    def get_bob(jid: Any, node: Any, ifrom: Any, cid: str) -> Any:
        asked.append((str(jid), node, str(ifrom), cid))
        return result()

    pair.hers.api.register(get_bob, "get_bob")
    content = await pair.his.get_bob(JULIET, CID)
    assert content["bob"]["data"] == DATA
    assert asked == [(JULIET, "", ROMEO, CID)]
    assert (await pair.hers.get_bob(cid=CID))["bob"]["data"] == DATA
    assert asked[1] == (JULIET, "", "None", CID)


async def test_a_handler_that_returns_something_else(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    results = iter([make_bob(b"changed on disk"), Iq(), "text"])
    pair.hers.api.register(lambda *_: next(results), "get_bob")
    for _ in range(2):
        with pytest.raises(IqError, match="item-not-found"):
            await pair.his.get_bob(JULIET, CID)
    assert "hash is another" in caplog.text
    with pytest.raises(IqError, match="undefined-condition"):
        await pair.his.get_bob(JULIET, CID)
    (fault,) = pair.juliet.faults
    assert isinstance(fault, TypeError)


async def test_an_error_of_a_handler_is_the_answer(pair: Pair) -> None:
    def refuse(*_: Any) -> None:
        raise XMPPError("forbidden", "not for you")

    pair.hers.api.register(refuse, "get_bob")
    with pytest.raises(IqError, match="forbidden: not for you"):
        await pair.his.get_bob(JULIET, CID)
    with pytest.raises(XMPPError, match="forbidden"):
        await pair.hers.get_bob(cid=CID)


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


async def test_the_tutorial(pair: Pair, tmp_path: Path) -> None:
    """A store of the program in place of the default, as users of slixmpp write it."""

    def path(jid: Any, cid: str) -> Path:
        return tmp_path / hashlib.sha256(f"{jid.bare} {cid}".encode()).hexdigest()

    def set_bob(jid: Any, node: Any, ifrom: Any, bob: Any) -> None:
        content = {key: bob[key] for key in ("cid", "type", "max_age")}
        path(jid, bob["cid"]).write_text(json.dumps({**content, "data": b64encode(bob["data"]).decode()}))

    def get_bob(jid: Any, node: Any, ifrom: Any, cid: Any) -> BitsOfBinary | None:
        if not path(jid, cid).exists():
            return None
        content = json.loads(path(jid, cid).read_text())
        bob = BitsOfBinary()
        for key in ("cid", "type", "max_age"):
            bob[key] = content[key]
        bob["data"] = b64decode(content["data"])
        return bob

    async def del_bob(jid: Any, node: Any, ifrom: Any, cid: Any) -> None:
        path(jid, cid).unlink()

    for handler in (set_bob, get_bob, del_bob):
        pair.hers.api.register(handler, handler.__name__)
    cid = await pair.hers.set_bob(DATA, "text/plain")
    assert len(names(tmp_path)) == 1
    assert (await pair.hers.get_bob(cid=cid))["bob"]["data"] == DATA
    assert (await pair.his.get_bob(JULIET, cid))["bob"]["data"] == DATA
    await pair.hers.del_bob(cid)
    assert names(tmp_path) == []


# --- what others try ------------------------------------------------------------------------------------------------


async def test_what_was_fetched_is_not_served(pair: Pair) -> None:
    mallory = pair.network.join(MALLORY, "xep_0231").plugin["xep_0231"]
    await pair.hers.set_bob(DATA, "text/plain")
    await pair.his.get_bob(JULIET, CID)
    with pytest.raises(IqError, match="item-not-found"):
        await mallory.get_bob(ROMEO, CID)
    # Nor when somebody, the server itself, addresses the question to her.
    pair.romeo.take(
        f"<iq type='get' id='9' from='{MALLORY}' to='{JULIET}'><data xmlns='urn:xmpp:bob' cid='{CID}'/></iq>"
    )
    await pair.romeo.settle()
    assert "item-not-found" in pair.network.sent[-1]
    assert (await pair.his.get_bob(JULIET, CID))["bob"]["data"] == DATA
    assert pair.requests() == 2


@pytest.mark.parametrize("kind", ["message", "presence"])
async def test_data_in_a_stanza_is_told_of_and_not_kept(pair: Pair, kind: str) -> None:
    seen: list[Any] = []
    pair.romeo.add_event_handler("bob", seen.append)
    pair.romeo.take(f"<{kind} from='{MALLORY}' to='{ROMEO}'>{bob_xml()}</{kind}>")
    await pair.romeo.settle()
    assert [stanza["bob"]["data"] for stanza in seen] == [DATA]
    with pytest.raises(XMPPError, match="item-not-found"):
        await pair.his.get_bob(cid=CID)


@pytest.mark.parametrize(
    "payload",
    [
        bob_xml(data=b"EVIL"),
        bob_xml("../pwned.txt"),
        bob_xml() + bob_xml(data=b"EVIL"),
        bob_xml(extra="type='x'", data=b"x" * 200_000),
        f"<data xmlns='urn:xmpp:bob' cid='{CID}'/>",
        f"<x xmlns='urn:other'>{bob_xml()}</x>",
    ],
)
async def test_data_that_is_not_what_it_says_is_not_told_of(pair: Pair, payload: str) -> None:
    seen: list[Any] = []
    pair.romeo.add_event_handler("bob", seen.append)
    pair.romeo.take(f"<message from='{MALLORY}' to='{ROMEO}'>{payload}</message>")
    await pair.romeo.settle()
    assert seen == []


async def test_what_has_bounced_is_not_told_of(pair: Pair) -> None:
    seen: list[Any] = []
    pair.romeo.add_event_handler("bob", seen.append)
    pair.romeo.take(f"<message type='error' from='{JULIET}' to='{ROMEO}'>{bob_xml()}</message>")
    await pair.romeo.settle()
    assert seen == []


async def test_an_answer_to_nobody_s_question_is_nothing(pair: Pair) -> None:
    seen: list[Any] = []
    pair.romeo.add_event_handler("bob", seen.append)
    pair.romeo.take(f"<iq type='result' id='guess' from='{MALLORY}' to='{ROMEO}'>{bob_xml()}</iq>")
    await pair.romeo.settle()
    assert seen == []
    assert pair.network.sent == []


async def test_a_component_serves_all_its_addresses(network: Any) -> None:
    component = network.join("pics.lit", "xep_0231", component=True)
    romeo = network.join(ROMEO, "xep_0231")
    await component.plugin["xep_0231"].set_bob(DATA, "text/plain")
    for jid in ("pics.lit", "bot@pics.lit/x"):
        content = await romeo.plugin["xep_0231"].get_bob(jid, CID)
        assert (content["from"], content["bob"]["data"]) == (jid, DATA)
    assert (await component.plugin["xep_0231"].get_bob("bot@pics.lit", CID))["bob"]["data"] == DATA
    component.take(f"<iq type='get' id='1' from='{ROMEO}' to='else.lit'>{bob_xml()}</iq>")
    await component.settle()
    assert "item-not-found" in network.sent[-1]


# --- the plugin -----------------------------------------------------------------------------------------------------


async def test_it_is_announced_and_withdrawn(pair: Pair) -> None:
    his = pair.romeo.plugin["xep_0030"]
    assert await his.supports(JULIET, feature="urn:xmpp:bob", cached=False)
    await pair.hers.set_bob(DATA, "text/plain")
    pair.juliet.plugin.disable("xep_0231")
    assert not await his.supports(JULIET, feature="urn:xmpp:bob", cached=False)
    assert await pair.juliet.api.run("xep_0231", "get_bob", args=CID) is None
    with pytest.raises(IqError, match="feature-not-implemented"):
        await pair.his.get_bob(JULIET, CID)
    pair.juliet.register_plugin("xep_0231")
    with pytest.raises(IqError, match="item-not-found"):
        await pair.his.get_bob(JULIET, CID)


def test_its_elements_are_where_the_parser_puts_them() -> None:
    assert BitsOfBinary.tag_name() == clark("urn:xmpp:bob", "data")
