# SPDX-License-Identifier: MIT
"""What owners ask."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0060 import AffiliationKind

SERVICE = "pubsub.shakespeare.lit"
NS = "http://jabber.org/protocol/pubsub"
NODE = "princely_musings"


def config(**values: str) -> str:
    fields = "".join(f'<field var="pubsub#{name}"><value>{value}</value></field>' for name, value in values.items())
    return (
        f'<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>{NS}#node_config</value>'
        f"</field>{fields}</x>"
    )


def pubsub(inner: str) -> str:
    return f'<pubsub xmlns="{NS}">{inner}</pubsub>'


def owner(inner: str) -> str:
    return f'<pubsub xmlns="{NS}#owner">{inner}</pubsub>'


#: The method and its arguments behind the service, the type of the IQ, what is asked.
ROWS: list[tuple[str, tuple[Any, ...], str, str]] = [
    ("create_node", (NODE,), "set", pubsub(f'<create node="{NODE}" />')),
    ("create_node", (None,), "set", pubsub("<create />")),
    (
        "create_node",
        (NODE, {"access_model": "open", "pubsub#max_items": 10}),
        "set",
        pubsub(f'<create node="{NODE}" /><configure>{config(access_model="open", max_items="10")}</configure>'),
    ),
    (
        "create_node",
        (NODE, None, "collection"),
        "set",
        pubsub(f'<create node="{NODE}" /><configure>{config(node_type="collection")}</configure>'),
    ),
    ("get_node_config", (NODE,), "get", owner(f'<configure node="{NODE}" />')),
    ("get_node_config", (), "get", owner("<default />")),
    (
        "set_node_config",
        (NODE, {"title": "Musings"}),
        "set",
        owner(f'<configure node="{NODE}">{config(title="Musings")}</configure>'),
    ),
    ("delete_node", (NODE,), "set", owner(f'<delete node="{NODE}" />')),
    ("purge", (NODE,), "set", owner(f'<purge node="{NODE}" />')),
    ("get_node_subscriptions", (NODE,), "get", owner(f'<subscriptions node="{NODE}" />')),
    (
        "modify_subscriptions",
        (NODE, [("a@b", "none"), ("c@d", "subscribed")]),
        "set",
        owner(
            f'<subscriptions node="{NODE}"><subscription jid="a@b" subscription="none" />'
            '<subscription jid="c@d" subscription="subscribed" /></subscriptions>'
        ),
    ),
    ("modify_subscriptions", (NODE,), "set", owner(f'<subscriptions node="{NODE}" />')),
    ("get_node_affiliations", (NODE,), "get", owner(f'<affiliations node="{NODE}" />')),
    (
        "modify_affiliations",
        (NODE, [("a@b", AffiliationKind.PUBLISHER)]),
        "set",
        owner(f'<affiliations node="{NODE}"><affiliation jid="a@b" affiliation="publisher" /></affiliations>'),
    ),
    ("modify_affiliations", (NODE,), "set", owner(f'<affiliations node="{NODE}" />')),
]


@pytest.mark.parametrize(("method", "args", "kind", "payload"), ROWS)
async def test_what_is_asked(service: Any, method: str, args: tuple[Any, ...], kind: str, payload: str) -> None:
    called: list[Any] = []
    answer = await getattr(service.pubsub, method)(SERVICE, *args, callback=called.append)
    assert called == [answer]
    assert service.payload == payload
    assert service.asked[0]["type"] == kind


async def test_a_node_takes_the_place_of_another(service: Any) -> None:
    """XEP-0060 §8.4.1"""
    uri = "xmpp:hamlet@denmark.lit?;node=blog"
    await service.pubsub.delete_node(SERVICE, NODE, redirect=uri)
    assert service.payload == owner(f'<delete node="{NODE}"><redirect uri="{uri}" /></delete>')


@pytest.mark.parametrize(
    ("method", "pair"),
    [
        ("modify_affiliations", ("a@b", "king")),
        ("modify_subscriptions", ("a@b", "maybe")),
        ("modify_affiliations", ("a@@b", "owner")),
    ],
)
async def test_what_cannot_be(service: Any, method: str, pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError):
        getattr(service.pubsub, method)(SERVICE, NODE, [pair])
    assert service.network.sent == []


async def test_a_form_is_filled_in_and_sent_back(service: Any) -> None:
    """XEP-0060 §8.2"""
    form = config(title="Musings", max_items="10").replace("submit", "form")
    service.answers.append(owner(f'<configure node="{NODE}">{form}</configure>'))
    answer = await service.pubsub.get_node_config(SERVICE, NODE)
    found = answer["pubsub_owner"]["configure"]["form"]
    found.set_values({"pubsub#max_items": 20})
    await service.pubsub.set_node_config(SERVICE, NODE, found)
    assert service.payload == owner(f'<configure node="{NODE}">{config(title="Musings", max_items="20")}</configure>')


async def test_who_may_do_what(service: Any) -> None:
    """XEP-0060 §8.9.1"""
    service.answers.append(
        owner(
            f"<affiliations node='{NODE}'><affiliation jid='hamlet@denmark.lit' affiliation='owner'/>"
            "<affiliation jid='polonius@denmark.lit' affiliation='outcast'/></affiliations>"
        )
    )
    answer = await service.pubsub.get_node_affiliations(SERVICE, NODE)
    found = answer["pubsub_owner"].affiliations.affiliations
    assert [(each["jid"].local, each.affiliation) for each in found] == [
        ("hamlet", AffiliationKind.OWNER),
        ("polonius", AffiliationKind.OUTCAST),
    ]


async def test_nonsense_is_not_sent(service: Any) -> None:
    with pytest.raises(InvalidValue):
        service.pubsub.create_node(SERVICE, NODE, {"title": object()})
    assert service.network.sent == []
