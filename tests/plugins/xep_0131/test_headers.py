# SPDX-License-Identifier: MIT
"""Headers: the wire, and which are understood."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError, InvalidValue, IqError
from xmppkit.plugins.xep_0131 import Headers
from xmppkit.stanza.message import Message

ROMEO = "romeo@montague.net/orchard"
JULIET = "juliet@capulet.com/balcony"
NS = Headers.namespace


def test_the_wire() -> None:
    message = Message()
    assert message["headers"] == {}
    assert len(message.xml) == 0
    said = {"In-Reply-To": "123456789@capulet.com", "Keywords": "shakespeare,<xmpp/>"}
    message["headers"] = said
    assert str(message) == (
        f'<message xmlns="jabber:client"><headers xmlns="{NS}">'
        '<header name="In-Reply-To">123456789@capulet.com</header>'
        '<header name="Keywords">shakespeare,&lt;xmpp/&gt;</header></headers></message>'
    )
    found = Headers.of(message)
    assert found is not None
    assert found.headers == message["headers"] == said
    message["headers"] = {"TTL": 3600}
    assert message["headers"] == {"TTL": "3600"}
    del message["headers"]
    assert len(message.xml) == 0


def test_several_of_one_name() -> None:
    headers = Headers()
    for text in ("a", "b", "c"):
        headers.add("SubID", text)
    headers.add("Empty", "")
    assert headers.headers == {"SubID": ["a", "b", "c"], "Empty": ""}
    assert (headers.values_of("SubID"), headers.values_of("None")) == (["a", "b", "c"], [])
    again = Headers()
    assert "headers" not in again
    again["headers"] = headers["headers"]
    assert "headers" in again
    assert str(again) == str(headers)


async def test_nonsense_from_the_wire(network: Any) -> None:
    juliet = network.join(JULIET, "xep_0131")
    told: list[Any] = []
    juliet.add_event_handler("message", told.append)
    juliet.take(
        f"<message from='{ROMEO}'><body>x</body><headers xmlns='{NS}'><header>a</header><header name=''>b</header>"
        "<header name='C'><d/></header><other name='D'>d</other></headers></message>"
    )
    await juliet.settle()
    assert [message["headers"] for message in told] == [{"C": ""}]


@pytest.mark.parametrize("value", ["high", ["high"], {"Urgency": object()}, {"Urgency": b"high"}])
def test_what_cannot_be(value: Any) -> None:
    message = Message()
    with pytest.raises(InvalidValue, match="headers"):
        message["headers"] = value
    assert len(message.xml) == 0


async def understood(asker: Any) -> set[str]:
    answer = await asker.plugin["xep_0030"].get_info(JULIET, node=NS)
    found: set[str] = answer["disco_info"]["features"]
    return found


async def test_which_are_understood(network: Any) -> None:
    """XEP-0131 §3.2; and each stream has a set of its own."""
    juliet, romeo = network.join(JULIET, "xep_0131"), network.join(ROMEO, "xep_0131")
    assert await romeo.plugin["xep_0030"].supports(JULIET, feature=NS)
    assert await understood(romeo) == {f"{NS}#SubID"}
    juliet.plugin["xep_0131"].supported_headers.add("Urgency")
    assert await understood(romeo) == {f"{NS}#SubID", f"{NS}#Urgency"}
    assert romeo.plugin["xep_0131"].supported_headers == {"SubID"}
    juliet.plugin.disable("xep_0131")
    with pytest.raises(IqError, match="item-not-found"):
        await understood(romeo)


async def test_configured(network: Any) -> None:
    given = {"Store"}
    network.join(JULIET, "xep_0131", xep_0131={"supported_headers": given})
    romeo = network.join(ROMEO, "xep_0030")
    assert await understood(romeo) == {f"{NS}#Store"}
    with pytest.raises(ConfigurationError, match="supported_headers"):
        network.join("x@y/z", "xep_0131", xep_0131={"supported_headers": 3})
