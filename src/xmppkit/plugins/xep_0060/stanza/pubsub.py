# SPDX-License-Identifier: MIT
"""What entities, subscribers and publishers ask of a service, and its answers (XEP-0060 §5 to §7)."""

from __future__ import annotations

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0059.stanza import Set
from xmppkit.plugins.xep_0060.stanza.base import (
    PUBSUB,
    AffiliationKind,
    FormOf,
    NodeType,
    OptionalSetting,
    Payload,
    SubscriptionState,
)
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Children
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message

__all__ = [
    "Affiliation",
    "Affiliations",
    "Configure",
    "Create",
    "Default",
    "Item",
    "Items",
    "Options",
    "Publish",
    "PublishOptions",
    "Pubsub",
    "Retract",
    "Subscribe",
    "SubscribeOptions",
    "Subscription",
    "Subscriptions",
    "Unsubscribe",
]


class Affiliation(ElementBase):
    """What somebody may do at a node (§5.7)."""

    __slots__ = ()

    name = "affiliation"
    namespace = PUBSUB
    plugin_attrib = "affiliation"

    node = Attr(str, doc="the node")
    affiliation = Attr(AffiliationKind, doc="what may be done")
    jid = Attr(JID, doc="who; None: who has asked")


class Affiliations(ElementBase):
    """All affiliations of who asks (§5.7)."""

    __slots__ = ()

    name = "affiliations"
    namespace = PUBSUB
    plugin_attrib = "affiliations"

    node = Attr(str, doc="the node; None: all nodes")
    affiliations = Children(Affiliation, doc="each of them")


class Configure(ElementBase):
    """The configuration of a node that is being created (§8.1.3)."""

    __slots__ = ()

    name = "configure"
    namespace = PUBSUB
    plugin_attrib = "configure"

    node = Attr(str, doc="the node; None as a part of its creation")
    type_ = Attr(NodeType, key="type", doc="what the node holds; None: leaf")
    form = Child(Form, doc="the configuration, with FORM_TYPE pubsub#node_config")

    def getType(self) -> str:  # noqa: N802  # slixmpp's name
        """What the node holds, ``leaf`` or ``collection``."""
        return (self.type_ or NodeType.LEAF).value


class Create(ElementBase):
    """That a node is to be created (§8.1)."""

    __slots__ = ()

    name = "create"
    namespace = PUBSUB
    plugin_attrib = "create"

    node = Attr(str, doc="its name; None: the service finds one (§8.1.1)")


class Default(ElementBase):
    """The options that a subscription has if nothing else is said (§6.4)."""

    __slots__ = ()

    name = "default"
    namespace = PUBSUB
    plugin_attrib = "default"

    node = Attr(str, doc="the node; None: all nodes")
    type_ = Attr(NodeType, key="type", doc="what the node holds; None: leaf")
    form = Child(Form, doc="the options, with FORM_TYPE pubsub#subscribe_options")


class Item(ElementBase):
    """An item (§6.5, §7.1).

    What is published has classes of its own: one that is registered here, and with `EventItem`, is found by
    ``Nick.of(item)`` and as ``item['nick']``. Everything is in ``item['payload']``.
    """

    __slots__ = ()

    name = "item"
    namespace = PUBSUB
    plugin_attrib = "item"
    plugin_multi_attrib = "items"

    id_ = Attr(str, key="id", doc="its id within the node; None: the service finds one (§7.1.1)")
    publisher = Attr(JID, doc="who has published it, says the service (§7.1.2.3); None: it does not say")
    payload = Payload(doc="what is published")


class Items(ElementBase):
    """Which items are wanted, and the items (§6.5)."""

    __slots__ = ()

    name = "items"
    namespace = PUBSUB
    plugin_attrib = "items"

    node = Attr(str, doc="the node")
    max_items = Attr(int, minimum=1, doc="as many of the latest are wanted; None: all")
    subid = Attr(str, doc="the id of the subscription, where there are several")
    items = Children(Item, doc="the items; in a request those with these ids only")


class Options(ElementBase):
    """The options of a subscription (§6.3)."""

    __slots__ = ()

    name = "options"
    namespace = PUBSUB
    plugin_attrib = "options"

    node = Attr(str, doc="the node; None beside a subscription")
    jid = Attr(JID, doc="who has subscribed; None beside a subscription")
    subid = Attr(str, doc="the id of the subscription, where there are several")
    form = Child(Form, doc="the same as `options`")
    options = FormOf(doc="the options, with FORM_TYPE pubsub#subscribe_options")


class Publish(ElementBase):
    """Items to be published, and the answer with their ids (§7.1)."""

    __slots__ = ()

    name = "publish"
    namespace = PUBSUB
    plugin_attrib = "publish"

    node = Attr(str, doc="the node")
    items = Children(Item, doc="the items: one at most")


class PublishOptions(ElementBase):
    """What the configuration of the node must be for the publication to take place (§7.1.5):
    ``iq['pubsub']['publish_options'] = form``."""

    __slots__ = ()

    name = "publish-options"
    namespace = PUBSUB
    plugin_attrib = "publish_options"
    is_extension = True

    form = Child(Form, doc="the same as `publish_options`")
    publish_options = FormOf(doc="the conditions, with FORM_TYPE pubsub#publish-options")


class Retract(ElementBase):
    """Items to be deleted (§7.2)."""

    __slots__ = ()

    name = "retract"
    namespace = PUBSUB
    plugin_attrib = "retract"

    node = Attr(str, doc="the node")
    notify = Attr(bool, doc="whether the subscribers are to be told; None: as the node is configured")
    items = Children(Item, doc="the items, by their ids")


class Subscribe(ElementBase):
    """That somebody wants to be told what is published (§6.1)."""

    __slots__ = ()

    name = "subscribe"
    namespace = PUBSUB
    plugin_attrib = "subscribe"

    node = Attr(str, doc="the node; None: that of the address (§4.6.1)")
    jid = Attr(JID, doc="the address to which notifications go")
    options = Child(Options, doc="COMPAT(slixmpp 1.17): the options; they belong beside this element (§6.3.7)")


class SubscribeOptions(OptionalSetting):
    """That a subscription may, or must, be configured (§6.1.5)."""

    __slots__ = ()

    name = "subscribe-options"
    namespace = PUBSUB
    plugin_attrib = "suboptions"


class Subscription(ElementBase):
    """A subscription (§5.6, §6.1.2)."""

    __slots__ = ()

    name = "subscription"
    namespace = PUBSUB
    plugin_attrib = "subscription"

    node = Attr(str, doc="the node")
    jid = Attr(JID, doc="who has subscribed")
    subid = Attr(str, doc="its id, where there may be several; None: there is one only")
    subscription = Attr(SubscriptionState, doc="its state")
    suboptions = Child(SubscribeOptions, doc="that it may be configured; None: nothing is said of it")


class Subscriptions(ElementBase):
    """All subscriptions of who asks (§5.6)."""

    __slots__ = ()

    name = "subscriptions"
    namespace = PUBSUB
    plugin_attrib = "subscriptions"

    node = Attr(str, doc="the node; None: all nodes")
    subscriptions = Children(Subscription, doc="each of them")


class Unsubscribe(ElementBase):
    """That a subscription is to end (§6.2)."""

    __slots__ = ()

    name = "unsubscribe"
    namespace = PUBSUB
    plugin_attrib = "unsubscribe"

    node = Attr(str, doc="the node; None: that of the address (§4.6.1)")
    jid = Attr(JID, doc="who has subscribed")
    subid = Attr(str, doc="the id of the subscription, where there are several")


class Pubsub(ElementBase, parents=(Iq, Message)):
    """What is asked of a service, and its answer: one of the children, or two that belong together. In a message, what
    we may do from now on (§8.9.4)."""

    __slots__ = ()

    name = "pubsub"
    namespace = PUBSUB
    plugin_attrib = "pubsub"

    affiliations = Child(Affiliations, doc="the affiliations of who asks")
    create = Child(Create, doc="a node to be created")
    configure = Child(Configure, doc="its configuration")
    default = Child(Default, doc="the usual options of a subscription")
    items = Child(Items, doc="items that are asked for")
    options = Child(Options, doc="the options of a subscription")
    publish = Child(Publish, doc="items to be published")
    publish_options = Child(PublishOptions, doc="what the node's configuration must be")
    retract = Child(Retract, doc="items to be deleted")
    subscribe = Child(Subscribe, doc="a subscription that is wanted")
    subscription = Child(Subscription, doc="the subscription that there is now")
    subscriptions = Child(Subscriptions, doc="the subscriptions of who asks")
    unsubscribe = Child(Unsubscribe, doc="a subscription that is to end")
    rsm = Child(Set, doc="which page of the items this is, or is wanted (§6.5.4)")
