# SPDX-License-Identifier: MIT
"""Publishing, and being told."""

from __future__ import annotations

import logging
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import IqError, PreconditionNotMet, XMPPError
from xmppkit.plugins.xep_0060 import Item, PubsubCondition, condition_of
from xmppkit.plugins.xep_0131 import Headers

SERVICE = "pubsub.shakespeare.lit"
NS = "http://jabber.org/protocol/pubsub"
NODE = "princely_musings"
ENTRY = ET.Element("{http://www.w3.org/2005/Atom}entry")
ENTRY_TEXT = '<entry xmlns="http://www.w3.org/2005/Atom" />'
OPTIONS = (
    f'<publish-options><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>'
    f'{NS}#publish-options</value></field><field var="pubsub#access_model"><value>presence</value></field></x>'
    "</publish-options>"
)


def pubsub(inner: str) -> str:
    return f'<pubsub xmlns="{NS}">{inner}</pubsub>'


def precondition() -> XMPPError:
    return XMPPError("conflict", extension="precondition-not-met", extension_ns=f"{NS}#errors")


# --- publishing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kwargs", "inner"),
    [
        ({}, f'<publish node="{NODE}" />'),
        ({"id": "a"}, f'<publish node="{NODE}"><item id="a" /></publish>'),
        ({"payload": ENTRY}, f'<publish node="{NODE}"><item>{ENTRY_TEXT}</item></publish>'),
        ({"id": "a", "payload": ENTRY}, f'<publish node="{NODE}"><item id="a">{ENTRY_TEXT}</item></publish>'),
        (
            {"payload": Headers()},
            f'<publish node="{NODE}"><item><headers xmlns="{Headers.namespace}" /></item></publish>',
        ),
        (
            {"id": "a", "options": {"access_model": "presence"}},
            f'<publish node="{NODE}"><item id="a" /></publish>{OPTIONS}',
        ),
    ],
)
async def test_what_is_published(service: Any, kwargs: dict[str, Any], inner: str) -> None:
    called: list[Any] = []
    answer = await service.pubsub.publish(SERVICE, NODE, **kwargs, callback=called.append)
    assert called == [answer]
    assert service.asked[0]["type"] == "set"
    assert service.payload == pubsub(inner)


async def test_the_service_finds_an_id(service: Any) -> None:
    """XEP-0060 §7.1.2"""
    service.answers.append(pubsub(f"<publish node='{NODE}'><item id='ae890'/></publish>"))
    answer = await service.pubsub.publish(SERVICE, NODE, payload=ENTRY)
    assert answer["pubsub"]["publish"]["item"]["id"] == "ae890"


@pytest.mark.parametrize(
    ("args", "attributes"),
    [((), ""), ((True,), ' notify="true"'), (("1",), ' notify="true"'), ((False,), ' notify="false"')],
)
async def test_what_is_retracted(service: Any, args: tuple[Any, ...], attributes: str) -> None:
    """XEP-0060 §7.2.1"""
    await service.pubsub.retract(SERVICE, NODE, "a", *args)
    assert service.payload == pubsub(f'<retract node="{NODE}"{attributes}><item id="a" /></retract>')
    assert service.asked[0]["type"] == "set"


async def test_a_node_that_is_configured_in_another_way(service: Any) -> None:
    """XEP-0060 §7.1.5"""
    service.answers.append(precondition())
    with pytest.raises(PreconditionNotMet) as raised:
        await service.pubsub.publish(SERVICE, NODE, "a", ENTRY, {"access_model": "presence"})
    assert raised.value.condition == "conflict"
    assert condition_of(raised.value) is PubsubCondition.PRECONDITION_NOT_MET


async def test_another_conflict(service: Any) -> None:
    """XEP-0060 §7.1.3.4"""
    service.answers.append(XMPPError("conflict", extension="node-full", extension_ns=f"{NS}#errors"))
    with pytest.raises(IqError) as raised:
        await service.pubsub.publish(SERVICE, NODE, "a", ENTRY, {"access_model": "presence"})
    assert not isinstance(raised.value, PreconditionNotMet)
    assert condition_of(raised.value) is PubsubCondition.NODE_FULL


async def test_a_node_is_configured_for_a_publication(service: Any) -> None:
    service.answers.append(precondition())
    await service.pubsub.publish_and_configure(SERVICE, NODE, "a", ENTRY, {"access_model": "presence"})
    first, second, third = service.asked
    assert first["pubsub"] == third["pubsub"]
    told = second["pubsub_owner"]["configure"]
    assert told["node"] == NODE
    assert told["form"].form_type == f"{NS}#node_config"
    assert told["form"]["values"]["pubsub#access_model"] == "presence"


async def test_a_node_that_is_as_it_should_be_is_left_alone(service: Any) -> None:
    await service.pubsub.publish_and_configure(SERVICE, NODE, "a", ENTRY, {"access_model": "presence"})
    assert len(service.asked) == 1


async def test_a_node_that_somebody_else_configures(service: Any) -> None:
    service.answers += [precondition(), "", precondition()]
    with pytest.raises(PreconditionNotMet):
        await service.pubsub.publish_and_configure(SERVICE, NODE, "a", ENTRY, {"access_model": "presence"})
    assert len(service.asked) == 3


async def test_a_node_that_may_not_be_configured(service: Any) -> None:
    service.answers += [precondition(), XMPPError("forbidden")]
    with pytest.raises(IqError, match="forbidden"):
        await service.pubsub.publish_and_configure(SERVICE, NODE, "a", ENTRY, {"access_model": "presence"})
    assert len(service.asked) == 2


# --- being told -----------------------------------------------------------------------------------------


def items(*inner: str, node: str = NODE) -> str:
    return f"<items node='{node}'>{''.join(inner)}</items>"


async def test_an_item_is_published(service: Any, told: list[tuple[str, Any]]) -> None:
    """XEP-0060 §7.1.2.1"""
    await service.tell(items(f"<item id='ae890' publisher='hamlet@denmark.lit'>{ENTRY_TEXT}</item>"))
    ((event, message),) = told
    assert event == "pubsub_publish"
    found = message["pubsub_event"]["items"]
    assert (message["from"], found["node"], found["item"]["id"]) == (SERVICE, NODE, "ae890")
    assert found["item"]["payload"].tag == ENTRY.tag
    assert found["item"].publisher == "hamlet@denmark.lit"


async def test_a_node_has_a_name(service: Any, told: list[tuple[str, Any]]) -> None:
    service.pubsub.map_node_event(NODE, "musing")
    await service.tell(items("<item id='a'/>"))
    await service.tell(items("<item id='b'/>", node="other"))
    assert [event for event, _ in told] == ["pubsub_publish", "musing_publish", "pubsub_publish"]
    assert told[0][1] is told[1][1]
    service.pubsub.unmap_node_event(NODE)
    service.pubsub.unmap_node_event(NODE)
    await service.tell(items("<item id='c'/>"))
    assert [event for event, _ in told[3:]] == ["pubsub_publish"]


async def test_several_items_are_told_one_by_one(service: Any, told: list[tuple[str, Any]]) -> None:
    service.pubsub.map_node_event(NODE, "musing")
    headers = f"<headers xmlns='{Headers.namespace}'><header name='SubID'>123</header></headers>"
    await service.tell(
        items(f"<item id='a'>{ENTRY_TEXT}</item>", "<retract id='b'/>", "<item id='c'/>"), beside=headers
    )
    assert [event for event, _ in told] == [
        "pubsub_publish",
        "musing_publish",
        "pubsub_retract",
        "musing_retract",
        "pubsub_publish",
        "musing_publish",
    ]
    assert [[each["id"] for each in message["pubsub_event"]["items"]] for _, message in told[::2]] == [
        ["a"],
        ["b"],
        ["c"],
    ]
    for _, message in told:
        assert (message["from"], message["type"], message["headers"]) == (SERVICE, "headline", {"SubID": "123"})
        assert message["pubsub_event"]["items"]["node"] == NODE
    assert told[0][1]["pubsub_event"]["items"]["item"]["payload"].tag == ENTRY.tag


async def test_that_something_is_new_may_be_all(service: Any, told: list[tuple[str, Any]]) -> None:
    """XEP-0060 §4.3"""
    await service.tell(items())
    assert [event for event, _ in told] == ["pubsub_publish"]
    assert told[0][1]["pubsub_event"].items.items == []


@pytest.mark.parametrize(
    ("element", "event"),
    [
        (f"<purge node='{NODE}'/>", "purge"),
        (f"<delete node='{NODE}'><redirect uri='xmpp:a@b?;node=c'/></delete>", "delete"),
        (f"<configuration node='{NODE}'/>", "config"),
        (f"<subscription node='{NODE}' jid='francisco@denmark.lit' subscription='none'/>", "subscription"),
    ],
)
async def test_other_events(service: Any, told: list[tuple[str, Any]], element: str, event: str) -> None:
    service.pubsub.map_node_event(NODE, "musing")
    await service.tell(element)
    assert [name for name, _ in told] == [f"pubsub_{event}", f"musing_{event}"]


@pytest.mark.parametrize("kind", ["error", "groupchat"])
async def test_spoof_what_is_no_notification(service: Any, told: list[tuple[str, Any]], kind: str) -> None:
    await service.tell(items("<item id='a'/>"), kind=kind)
    assert told == []


async def test_spoof_somebody_who_may_not_tell_it(
    service: Any, told: list[tuple[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    service.pubsub.map_node_event(NODE, "musing", accepts=lambda message: message["from"] == SERVICE)
    for element in (items("<item id='secret'/>"), f"<purge node='{NODE}'/>"):
        await service.tell(element, sender="mallory@evil.example")
    assert told == []
    assert "mallory@evil.example may not tell" in caplog.text
    assert "secret" not in caplog.text
    await service.tell(items("<item id='a'/>"))
    assert [event for event, _ in told] == ["pubsub_publish", "musing_publish"]


async def test_too_much_beside_several_items(
    service: Any, told: list[tuple[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """A message is told again for each item: both must not be many."""
    await service.tell(items("<item/>", "<item/>"), beside="<x xmlns='urn:example'/>" * 40)
    assert told == []
    assert "says too much beside" in caplog.text
    await service.tell(items("<item/>"), beside="<x xmlns='urn:example'/>" * 40)
    await service.tell(items(*["<item/>"] * 100), beside="<x xmlns='urn:example'/>" * 3)
    assert len(told) == 101


@pytest.mark.parametrize(
    "inner", ["", "<teapot/>", "<items/>", "<items node='x'>text<y xmlns='z'/></items>", "<collection node='x'/>"]
)
async def test_nonsense(service: Any, inner: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        await service.tell(inner)
    assert service.client.faults == []
    assert caplog.text == ""


async def test_disabled_it_tells_nothing(service: Any, told: list[tuple[str, Any]]) -> None:
    service.client.plugin.disable("xep_0060")
    await service.tell(items("<item id='a'/>"))
    assert told == []


async def test_a_payload_of_a_stream_of_its_own(service: Any) -> None:
    """What is published is not taken away from where it was."""
    item = Item()
    item["payload"] = ET.Element("{urn:example}x")
    await service.pubsub.publish(SERVICE, NODE, payload=item.payload)
    assert item.payload is not None
