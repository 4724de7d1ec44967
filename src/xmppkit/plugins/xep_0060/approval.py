# SPDX-License-Identifier: MIT
"""Who wants to subscribe, where an owner decides (XEP-0060 §8.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, handles
from xmppkit.plugins.xep_0004.stanza import Form, FormType
from xmppkit.plugins.xep_0060.stanza.base import PUBSUB
from xmppkit.stanza.message import Message

__all__ = ["AUTHORIZATION", "Approval", "SubscriptionRequest"]

AUTHORIZATION: Final = PUBSUB + "#subscribe_authorization"
_NODE: Final = "pubsub#node"
_SUBSCRIBER: Final = "pubsub#subscriber_jid"
_SUBID: Final = "pubsub#subid"
_ALLOW: Final = "pubsub#allow"


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """A service asks an owner whether somebody may subscribe.

    :ivar service: who asks. Anybody can send such a question: it is worth an answer if it is from the service where the
        program has a node.
    :ivar node: the node.
    :ivar subscriber: who wants to subscribe, says the service.
    :ivar subid: the id of the subscription, where there may be several; None: there is one only.
    :ivar id: the id of the question, which the answer has as well; None: it has none.
    :ivar owner: the own address that was asked.
    """

    service: JID
    node: str
    subscriber: JID
    subid: str | None = None
    id: str | None = None
    owner: JID | None = None


class Approval(BasePlugin):
    """The part of the plugin that approves subscriptions. `XEP_0060` is the only class that builds on it."""

    events: tuple[Event, ...] = (
        Event(
            "pubsub_subscription_request",
            SubscriptionRequest,
            "a service asks whether somebody may subscribe to a node of ours",
            "XEP-0060 §8.6",
        ),
    )

    @handles("message/form", "Pubsub Authorization")
    def _asked(self, message: Message) -> None:
        if message["type"] in ("error", "groupchat"):
            return
        form = Form.of_type(message, AUTHORIZATION)
        if form is None or form.type_ is not FormType.FORM:
            return
        texts = {name: field.texts[0] for name, field in form.field.items() if field.texts}
        try:
            subscriber = JID(texts.get(_SUBSCRIBER, ""))
        except InvalidJID:
            return
        if not subscriber or not texts.get(_NODE):
            return  # without them there is nothing to decide
        request = SubscriptionRequest(
            message["from"],
            texts[_NODE],
            subscriber,
            texts.get(_SUBID) or None,
            message["id"] or None,
            message["to"] or None,
        )
        self.xmpp.event("pubsub_subscription_request", request)

    def answer_subscription_request(self, request: SubscriptionRequest, allow: bool) -> Message:
        """Say whether somebody may subscribe. The service tells the subscriber, and nobody else is told.

        :param request: what the event ``pubsub_subscription_request`` came with.
        :param allow: whether the subscriber may.
        :returns: the message that was sent.
        """
        sender = request.owner if self.xmpp.is_component else None
        answer: Message = self.xmpp.make_message(request.service, mfrom=sender)
        if request.id is not None:
            answer["id"] = request.id
        form = Form()
        form.type_ = FormType.SUBMIT
        form.form_type = AUTHORIZATION
        form.set_values({_NODE: request.node, _SUBSCRIBER: request.subscriber, _ALLOW: allow})
        if request.subid is not None:
            form.set_values({_SUBID: request.subid})
        answer.append(form)
        answer.send()
        return answer
