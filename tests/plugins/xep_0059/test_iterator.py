# SPDX-License-Identifier: MIT
"""Result Set Management: page after page, and who does not page as he should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import ContentMismatch, IqError, IqTimeout, XMPPError
from xmppkit.plugins.xep_0059 import ResultIterator, Set, iterator
from xmppkit.stanza.iq import Iq

ROMEO = "romeo@montague.lit/home"
SERVICE = "users.jabber.org"
NS = "http://jabber.org/protocol/rsm"


class Service:
    """Something with many items."""

    def __init__(self, network: Any, count: int) -> None:
        self.station = network.join(SERVICE, "xep_0059", component=True)
        self.station.plugin.disable("xep_0030")
        self.names = [f"item{number}" for number in range(count)]
        self.asked: list[dict[str, Any]] = []
        self.page: Callable[[Iq, Set], object] = self.right
        self.station.register_handler(Callback("ask", StanzaPath("iq@type=get/disco_items"), self.answer))

    def answer(self, iq: Iq) -> None:
        part = iq["disco_items"]["rsm"]
        self.asked.append({key: part[key] for key in ("max", "after", "before") if part[key] != ""})
        answer = iq.reply()
        answer.enable("disco_items")
        self.page(answer, part)
        answer.send()

    def right(self, answer: Iq, part: Set) -> None:
        """XEP-0059 §2.2, §2.3, §2.4"""
        begin, end = 0, len(self.names)
        for id in filter(None, (part.after, part.before)):
            if id not in self.names:
                raise XMPPError("item-not-found")
        if part.after:
            begin = self.names.index(part.after) + 1
        if part.before:
            end = self.names.index(part.before)
        assert part.max is not None
        if part.before is None:
            end = min(end, begin + part.max)
        else:
            begin = max(begin, end - part.max)
        self.put(answer, self.names[begin:end])

    def put(self, answer: Iq, names: list[str]) -> None:
        for name in names:
            answer["disco_items"].add_item(SERVICE, name)
        told = answer["disco_items"]["rsm"]
        if names:
            told.first, told.last, told.first_index = names[0], names[-1], self.names.index(names[0])
        told.count = len(self.names)


@pytest.fixture
def romeo(network: Any) -> Any:
    return network.join(ROMEO, "xep_0059")


def question(romeo: Any) -> Iq:
    iq: Iq = romeo.make_iq_get(ito=SERVICE)
    iq.enable("disco_items")
    return iq


async def pages(of: Any) -> list[list[str]]:
    return [[item["node"] for item in page["disco_items"]] async for page in of]


async def test_forwards(network: Any, romeo: Any) -> None:
    service = Service(network, 7)
    asked = question(romeo)
    before = str(asked)
    found = await pages(romeo.plugin["xep_0059"].iterate(asked, "disco_items", amount=3))
    assert found == [["item0", "item1", "item2"], ["item3", "item4", "item5"], ["item6"]]
    assert service.asked == [
        {"max": "3"},
        {"max": "3", "after": "item2"},
        {"max": "3", "after": "item5"},
        {"max": "3", "after": "item6"},
    ]
    assert str(asked) == before
    assert len({line.partition(' id="')[2][:32] for line in network.sent if 'type="get"' in line}) == 4


async def test_backwards(network: Any, romeo: Any) -> None:
    service = Service(network, 5)
    found = await pages(romeo.plugin["xep_0059"].iterate(question(romeo), "disco_items", amount=2, reverse=True))
    assert found == [["item3", "item4"], ["item1", "item2"], ["item0"]]
    assert service.asked[:2] == [{"max": "2", "before": True}, {"max": "2", "before": "item3"}]


@pytest.mark.parametrize(("reverse", "expected"), [(False, ["item3", "item4"]), (True, ["item0", "item1"])])
@pytest.mark.parametrize("how", ["start", "question"])
async def test_from_somewhere(network: Any, romeo: Any, reverse: bool, expected: list[str], how: str) -> None:
    Service(network, 5)
    asked = question(romeo)
    if how == "question":
        asked["disco_items"]["rsm"]["before" if reverse else "after"] = "item2"
    start = "item2" if how == "start" else None
    assert await pages(ResultIterator(asked, "disco_items", start=start, reverse=reverse)) == [expected]


async def test_the_amount_may_change(network: Any, romeo: Any) -> None:
    Service(network, 4)
    found = romeo.plugin["xep_0059"].iterate(question(romeo), "disco_items", amount=1)
    first = await found.next()
    found.amount = 10
    assert [len(page["disco_items"]) for page in (first, await found.next())] == [1, 3]
    with pytest.raises(StopAsyncIteration):
        await found.next()


async def test_callbacks_and_options(network: Any, romeo: Any) -> None:
    Service(network, 2)
    told: list[tuple[str, str]] = []

    async def before(iq: Iq) -> None:
        told.append(("pre", iq["type"]))

    def after(iq: Iq) -> None:
        told.append(("post", iq["type"]))

    options = {"callback": lambda iq: told.append(("callback", iq["type"]))}
    found = romeo.plugin["xep_0059"].iterate(
        question(romeo), "disco_items", amount=1, pre_cb=before, post_cb=after, iq_options=options, max_pages=1
    )
    assert await pages(found) == [["item0"]]
    assert sorted(told) == [("callback", "result"), ("post", "result"), ("pre", "get")]


async def test_by_disco(network: Any, romeo: Any) -> None:
    Service(network, 12)
    found = await romeo.plugin["xep_0030"].get_items(SERVICE, iterator=True)
    assert [len(page) for page in await pages(found)] == [10, 2]


async def test_who_does_not_page_answers_once(network: Any, romeo: Any) -> None:
    service = Service(network, 3)
    service.page = lambda answer, _: answer["disco_items"].set_items((SERVICE, name) for name in service.names)
    assert await pages(ResultIterator(question(romeo), "disco_items")) == [service.names]
    assert len(service.asked) == 1


async def test_nothing(network: Any, romeo: Any) -> None:
    service = Service(network, 0)
    assert await pages(ResultIterator(question(romeo), "disco_items")) == [[]]
    service.page = lambda answer, _: answer.del_payload()
    assert [len(page.xml) async for page in ResultIterator(question(romeo), "disco_items")] == [0]


async def test_the_last_page_says_so(network: Any, romeo: Any) -> None:
    """As archives do (XEP-0313 §4.3.2)."""
    service = Service(network, 4)
    found = ResultIterator(question(romeo), "disco_items", amount=2)
    found.post_cb = lambda iq: setattr(type(iq["disco_items"]), "complete", len(service.asked) == 2)
    try:
        assert [len(page) for page in await pages(found)] == [2, 2]
    finally:
        del type(question(romeo)["disco_items"]).complete
    assert len(service.asked) == 2


async def test_errors_are_raised(network: Any, romeo: Any) -> None:
    """XEP-0059 §2.4: the page is gone."""
    service = Service(network, 4)
    found = ResultIterator(question(romeo), "disco_items", amount=2)
    await found.next()
    service.names = ["x", "y"]
    with pytest.raises(IqError, match="item-not-found"):
        await found.next()
    with pytest.raises(StopAsyncIteration):
        await found.next()


async def test_silence_is_raised(network: Any, romeo: Any) -> None:
    network.silent.add(SERVICE)
    with pytest.raises(IqTimeout):
        await ResultIterator(question(romeo), "disco_items", iq_options={"timeout": 0.01}).next()


@pytest.mark.parametrize("reverse", [False, True])
async def test_spoof_a_page_that_comes_again(network: Any, romeo: Any, reverse: bool) -> None:
    service = Service(network, 4)
    service.page = lambda answer, _: service.put(answer, service.names[:2])
    found = ResultIterator(question(romeo), "disco_items", reverse=reverse)
    with pytest.raises(ContentMismatch, match="second time"):
        await pages(found)
    assert len(service.asked) == 2


async def test_spoof_a_circle(network: Any, romeo: Any) -> None:
    service = Service(network, 9)
    turns: Iterator[int] = iter([0, 1, 2, 3, 1, 2, 3])
    service.page = lambda answer, _: service.put(answer, [service.names[next(turns)]])
    found = ResultIterator(question(romeo), "disco_items")
    for name in service.names[:4]:
        assert [item["node"] for item in (await found.next())["disco_items"]] == [name]
    with pytest.raises(ContentMismatch, match=SERVICE):
        await found.next()


async def test_spoof_no_end(network: Any, romeo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iterator, "MAX_PAGES", 5)
    service = Service(network, 100)
    found = ResultIterator(question(romeo), "disco_items", amount=1)
    with pytest.raises(ContentMismatch, match="no end"):
        await pages(found)
    assert len(service.asked) == 5
    assert len(await pages(ResultIterator(question(romeo), "disco_items", amount=1, max_pages=7))) == 7


async def test_without_a_stream() -> None:
    iq = Iq()
    iq.enable("disco_items")
    made = ResultIterator(iq, "disco_items")._question()
    assert made["disco_items"]["rsm"].max == 10
    assert made["id"] == iq["id"]
