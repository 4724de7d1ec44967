# SPDX-License-Identifier: MIT
"""Who wants to subscribe, where an owner decides."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0060 import SubscriptionRequest
from xmppkit.plugins.xep_0060.approval import AUTHORIZATION

SERVICE = "pubsub.shakespeare.lit"
FRANCISCO = "francisco@denmark.lit/barracks"
HORATIO = "horatio@denmark.lit"
NODE = "princely_musings"


def field(name: str, value: str, kind: str = "text-single") -> str:
    return f"<field var='{name}' type='{kind}'><value>{value}</value></field>"


def question(
    *fields: str, kind: str = "normal", form: str = "form", form_type: str = AUTHORIZATION, id_: str = "approve1"
) -> str:
    """XEP-0060 §8.6"""
    inner = field("FORM_TYPE", form_type, "hidden") + "".join(fields)
    return (
        f"<message from='{SERVICE}' to='{FRANCISCO}' type='{kind}' id='{id_}'><x xmlns='jabber:x:data' type='{form}'>"
        f"{inner}</x></message>"
    )


ABOUT = (field("pubsub#node", NODE), field("pubsub#subscriber_jid", HORATIO, "jid-single"))


@pytest.fixture
def asked(service: Any) -> list[SubscriptionRequest]:
    found: list[SubscriptionRequest] = []
    service.client.add_event_handler("pubsub_subscription_request", found.append)
    return found


async def test_a_service_asks(service: Any, asked: list[SubscriptionRequest]) -> None:
    service.client.take(question(*ABOUT, field("pubsub#subid", "123-abc", "hidden")))
    service.client.take(question(*ABOUT, id_=""))
    await service.client.settle()
    first, second = asked
    assert first == SubscriptionRequest(JID(SERVICE), NODE, JID(HORATIO), "123-abc", "approve1", JID(FRANCISCO))
    assert (second.subid, second.id) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        question(*ABOUT, kind="error"),
        question(*ABOUT, kind="groupchat"),
        question(*ABOUT, form="submit"),
        question(*ABOUT, form_type="urn:other"),
        question(ABOUT[0]),
        question(ABOUT[1]),
        question(ABOUT[0], field("pubsub#subscriber_jid", "@@@")),
        question("<field var='pubsub#node'/>", "<field var='pubsub#subscriber_jid'/>"),
    ],
)
async def test_nonsense_and_what_is_no_question(service: Any, asked: list[SubscriptionRequest], text: str) -> None:
    service.client.take(text)
    await service.client.settle()
    assert asked == []
    assert service.client.faults == []


@pytest.mark.parametrize("allow", [True, False])
async def test_the_answer(service: Any, asked: list[SubscriptionRequest], allow: bool) -> None:
    service.client.take(question(*ABOUT, field("pubsub#subid", "123-abc", "hidden")))
    await service.client.settle()
    service.pubsub.answer_subscription_request(asked[0], allow)
    sent = ET.fromstring(service.network.sent[-1])
    assert (sent.get("to"), sent.get("id")) == (SERVICE, "approve1")
    form = Form(xml=sent[0])
    assert (form["type"], form.form_type) == ("submit", AUTHORIZATION)
    values = {name: each.texts for name, each in form.field.items()}
    del values["FORM_TYPE"]
    assert values == {
        "pubsub#node": [NODE],
        "pubsub#subscriber_jid": [HORATIO],
        "pubsub#allow": ["1" if allow else "0"],
        "pubsub#subid": ["123-abc"],
    }


async def test_a_component_answers_as_who_was_asked(service: Any) -> None:
    component = service.network.join("bots.example", "xep_0060", component=True)
    asked: list[SubscriptionRequest] = []
    component.add_event_handler("pubsub_subscription_request", asked.append)
    component.take(question(*ABOUT, id_="").replace(FRANCISCO, "one@bots.example"))
    await component.settle()
    component.plugin["xep_0060"].answer_subscription_request(asked[0], True)
    sent = ET.fromstring(service.network.sent[-1])
    assert (sent.get("from"), sent.get("to")) == ("one@bots.example", SERVICE)
