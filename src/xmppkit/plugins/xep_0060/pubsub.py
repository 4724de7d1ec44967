# SPDX-License-Identifier: MIT
"""Publish-Subscribe (XEP-0060): publishing, reading, being told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import IqError, PreconditionNotMet
from xmppkit.plugins.base import handles, heard, register_plugin
from xmppkit.plugins.xep_0060 import stanza
from xmppkit.plugins.xep_0060.approval import Approval
from xmppkit.plugins.xep_0060.forms import PUBLISH_OPTIONS, Settings, as_form, settings_of
from xmppkit.plugins.xep_0060.owner import OwnerRequests
from xmppkit.plugins.xep_0060.reader import ReaderRequests
from xmppkit.plugins.xep_0060.stanza import Item, Publish, Pubsub, PubsubCondition, Retract, condition_of
from xmppkit.plugins.xep_0060.stanza.pubsub_event import Event as PubsubEvent
from xmppkit.plugins.xep_0060.stanza.pubsub_event import EventItem, EventItems, EventRetract
from xmppkit.plugins.xep_0060.subscriber import Callback, SubscriberRequests
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.types import OptJidStr

__all__ = ["XEP_0060"]

log = logging.getLogger(__name__)

#: The events by the children of a notification that are not items.
_KINDS: Final = {"purge": "purge", "delete": "delete", "configuration": "config", "subscription": "subscription"}
#: What may stand beside several items in a message: it is told again with each of them.
MAX_BESIDE: Final = 32


class _Mapping(NamedTuple):
    """What `map_node_event` was told."""

    event: str
    accepts: Callable[[Message], bool] | None


class XEP_0060(ReaderRequests, SubscriberRequests, OwnerRequests, Approval):  # noqa: N801  # slixmpp's name
    """Publish-Subscribe.

    The methods for reading are in `ReaderRequests`, those for owners in `OwnerRequests` and `Approval`, those for
    subscribers in `SubscriberRequests`, which also says what the parameters mean that all methods have.

    A notification raises the event of what it tells of, with the message: one for each item that was published or
    retracted, with a message that has this item only. Who tells it is ``message['from']``, and nothing in the message
    is worth more than that address.
    """

    name = "xep_0060"
    description = "XEP-0060: Publish-Subscribe"
    dependencies = frozenset({"xep_0004", "xep_0030", "xep_0082", "xep_0131"})
    stanza = stanza
    events = (
        *Approval.events,
        Event("pubsub_publish", Message, "an item was published", "XEP-0060 §7.1.2", raised_as="pubsub_{kind}"),
        Event("pubsub_retract", Message, "an item was deleted", "XEP-0060 §7.2.2", raised_as="pubsub_{kind}"),
        Event("pubsub_purge", Message, "a node has lost all its items", "XEP-0060 §8.5.2", raised_as="pubsub_{kind}"),
        Event("pubsub_delete", Message, "a node is no more", "XEP-0060 §8.4.2", raised_as="pubsub_{kind}"),
        Event("pubsub_config", Message, "a node has been configured", "XEP-0060 §8.2.5", raised_as="pubsub_{kind}"),
        Event(
            "pubsub_subscription",
            Message,
            "a subscription has another state",
            "XEP-0060 §12.14",
            raised_as="pubsub_{kind}",
        ),
        Event(
            "{name}_publish",
            Message,
            "an item was published at a node with a name of its own; as are ``_retract``, ``_purge``, ``_delete``, "
            "``_config`` and ``_subscription``",
            "XEP-0060 §7.1.2",
            raised_as="{name}_{kind}",
        ),
    )

    def plugin_init(self) -> None:
        """Nothing has a name of its own yet."""
        self._names: dict[str, _Mapping] = {}

    # --- events -------------------------------------------------------------------------------------------

    def map_node_event(self, node: str, event_name: str, *, accepts: Callable[[Message], bool] | None = None) -> None:
        """Give what a node tells events of its own: with the name ``tune`` they are ``tune_publish``, ``tune_retract``,
        ``tune_purge``, ``tune_delete``, ``tune_config`` and ``tune_subscription``, beside those that all nodes have.

        :param node: the node, at whatever service.
        :param event_name: the name.
        :param accepts: says of a message whether its sender may tell this. If not, no event at all is raised. None:
            everybody may, and whoever handles the events looks at ``message['from']``.
        """
        self._names[node] = _Mapping(event_name, accepts)

    def unmap_node_event(self, node: str) -> None:
        """Undo `map_node_event`. May be repeated."""
        self._names.pop(node, None)

    @handles("message/pubsub_event", "Pubsub Event")
    def _notified(self, message: Message) -> None:
        event = PubsubEvent.of(message)
        if event is None or message["type"] in ("error", "groupchat"):
            return  # something of ours that has come back, or what an occupant of a room says
        if event.items is not None:
            self._tell_items(message, event, event.items)
        for key, kind in _KINDS.items():
            told = event.get_plugin(key, check=True)
            if told is not None and self._accepts(told["node"], message):
                self._tell(told["node"], kind, message)

    def _accepts(self, node: str, message: Message) -> bool:
        mapping = self._names.get(node)
        if mapping is None or mapping.accepts is None or mapping.accepts(message):
            return True
        log.warning("%s may not tell what is published at %s: ignored", message["from"] or "the server", node)
        return False

    def _tell(self, node: str, kind: str, message: Message) -> None:
        self.xmpp.event(f"pubsub_{kind}", message)
        mapping = self._names.get(node)
        if mapping is not None:
            name = mapping.event
            self.xmpp.event(f"{name}_{kind}", message)

    def _tell_items(self, message: Message, event: PubsubEvent, items: EventItems) -> None:
        node = items["node"]
        if not self._accepts(node, message):
            return
        children = [child for child in items if isinstance(child, (EventItem, EventRetract))]
        if len(children) > 1 and len(message.xml) > MAX_BESIDE:
            log.warning("%s says too much beside the items of %s: ignored", message["from"] or "the server", node)
            return
        for child in children:
            single = message if len(children) == 1 else _single(message, event, items, child)
            self._tell(node, "publish" if isinstance(child, EventItem) else "retract", single)
        if not children:  # a node may tell that something is new, and no more (§4.3)
            self._tell(node, "publish", message)

    # --- publishing ---------------------------------------------------------------------------------------

    def publish(
        self,
        jid: OptJidStr,
        node: str,
        id: str | None = None,
        payload: Element | ElementBase | None = None,
        options: Settings | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Publish an item (§7.1).

        :param id: the item's id; one that is there takes the place of the old one. None: the service finds one,
            ``iq['pubsub']['publish']['item']['id']`` of the answer.
        :param payload: what is published, an element or a stanza. Without an id and a payload there is no item: that
            something has happened is all that is told (§7.1.1).
        :param options: how the node must be configured, a form or a dict, as ``{'access_model': 'whitelist'}``
            (§7.1.5). A node that is not there is created so, if the service does that.
        :returns: a future of the answer. It raises `IqError` or `IqTimeout`;
            `PreconditionNotMet <xmppkit.exceptions.PreconditionNotMet>` if the node is not configured like that.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        pubsub = Pubsub(parent=iq)
        told = Publish(parent=pubsub)
        told.node = node
        if id is not None or payload is not None:
            item = Item(parent=told)
            item.id_ = id
            if payload is not None:
                item["payload"] = payload
        if options is None:
            return iq.send(callback, timeout)
        pubsub["publish_options"] = as_form(options, PUBLISH_OPTIONS)
        answer: asyncio.Future[Iq] = self.xmpp.wrap(_precise(iq.send(callback, timeout)))
        return heard(answer, callback)

    async def publish_and_configure(
        self,
        jid: OptJidStr,
        node: str,
        id: str | None = None,
        payload: Element | ElementBase | None = None,
        options: Settings | None = None,
        ifrom: OptJidStr = None,
        timeout: float | None = None,
    ) -> Iq:
        """Publish an item as `publish` does; and if the node is configured in another way, configure it as `options`
        say, and publish again. Only owners can do that.

        :returns: the answer to the publication.
        :raises IqError: it was refused, or the configuration was.
        :raises PreconditionNotMet: somebody else configures the node in another way, just now.
        :raises IqTimeout: nobody has answered.
        """
        try:
            return await self.publish(jid, node, id, payload, options, ifrom, timeout=timeout)
        except PreconditionNotMet:
            assert options is not None  # or there is nothing to be met
            await self.set_node_config(jid, node, settings_of(options), ifrom, timeout=timeout)
        return await self.publish(jid, node, id, payload, options, ifrom, timeout=timeout)

    def retract(
        self,
        jid: OptJidStr,
        node: str,
        id: str,
        notify: bool | str | None = None,
        ifrom: OptJidStr = None,
        callback: Callback = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Iq]:
        """Delete an item (§7.2).

        :param id: its id.
        :param notify: whether the subscribers are told; None: as the node is configured.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        told = Retract(parent=Pubsub(parent=iq))
        told.node = node
        told["notify"] = notify
        Item(parent=told).id_ = id
        return iq.send(callback, timeout)


async def _precise(answer: asyncio.Future[Iq]) -> Iq:
    """The answer, or the error in its own class where it has one."""
    try:
        return await answer
    except IqError as error:
        if condition_of(error) is PubsubCondition.PRECONDITION_NOT_MET:
            raise PreconditionNotMet(error.iq) from error
        raise


def _single(message: Message, event: PubsubEvent, items: EventItems, child: ElementBase) -> Message:
    """A message like `message` that tells of one item only."""
    xml = Element(message.xml.tag, message.xml.attrib)
    for other in message.xml:
        if other is event.xml:
            told = SubElement(SubElement(xml, other.tag, other.attrib), items.xml.tag, items.xml.attrib)
            told.append(child.xml)
        else:
            xml.append(other)
    return type(message).received(message.stream, xml)


register_plugin(XEP_0060)
