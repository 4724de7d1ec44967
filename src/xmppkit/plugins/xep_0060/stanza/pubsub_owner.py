# SPDX-License-Identifier: MIT
"""What owners ask of a service, and its answers (XEP-0060 §8)."""

from __future__ import annotations

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0060.stanza.base import (
    PUBSUB_OWNER,
    AffiliationKind,
    FormOf,
    NodeType,
    SubscriptionState,
)
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Children
from xmppkit.stanza.iq import Iq

__all__ = [
    "DefaultConfig",
    "OwnerAffiliation",
    "OwnerAffiliations",
    "OwnerConfigure",
    "OwnerDefault",
    "OwnerDelete",
    "OwnerPurge",
    "OwnerRedirect",
    "OwnerSubscription",
    "OwnerSubscriptions",
    "PubsubOwner",
]


class OwnerAffiliation(ElementBase):
    """What somebody may do at the node (§8.9)."""

    __slots__ = ()

    name = "affiliation"
    namespace = PUBSUB_OWNER
    plugin_attrib = "affiliation"

    jid = Attr(JID, doc="who")
    affiliation = Attr(AffiliationKind, doc="what may be done")


class OwnerAffiliations(ElementBase):
    """The affiliations at a node, or those that are to change (§8.9)."""

    __slots__ = ()

    name = "affiliations"
    namespace = PUBSUB_OWNER
    plugin_attrib = "affiliations"

    node = Attr(str, doc="the node")
    affiliations = Children(OwnerAffiliation, doc="each of them")


class OwnerSubscription(ElementBase):
    """Somebody's subscription to the node (§8.8)."""

    __slots__ = ()

    name = "subscription"
    namespace = PUBSUB_OWNER
    plugin_attrib = "subscription"

    jid = Attr(JID, doc="who")
    subscription = Attr(SubscriptionState, doc="its state")
    subid = Attr(str, doc="its id, where there may be several")


class OwnerSubscriptions(ElementBase):
    """The subscriptions to a node, or those that are to change (§8.8)."""

    __slots__ = ()

    name = "subscriptions"
    namespace = PUBSUB_OWNER
    plugin_attrib = "subscriptions"

    node = Attr(str, doc="the node")
    subscriptions = Children(OwnerSubscription, doc="each of them")


class OwnerConfigure(ElementBase):
    """The configuration of a node (§8.2)."""

    __slots__ = ()

    name = "configure"
    namespace = PUBSUB_OWNER
    plugin_attrib = "configure"

    node = Attr(str, doc="the node")
    form = Child(Form, doc="the configuration, with FORM_TYPE pubsub#node_config")


#: COMPAT(slixmpp 1.17): another name.
OwnerDefault = OwnerConfigure


class DefaultConfig(ElementBase):
    """The configuration that a node has if nothing else is said (§8.3)."""

    __slots__ = ()

    name = "default"
    namespace = PUBSUB_OWNER
    plugin_attrib = "default"

    node = Attr(str, doc="the node; the XEP has none here")
    type_ = Attr(NodeType, key="type", doc="what the node holds; None: leaf")
    form = Child(Form, doc="the same as `config`")
    config = FormOf(doc="the configuration, with FORM_TYPE pubsub#node_config")


class OwnerRedirect(ElementBase):
    """The node that takes the place of another (§8.4.1)."""

    __slots__ = ()

    name = "redirect"
    namespace = PUBSUB_OWNER
    plugin_attrib = "redirect"

    uri = Attr(str, doc="where it is, as ``xmpp:hamlet@denmark.lit?;node=blog``")
    jid = Attr(JID, doc="COMPAT(slixmpp 1.17): its service; the XEP has the URI only")
    node = Attr(str, doc="COMPAT(slixmpp 1.17): its name; the XEP has the URI only")


class OwnerDelete(ElementBase):
    """That a node is to be deleted (§8.4)."""

    __slots__ = ()

    name = "delete"
    namespace = PUBSUB_OWNER
    plugin_attrib = "delete"

    node = Attr(str, doc="the node")
    redirect = Child(OwnerRedirect, doc="the node that takes its place; None: none does")


class OwnerPurge(ElementBase):
    """That all items of a node are to be deleted (§8.5)."""

    __slots__ = ()

    name = "purge"
    namespace = PUBSUB_OWNER
    plugin_attrib = "purge"

    node = Attr(str, doc="the node")


class PubsubOwner(ElementBase, parents=(Iq,)):
    """What an owner asks of a service, and its answer: one of the children."""

    __slots__ = ()

    name = "pubsub"
    namespace = PUBSUB_OWNER
    plugin_attrib = "pubsub_owner"

    affiliations = Child(OwnerAffiliations, doc="who may do what")
    configure = Child(OwnerConfigure, doc="the configuration of a node")
    default = Child(DefaultConfig, doc="the usual configuration of a node")
    delete = Child(OwnerDelete, doc="a node to be deleted")
    purge = Child(OwnerPurge, doc="a node to be emptied")
    subscriptions = Child(OwnerSubscriptions, doc="who has subscribed")
