# SPDX-License-Identifier: MIT
"""What a service tells its subscribers (XEP-0060 §7.1.2, §7.2.2, §8.2.5.3, §8.4.2, §8.5.2, §12.14; XEP-0248)."""

from __future__ import annotations

import datetime

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0060.stanza.base import PUBSUB_EVENT, Payload, Redirect, SubscriptionState
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Children
from xmppkit.stanza.message import Message

__all__ = [
    "Event",
    "EventAssociate",
    "EventCollection",
    "EventConfiguration",
    "EventDelete",
    "EventDisassociate",
    "EventItem",
    "EventItems",
    "EventPurge",
    "EventRetract",
    "EventSubscription",
]


class EventItem(ElementBase):
    """An item that was published. Its payload has a class as that of `Item` has."""

    __slots__ = ()

    name = "item"
    namespace = PUBSUB_EVENT
    plugin_attrib = "item"

    id_ = Attr(str, key="id", doc="its id within the node; None: it has none")
    node = Attr(str, doc="the node, where it is another than that of all items (XEP-0248)")
    publisher = Attr(JID, doc="who has published it, says the service (§7.1.2.3); None: it does not say")
    payload = Payload(doc="what is published; None: the notification is without it (§7.1.2.2)")


class EventRetract(ElementBase):
    """An item that was deleted (§7.2.2.1)."""

    __slots__ = ()

    name = "retract"
    namespace = PUBSUB_EVENT
    plugin_attrib = "retract"

    id_ = Attr(str, key="id", doc="its id within the node")


class EventItems(ElementBase):
    """What was published and what was deleted. Iterating gives both, in the order of the XML."""

    __slots__ = ()

    name = "items"
    namespace = PUBSUB_EVENT
    plugin_attrib = "items"

    node = Attr(str, doc="the node")
    items = Children(EventItem, doc="what was published")
    retracts = Children(EventRetract, doc="what was deleted")


class EventAssociate(ElementBase):
    """A node that a collection holds from now on (XEP-0248 §9)."""

    __slots__ = ()

    name = "associate"
    namespace = PUBSUB_EVENT
    plugin_attrib = "associate"

    node = Attr(str, doc="the node")


class EventDisassociate(ElementBase):
    """A node that a collection holds no more (XEP-0248 §9)."""

    __slots__ = ()

    name = "disassociate"
    namespace = PUBSUB_EVENT
    plugin_attrib = "disassociate"

    node = Attr(str, doc="the node")


class EventCollection(ElementBase):
    """What has changed in a collection (XEP-0248)."""

    __slots__ = ()

    name = "collection"
    namespace = PUBSUB_EVENT
    plugin_attrib = "collection"

    node = Attr(str, doc="the collection")
    associate = Child(EventAssociate, doc="what has come")
    disassociate = Child(EventDisassociate, doc="what has gone")


class EventConfiguration(ElementBase):
    """The new configuration of a node (§8.2.5.3)."""

    __slots__ = ()

    name = "configuration"
    namespace = PUBSUB_EVENT
    plugin_attrib = "configuration"

    node = Attr(str, doc="the node")
    form = Child(Form, doc="the configuration; None: that it has changed is all that is told")


class EventDelete(ElementBase):
    """A node that is no more (§8.4.2)."""

    __slots__ = ()

    name = "delete"
    namespace = PUBSUB_EVENT
    plugin_attrib = "delete"

    node = Attr(str, doc="the node")
    redirect = Redirect(doc="the node that takes its place, as a URI; None: none does")


class EventPurge(ElementBase):
    """A node that has lost all its items (§8.5.2)."""

    __slots__ = ()

    name = "purge"
    namespace = PUBSUB_EVENT
    plugin_attrib = "purge"

    node = Attr(str, doc="the node")


class EventSubscription(ElementBase):
    """The new state of a subscription (§12.14)."""

    __slots__ = ()

    name = "subscription"
    namespace = PUBSUB_EVENT
    plugin_attrib = "subscription"

    node = Attr(str, doc="the node")
    jid = Attr(JID, doc="who has subscribed")
    subid = Attr(str, doc="its id, where there may be several")
    subscription = Attr(SubscriptionState, doc="its state")
    expiry = Attr(datetime.datetime, doc="when it ends; None: never")


class Event(ElementBase, parents=(Message,)):
    """What a service tells: one of the children."""

    __slots__ = ()

    name = "event"
    namespace = PUBSUB_EVENT
    plugin_attrib = "pubsub_event"

    items = Child(EventItems, doc="what was published or deleted")
    purge = Child(EventPurge, doc="the node has lost all its items")
    delete = Child(EventDelete, doc="the node is no more")
    configuration = Child(EventConfiguration, doc="the node is configured in another way")
    subscription = Child(EventSubscription, doc="the subscription has another state")
    collection = Child(EventCollection, doc="the collection holds other nodes")
