# SPDX-License-Identifier: MIT
"""What subscribers ask."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import IqError, IqTimeout, XMPPError
from xmppkit.plugins.xep_0060 import PubsubCondition, SubscriptionState, condition_of

SERVICE = "pubsub.shakespeare.lit"
NS = "http://jabber.org/protocol/pubsub"
NODE = "princely_musings"
OPTIONS = (
    f'<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>{NS}#subscribe_options</value>'
    '</field><field var="pubsub#deliver"><value>1</value></field></x>'
)
FORM = {"deliver": True}
JID = "francisco@denmark.lit"

#: The method and its arguments behind the service, the type of the IQ, what is asked.
ROWS: list[tuple[str, tuple[Any, ...], dict[str, Any], str, str]] = [
    ("subscribe", (NODE,), {}, "set", f'<subscribe node="{NODE}" jid="{JID}" />'),
    ("subscribe", (NODE, False), {}, "set", f'<subscribe node="{NODE}" jid="{JID}/barracks" />'),
    ("subscribe", (NODE, True, "a@b/c"), {}, "set", f'<subscribe node="{NODE}" jid="a@b/c" />'),
    (
        "subscribe",
        (NODE,),
        {"options": FORM},
        "set",
        f'<subscribe node="{NODE}" jid="{JID}" /><options>{OPTIONS}</options>',
    ),
    ("unsubscribe", (NODE,), {}, "set", f'<unsubscribe node="{NODE}" jid="{JID}" />'),
    ("unsubscribe", (NODE, "123-abc"), {}, "set", f'<unsubscribe node="{NODE}" subid="123-abc" jid="{JID}" />'),
    ("get_subscriptions", (), {}, "get", "<subscriptions />"),
    ("get_subscriptions", (NODE,), {}, "get", f'<subscriptions node="{NODE}" />'),
    ("get_affiliations", (), {}, "get", "<affiliations />"),
    ("get_affiliations", (NODE,), {}, "get", f'<affiliations node="{NODE}" />'),
    ("get_subscription_options", (NODE,), {}, "get", f'<default node="{NODE}" />'),
    ("get_subscription_options", (NODE, JID), {}, "get", f'<options node="{NODE}" jid="{JID}" />'),
    (
        "get_subscription_options",
        (NODE, JID),
        {"subid": "1"},
        "get",
        f'<options node="{NODE}" subid="1" jid="{JID}" />',
    ),
    (
        "set_subscription_options",
        (NODE, JID, FORM),
        {},
        "set",
        f'<options node="{NODE}" jid="{JID}">{OPTIONS}</options>',
    ),
]


@pytest.mark.parametrize(("method", "args", "kwargs", "kind", "payload"), ROWS)
async def test_what_is_asked(
    service: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], kind: str, payload: str
) -> None:
    called: list[Any] = []
    answer = await getattr(service.pubsub, method)(SERVICE, *args, **kwargs, callback=called.append)
    assert (answer["type"], answer["from"]) == ("result", SERVICE)
    assert called == [answer]
    assert service.payload == f'<pubsub xmlns="{NS}">{payload}</pubsub>'
    assert service.asked[0]["type"] == kind


async def test_what_is_answered(service: Any) -> None:
    """XEP-0060 §6.1.2"""
    service.answers.append(
        f"<pubsub xmlns='{NS}'><subscription node='{NODE}' jid='{JID}' subid='ba49' subscription='pending'/></pubsub>"
    )
    answer = await service.pubsub.subscribe(SERVICE, NODE)
    found = answer["pubsub"].subscription
    assert (found.subscription, found.subid, found.jid) == (SubscriptionState.PENDING, "ba49", JID)


async def test_what_is_refused(service: Any) -> None:
    """XEP-0060 §6.1.3.4"""
    service.answers.append(XMPPError("not-allowed", extension="closed-node", extension_ns=f"{NS}#errors"))
    with pytest.raises(IqError) as raised:
        await service.pubsub.subscribe(SERVICE, NODE)
    assert condition_of(raised.value) is PubsubCondition.CLOSED_NODE


async def test_nobody_answers(service: Any) -> None:
    service.network.silent.add("nobody.example")
    with pytest.raises(IqTimeout):
        await service.pubsub.subscribe("nobody.example", NODE, timeout=0.001)


async def test_a_component_says_who_asks(service: Any) -> None:
    component = service.network.join("bots.example", "xep_0060", component=True)
    await component.plugin["xep_0060"].subscribe(SERVICE, NODE, ifrom="one@bots.example")
    assert service.asked[0]["from"] == "one@bots.example"
    assert 'jid="one@bots.example"' in service.payload


async def test_the_own_account_is_asked(service: Any) -> None:
    with pytest.raises(IqError):
        await service.pubsub.get_subscriptions(None)
    assert " to=" not in service.network.sent[0]
