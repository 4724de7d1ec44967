# SPDX-License-Identifier: MIT
"""Reading nodes and items."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import ContentMismatch, IqError, XMPPError

SERVICE = "pubsub.shakespeare.lit"
NS = "http://jabber.org/protocol/pubsub"
ITEMS = "http://jabber.org/protocol/disco#items"
NODE = "princely_musings"


def page(first: int, last: int, count: int | None = None) -> str:
    """Items, and which part of all they are; without a count nothing is said of parts."""
    items = "".join(f"<item id='{number}'><x xmlns='urn:example'/></item>" for number in range(first, last + 1))
    part = "" if count is None else f"<first index='{first}'>{first}</first><last>{last}</last><count>{count}</count>"
    part = part and f"<set xmlns='http://jabber.org/protocol/rsm'>{part}</set>"
    return f"<pubsub xmlns='{NS}'><items node='{NODE}'>{items}</items>{part}</pubsub>"


def nothing() -> str:
    return f"<pubsub xmlns='{NS}'><items node='{NODE}'/><set xmlns='http://jabber.org/protocol/rsm'/></pubsub>"


async def ids(iterator: Any) -> list[str]:
    return [item["id"] async for item in iterator]


async def test_an_item(service: Any) -> None:
    """XEP-0060 §6.5.8"""
    service.answers.append(page(7, 7))
    answer = await service.pubsub.get_item(SERVICE, NODE, "7")
    assert service.payload == f'<pubsub xmlns="{NS}"><items node="{NODE}"><item id="7" /></items></pubsub>'
    assert answer["pubsub"]["items"]["item"]["payload"].tag == "{urn:example}x"


async def test_several_items(service: Any) -> None:
    """XEP-0060 §6.5.2, §6.5.7"""
    service.answers += [page(1, 3), page(1, 3)]
    answer = await service.pubsub.get_items(SERVICE, NODE, item_ids=["a", "b"])
    assert [item.id_ for item in answer["pubsub"].items.items] == ["1", "2", "3"]
    assert service.payload.count("<item ") == 2
    await service.pubsub.get_items(SERVICE, NODE, max_items=2)
    assert service.payload == f'<pubsub xmlns="{NS}"><items node="{NODE}" max_items="2" /></pubsub>'


@pytest.mark.parametrize("number", [0, -1, 1.5])
async def test_a_number_that_cannot_be(service: Any, number: Any) -> None:
    with pytest.raises(ValueError, match="max_items"):
        service.pubsub.get_items(SERVICE, NODE, max_items=number)


async def test_page_by_page(service: Any) -> None:
    service.answers += [page(1, 2, 3), page(3, 3, 3), nothing()]
    assert await ids(service.pubsub.items(SERVICE, NODE, page_size=2)) == ["1", "2", "3"]
    assert [iq["pubsub"]["rsm"]["max"] for iq in service.asked] == ["2", "2", "2"]
    assert [iq["pubsub"]["rsm"]["after"] for iq in service.asked] == ["", "2", "3"]


async def test_backwards(service: Any) -> None:
    service.answers += [page(3, 4, 4), page(1, 2, 4), nothing()]
    assert await ids(service.pubsub.items(SERVICE, NODE, page_size=2, reverse=True)) == ["3", "4", "1", "2"]


async def test_a_service_that_knows_no_pages(service: Any) -> None:
    service.answers += [page(1, 5)]
    assert await ids(service.pubsub.items(SERVICE, NODE, page_size=2)) == ["1", "2", "3", "4", "5"]
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("caps", "expected", "asked"),
    [
        ({"max_items": 0}, [], 0),
        ({"max_items": 1}, ["1"], 1),
        ({"max_items": 2}, ["1", "2"], 1),
        ({"max_items": 3}, ["1", "2", "3"], 2),
        ({"max_pages": 1}, ["1", "2"], 1),
        ({"max_pages": 2, "max_items": 9}, ["1", "2", "3", "4"], 2),
    ],
)
async def test_caps(service: Any, caps: dict[str, int], expected: list[str], asked: int) -> None:
    service.answers += [page(1, 2, 6), page(3, 4, 6), page(5, 6, 6), nothing()]
    assert await ids(service.pubsub.items(SERVICE, NODE, page_size=2, **caps)) == expected
    assert len(service.asked) == asked


async def test_a_service_that_repeats_itself_is_not_followed(service: Any) -> None:
    service.answers += [page(1, 2, 4)] * 5
    with pytest.raises(ContentMismatch, match="second time"):
        await ids(service.pubsub.items(SERVICE, NODE))


@pytest.mark.parametrize("answer", ["", f"<pubsub xmlns='{NS}'/>", "<other xmlns='urn:other'/>"])
async def test_an_answer_without_items(service: Any, answer: str) -> None:
    service.answers.append(answer)
    assert await ids(service.pubsub.items(SERVICE, NODE)) == []


async def test_an_error_ends_it(service: Any) -> None:
    service.answers += [page(1, 2, 4), XMPPError("forbidden")]
    items = service.pubsub.items(SERVICE, NODE)
    assert [(await anext(items))["id"] for _ in range(2)] == ["1", "2"]
    with pytest.raises(IqError, match="forbidden"):
        await anext(items)


async def test_an_iterator_of_pages(service: Any) -> None:
    service.answers += [page(1, 2, 3), page(3, 3, 3), nothing()]
    called: list[Any] = []
    pages = [each async for each in service.pubsub.get_items(SERVICE, NODE, iterator=True, callback=called.append)]
    assert [len(each["pubsub"]["items"]) for each in pages] == [2, 1]
    assert called[:2] == pages


def disco(*items: str) -> str:
    return f"<query xmlns='{ITEMS}'>{''.join(items)}</query>"


async def test_nodes(service: Any) -> None:
    """XEP-0060 §5.2"""
    service.answers.append(disco(f"<item jid='{SERVICE}' node='{NODE}' name='Musings'/>"))
    answer = await service.pubsub.get_nodes(SERVICE)
    assert [item["node"] for item in answer["disco_items"]] == [NODE]


async def test_ids(service: Any) -> None:
    """XEP-0060 §5.5"""
    service.answers.append(disco(f"<item jid='{SERVICE}' name='368866'/>", f"<item jid='{SERVICE}' name='330065'/>"))
    answer = await service.pubsub.get_item_ids(SERVICE, NODE)
    assert [item["name"] for item in answer["disco_items"]] == ["368866", "330065"]
    assert service.payload == f'<query xmlns="{ITEMS}" node="{NODE}" />'
    service.answers.append(disco(f"<item jid='{SERVICE}' name='368866'/>"))
    pages = [each async for each in service.pubsub.get_item_ids(SERVICE, NODE, iterator=True)]
    assert len(pages) == 1
