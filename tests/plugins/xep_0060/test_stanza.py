# SPDX-License-Identifier: MIT
"""The stanzas: what the examples of the XEP (tests/xeps) do not show."""

from __future__ import annotations

import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue, IqTimeout, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0060 import (
    AffiliationKind,
    EventItem,
    Item,
    NodeType,
    PubsubCondition,
    SubscriptionState,
    condition_of,
    stanza,
)
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.registry import register_stanza_plugin

NS = "http://jabber.org/protocol/pubsub"


class Tune(ElementBase):
    """Something to publish."""

    __slots__ = ()

    name = "tune"
    namespace = "urn:example:tune"
    plugin_attrib = "tune"


for parent in (Item, EventItem):
    register_stanza_plugin(parent, Tune)


@pytest.mark.parametrize("kind", [Item, EventItem])
def test_payloads(kind: type[Item | EventItem]) -> None:
    item = kind()
    assert (item.payload, item["payload"], "payload" in item) == (None, None, False)
    element = ET.Element("{urn:example}x")
    item["payload"] = element
    assert item.payload is element
    item["payload"] = Tune()
    assert "payload" in item
    assert [child.tag for child in item.xml] == ["{urn:example:tune}tune"]
    found = Tune.of(item)
    assert found is not None
    assert found is item["tune"]
    assert found.xml is item["payload"]
    del item["payload"]
    assert len(item.xml) == 0
    assert Tune.of(item) is None
    for nonsense in ("text", 1):
        with pytest.raises(InvalidValue, match="payload"):
            item["payload"] = nonsense


def test_a_payload_that_is_rebuilt_is_a_copy() -> None:
    item = Item()
    item["payload"] = ET.Element("{urn:example}x")
    again = Item()
    again.values = item.values
    assert again == item
    assert again.payload is not item.payload


def form_of(**values: Any) -> Form:
    form = Form()
    form.set_values(values)
    return form


HOLDERS = [
    (stanza.Options, "options"),
    (stanza.PublishOptions, "publish_options"),
    (stanza.DefaultConfig, "config"),
]


@pytest.mark.parametrize(("kind", "key"), HOLDERS)
def test_forms_under_keys(kind: type[Any], key: str) -> None:
    holder = kind()
    assert (holder[key], getattr(holder, key), key in holder) == ("", None, False)
    holder[key] = form_of(a="1")
    assert key in holder
    assert holder[key]["values"] == {"a": "1"}
    assert holder["form"] is holder[key]
    other = kind()
    other[key] = holder[key]
    other[key].set_values({"a": "2"})
    assert holder[key]["values"] == {"a": "1"}  # what is another's is copied
    other[key] = form_of(b="3").xml
    assert other[key]["values"] == {"b": "3"}
    other[key] = ""
    assert key not in other
    with pytest.raises(InvalidValue, match="form"):
        other[key] = "form"
    del holder[key]
    assert len(holder.xml) == 0


def test_publish_options_in_their_parent() -> None:
    iq = Iq()
    assert iq["pubsub"]["publish_options"] == ""
    iq["pubsub"]["publish_options"] = form_of(a="1")
    assert iq.xml[0][0].tag == f"{{{NS}}}publish-options"
    assert iq["pubsub"]["publish_options"]["values"] == {"a": "1"}


def test_node_types() -> None:
    configure = stanza.Configure()
    assert (configure.getType(), configure.type_) == ("leaf", None)
    configure["type"] = "collection"
    assert (configure.getType(), configure.type_) == ("collection", NodeType.COLLECTION)


def test_redirections() -> None:
    delete = stanza.EventDelete()
    assert (delete["redirect"], delete.redirect) == ("", None)
    delete["redirect"] = "xmpp:a@b?;node=c"
    delete["redirect"] = "xmpp:a@b?;node=d"
    assert delete.redirect == "xmpp:a@b?;node=d"
    assert str(delete) == f'<delete xmlns="{NS}#event"><redirect uri="xmpp:a@b?;node=d" /></delete>'
    del delete["redirect"]
    assert len(delete.xml) == 0


def test_what_is_required() -> None:
    subscription = stanza.Subscription()
    for value in (True, "true", "1"):
        subscription["suboptions"]["required"] = value
        assert subscription["suboptions"].required
    subscription["suboptions"]["required"] = "false"
    assert not subscription["suboptions"]["required"]


def test_typed_values() -> None:
    message = Message()
    subscription = message["pubsub_event"]["subscription"]
    subscription["expiry"] = "2006-02-28T23:59:59Z"
    subscription["jid"] = "Francisco@denmark.lit"
    subscription["subscription"] = "subscribed"
    found = stanza.Event.of(message)
    assert found is not None
    assert found.subscription is not None
    assert found.subscription.expiry == datetime.datetime(2006, 2, 28, 23, 59, 59, tzinfo=datetime.UTC)
    assert found.subscription.jid == JID("francisco@denmark.lit")
    assert found.subscription.subscription is SubscriptionState.SUBSCRIBED
    assert found.items is None


def test_nonsense_from_the_wire() -> None:
    xml = f"<affiliation xmlns='{NS}' affiliation='king' jid='@@' node=''/>"
    affiliation = stanza.Affiliation(xml=ET.fromstring(xml))
    assert (affiliation.affiliation, affiliation.jid) == (None, None)
    assert (affiliation["affiliation"], affiliation["jid"]) == ("king", "@@")
    with pytest.raises(InvalidValue, match="outcast"):
        affiliation["affiliation"] = "queen"
    affiliation["affiliation"] = AffiliationKind.PUBLISH_ONLY
    assert affiliation["affiliation"] == "publish-only"


# --- errors ---------------------------------------------------------------------------------------------


def refusal(*conditions: str) -> Iq:
    inner = "".join(f"<{each} xmlns='{NS}#errors'/>" for each in conditions)
    xml = f"<iq xmlns='jabber:client' type='error'><error type='cancel'>{inner}</error></iq>"
    return Iq(xml=ET.fromstring(xml))


def test_conditions_are_read() -> None:
    for iq, condition in ((refusal("closed-node"), "closed-node"), (refusal("teapot"), ""), (refusal(), "")):
        before = str(iq)
        assert (iq["error"]["pubsub"]["condition"], iq["error"]["pubsub"]["unsupported"]) == (condition, "")
        assert str(iq) == before
    assert stanza.PubsubErrorCondition().condition is PubsubCondition.CLOSED_NODE
    feature = ET.fromstring(f"<item-required xmlns='{NS}#errors' feature='publish'/>")
    assert stanza.PubsubErrorCondition(xml=feature).unsupported is None


def test_conditions_are_written() -> None:
    iq = Iq()
    iq["error"]["condition"] = "conflict"
    condition = iq["error"]["pubsub"]
    condition["condition"] = "node-full"
    with pytest.raises(InvalidValue, match="node-full"):
        condition["condition"] = "teapot"
    assert condition.condition is PubsubCondition.NODE_FULL
    condition["unsupported"] = "subscribe"
    condition["unsupported"] = "publish"
    assert (condition["condition"], condition["unsupported"]) == ("unsupported", "publish")
    assert iq["error"]["condition"] == "conflict"
    assert [child.tag.partition("}")[2] for child in iq["error"].xml] == ["conflict", "unsupported"]
    del condition["condition"]
    assert condition["condition"] == ""
    assert len(iq["error"].xml) == 1
    iq["error"]["pubsub"]["unsupported"] = ""
    assert len(iq["error"].xml) == 1
    iq["error"]["pubsub"]["unsupported"] = "subscribe"
    assert len(iq["error"].xml) == 2


def test_what_an_error_says() -> None:
    class Raised(XMPPError):
        def __init__(self, iq: Iq) -> None:
            super().__init__()
            self.iq = iq

    assert condition_of(Raised(refusal("precondition-not-met"))) is PubsubCondition.PRECONDITION_NOT_MET
    assert condition_of(Raised(refusal("teapot"))) is None
    assert condition_of(Raised(refusal())) is None
    assert condition_of(XMPPError("conflict")) is None
    question = Iq()
    question["type"] = "get"
    assert condition_of(IqTimeout(question)) is None
