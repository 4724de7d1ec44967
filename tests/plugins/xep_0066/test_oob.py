# SPDX-License-Identifier: MIT
"""Out of Band Data: between stations."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import IqError, XMPPError
from xmppkit.stanza.iq import Iq

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
URL = "https://montague.lit/cat.jpg"


async def condition(asked: Any) -> str:
    """The condition of the error that was answered."""
    with pytest.raises(IqError) as caught:
        await asked
    return caught.value.condition


async def test_a_file_is_offered_and_fetched(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0066"), network.join(JULIET, "xep_0066")
    fetched: list[tuple[str, str]] = []

    async def fetch(iq: Iq) -> None:
        await juliet.settle()
        fetched.append((iq["oob_transfer"]["url"], iq["oob_transfer"]["desc"]))

    juliet.plugin["xep_0066"].register_url_handler(handler=fetch)
    answer = await romeo.plugin["xep_0066"].send_oob(JULIET, URL, "a cat")
    assert answer["type"] == "result"
    assert fetched == [(URL, "a cat")]


async def test_the_handler_says_why_not(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0066"), network.join(JULIET, "xep_0066")
    ask, oob = romeo.plugin["xep_0066"].send_oob, juliet.plugin["xep_0066"]
    for expected in ("not-acceptable", "item-not-found"):

        def refuse(_: Iq, expected: str = expected) -> None:
            raise XMPPError(expected)

        oob.register_url_handler(None, refuse)
        assert await condition(ask(JULIET, URL)) == expected


async def test_without_a_handler_nothing_is_fetched(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0066"), network.join(JULIET, "xep_0066")
    ask, oob = romeo.plugin["xep_0066"].send_oob, juliet.plugin["xep_0066"]
    assert await condition(ask(JULIET, URL)) == "service-unavailable"
    oob.register_url_handler(handler=lambda iq: None)
    await ask(JULIET, URL)
    oob.register_url_handler()
    oob.register_url_handler()
    assert await condition(ask(JULIET, URL)) == "service-unavailable"


async def test_a_component_has_handlers_for_its_addresses(network: Any) -> None:
    romeo = network.join(ROMEO, "xep_0066")
    files = network.join("files.lit", "xep_0066", component=True)
    reached: list[str] = []
    for jid in (None, "a@files.lit", "a@files.lit/x"):
        files.plugin["xep_0066"].register_url_handler(jid, lambda iq, jid=jid: reached.append(str(jid)))
    for jid in ("files.lit", "a@files.lit/y", "a@files.lit/x"):
        await romeo.plugin["xep_0066"].send_oob(jid, URL)
    assert reached == ["None", "a@files.lit", "a@files.lit/x"]
    sent = files.plugin["xep_0066"].send_oob(ROMEO, URL, ifrom="a@files.lit/x")
    assert await condition(sent) == "service-unavailable"
    assert 'from="a@files.lit/x"' in network.sent[-2]


@pytest.mark.parametrize("inside", ["", "<url/>", "<url xmlns='urn:other'>https://x</url>", "<desc>x</desc>"])
async def test_no_url(network: Any, inside: str) -> None:
    romeo, juliet = network.join(ROMEO), network.join(JULIET, "xep_0066")
    called: list[Iq] = []
    juliet.plugin["xep_0066"].register_url_handler(handler=called.append)
    juliet.take(f"<iq type='set' id='1' from='{ROMEO}'><query xmlns='jabber:iq:oob'>{inside}</query></iq>")
    await romeo.settle()
    assert "<bad-request" in network.sent[-1]
    assert called == []


async def test_disabled_it_leaves_nothing(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0066"), network.join(JULIET, "xep_0066")
    disco = romeo.plugin["xep_0030"]
    assert {"jabber:iq:oob", "jabber:x:oob"} <= set((await disco.get_info(JULIET))["disco_info"]["features"])
    juliet.plugin["xep_0066"].register_url_handler(handler=lambda iq: None)
    juliet.plugin.disable("xep_0066")
    assert not await disco.supports(JULIET, feature="jabber:iq:oob", cached=False)
    assert await condition(romeo.plugin["xep_0066"].send_oob(JULIET, URL)) == "feature-not-implemented"
