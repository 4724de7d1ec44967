# SPDX-License-Identifier: MIT
"""Message Carbons: the wire, and whose copies count."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0280 import CarbonDisable, CarbonEnable, PrivateCarbon, ReceivedCarbon, SentCarbon
from xmppkit.plugins.xep_0334 import NoCopy
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message

NS = "urn:xmpp:carbons:2"
OWN = "romeo@montague.example"
HOME = f"{OWN}/home"
GARDEN = f"{OWN}/garden"
JULIET = "juliet@capulet.example/balcony"
BODY = "What man art thou"


@pytest.mark.parametrize(("kind", "key"), [(ReceivedCarbon, "carbon_received"), (SentCarbon, "carbon_sent")])
def test_the_wire(kind: Any, key: str) -> None:
    message = Message()
    assert message[key] is None
    assert len(message.xml) == 0
    inner = Message(sfrom=JULIET)
    inner.body = BODY
    message[key] = inner
    assert message[key].xml is inner.xml
    assert getattr(kind.of(message), key) is message[key]
    assert str(kind.of(message)) == (
        f'<{kind.name} xmlns="{NS}"><forwarded xmlns="urn:xmpp:forward:0">'
        f'<message xmlns="jabber:client" from="{JULIET}"><body>{BODY}</body></message></forwarded></{kind.name}>'
    )
    carbon = kind.of(message)
    del carbon[key]
    assert len(carbon.xml) == 0
    assert carbon[key] is None


@pytest.mark.parametrize(("kind", "key"), [(CarbonEnable, "carbon_enable"), (CarbonDisable, "carbon_disable")])
def test_the_requests(kind: Any, key: str) -> None:
    iq = Iq()
    iq.enable(key)
    assert str(kind.of(iq)) == f'<{kind.name} xmlns="{NS}" />'


@pytest.fixture
def home(network: Any) -> Any:
    station = network.join(HOME, "xep_0280")
    station.told = []
    for name in ("carbon_received", "carbon_sent"):
        station.add_event_handler(name, lambda message, name=name: station.told.append((name, message)))
    return station


def wrapped(
    what: str, inner: str = "", *, sender: str | None = OWN, kind: str = "chat", by: str = JULIET, to: str = GARDEN
) -> str:
    inner = inner or f"<message xmlns='jabber:client' type='chat' from='{by}' to='{to}'><body>{BODY}</body></message>"
    stamped = "" if sender is None else f" from='{sender}'"
    return (
        f"<message{stamped} to='{HOME}' type='{kind}'>"
        f"<{what} xmlns='{NS}'><forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></{what}></message>"
    )


@pytest.mark.parametrize("sender", [OWN, None])
async def test_copies(home: Any, sender: str | None) -> None:
    """XEP-0280 §7, §8"""
    home.take(wrapped("received", sender=sender))
    home.take(wrapped("sent", sender=sender, by=GARDEN, to=JULIET))
    await home.settle()
    assert [name for name, _ in home.told] == ["carbon_received", "carbon_sent"]
    received, sent = home.told[0][1]["carbon_received"], home.told[1][1]["carbon_sent"]
    assert (received["from"], received["body"]) == (JULIET, BODY)
    assert (sent["from"], sent["to"], sent["body"]) == (GARDEN, JULIET, BODY)
    assert received.stream is home


@pytest.mark.parametrize("what", ["received", "sent"])
@pytest.mark.parametrize(
    "sender",
    ["tybalt@capulet.example/home", "tybalt@capulet.example", HOME, GARDEN, "montague.example", "romeo@evil.lit"],
)
async def test_spoof_a_copy_from_somebody_else(home: Any, what: str, sender: str, caplog: Any) -> None:
    """XEP-0280 §11"""
    home.take(wrapped(what, sender=sender, by=GARDEN, to=GARDEN))
    await home.settle()
    assert home.told == []
    assert home.faults == []
    assert f"from {sender}" in caplog.text
    assert BODY not in caplog.text


async def test_spoof_a_copy_of_what_is_not_ours(home: Any) -> None:
    home.take(wrapped("received", to="mercutio@verona.lit"))
    home.take(wrapped("sent", by="mercutio@verona.lit/x", to=JULIET))
    await home.settle()
    assert home.told == []


async def test_spoof_a_copy_within_a_message(home: Any) -> None:
    """What has been copied is reported as it is, and not looked into."""
    forged = wrapped("received", sender=OWN).replace("<message", "<message xmlns='jabber:client'", 1)
    seen: list[Any] = []
    home.add_event_handler("message", seen.append)
    home.take(wrapped("received", forged.replace(f"from='{OWN}'", f"from='{JULIET}'", 1)))
    await home.settle()
    assert [name for name, _ in home.told] == ["carbon_received"]
    assert home.told[0][1]["carbon_received"]["from"] == JULIET
    assert all(message["from"] == OWN for message in seen)


@pytest.mark.parametrize(
    "text",
    [
        wrapped("received", kind="error"),
        wrapped("sent", kind="error", by=GARDEN),
        wrapped("received", "<presence xmlns='jabber:client'/>"),
        wrapped("sent", "<x/>"),
        f"<message from='{OWN}'><received xmlns='{NS}'/></message>",
        f"<message from='{OWN}'><sent xmlns='{NS}'><forwarded xmlns='urn:xmpp:forward:0'/></sent></message>",
        wrapped("sent", by=GARDEN, to=GARDEN).replace("</message>", f"<received xmlns='{NS}'/></message>"),
    ],
)
async def test_nonsense(home: Any, text: str) -> None:
    home.take(text)
    await home.settle()
    assert home.told == []
    assert home.faults == []


@pytest.mark.parametrize("method", ["enable", "disable"])
async def test_asking(network: Any, home: Any, method: str) -> None:
    """XEP-0280 §4, §5"""
    with pytest.raises(IqError, match="service-unavailable"):
        await getattr(home.plugin["xep_0280"], method)()
    assert f'<{method} xmlns="{NS}"/>' in network.sent[-1].replace(" />", "/>")
    server = network.join(OWN, component=True)
    network.stations[""] = server
    server.register_handler(Callback("x", StanzaPath(f"iq@type=set/carbon_{method}"), lambda iq: iq.reply().send()))
    answer = await getattr(home.plugin["xep_0280"], method)(timeout=1)
    assert answer["type"] == "result"


def test_private(home: Any) -> None:
    """XEP-0280 §9"""
    message = home.plugin["xep_0280"].make_private(home.make_message(JULIET, BODY))
    assert PrivateCarbon.of(message) is not None
    assert NoCopy.of(message) is not None


async def test_disabled_it_leaves_nothing(home: Any) -> None:
    home.plugin.disable("xep_0280")
    home.take(wrapped("received"))
    await home.settle()
    assert home.told == []
