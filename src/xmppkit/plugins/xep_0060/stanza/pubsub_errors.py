# SPDX-License-Identifier: MIT
"""What went wrong, in the words of XEP-0060 (§17.2): ``iq['error']['pubsub']['condition']``."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Final
from xml.etree.ElementTree import Element

from xmppkit.exceptions import XMPPError
from xmppkit.plugins.xep_0060.stanza.base import PUBSUB_ERRORS
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.fields import Attr, ElementName
from xmppkit.xml.names import clark

__all__ = ["PubsubCondition", "PubsubErrorCondition", "condition_of"]

_UNSUPPORTED: Final = clark(PUBSUB_ERRORS, "unsupported")


class PubsubCondition(StrEnum):
    """The conditions (§17.2), and those of the text that the schema has forgotten."""

    CLOSED_NODE = "closed-node"
    CONFIGURATION_REQUIRED = "configuration-required"
    INVALID_JID = "invalid-jid"
    INVALID_OPTIONS = "invalid-options"
    INVALID_PAYLOAD = "invalid-payload"
    INVALID_SUBID = "invalid-subid"
    ITEM_FORBIDDEN = "item-forbidden"
    ITEM_REQUIRED = "item-required"
    JID_REQUIRED = "jid-required"
    MAX_ITEMS_EXCEEDED = "max-items-exceeded"
    MAX_NODES_EXCEEDED = "max-nodes-exceeded"
    NODE_FULL = "node-full"
    NODEID_REQUIRED = "nodeid-required"
    NOT_IN_ROSTER_GROUP = "not-in-roster-group"
    NOT_SUBSCRIBED = "not-subscribed"
    PAYLOAD_TOO_BIG = "payload-too-big"
    PAYLOAD_REQUIRED = "payload-required"
    PENDING_SUBSCRIPTION = "pending-subscription"
    PRECONDITION_NOT_MET = "precondition-not-met"
    PRESENCE_SUBSCRIPTION_REQUIRED = "presence-subscription-required"
    SUBID_REQUIRED = "subid-required"
    TOO_MANY_SUBSCRIPTIONS = "too-many-subscriptions"
    UNSUPPORTED = "unsupported"
    UNSUPPORTED_ACCESS_MODEL = "unsupported-access-model"


class _Feature(Attr["str | None"]):
    """The attribute ``feature``, which only ``unsupported`` has; setting it makes that the condition."""

    __slots__ = ()

    def text(self, xml: Element) -> str | None:
        return super().text(xml) if xml.tag == _UNSUPPORTED else None

    def set(self, stanza: ElementBase, value: str | None) -> None:
        PubsubErrorCondition.condition.set(stanza, PubsubCondition.UNSUPPORTED)
        super().set(stanza, value)

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        if isinstance(value, str) and not value:
            self.delete(stanza)
        else:
            self.set(stanza, value)


class PubsubErrorCondition(ElementBase, parents=(Error,)):
    """The condition of XEP-0060 that an error has, beside that of RFC 6120: an element whose name it is.

    ``iq['error']['pubsub']['condition']`` is ``''`` where there is none, and reading changes nothing.
    """

    __slots__ = ()

    name = PubsubCondition.CLOSED_NODE.value
    other_names = tuple(each.value for each in PubsubCondition if each is not PubsubCondition.CLOSED_NODE)
    namespace = PUBSUB_ERRORS
    plugin_attrib = "pubsub"
    #: COMPAT(slixmpp 1.17): the conditions, and their namespace.
    conditions: ClassVar[set[str]] = {each.value for each in PubsubCondition}
    condition_ns: ClassVar[str] = PUBSUB_ERRORS

    condition = ElementName(PubsubCondition, doc="what went wrong")
    unsupported = _Feature(str, name="feature", doc="the feature that the service lacks; it has this condition only")

    def setup(self, xml: Element | None = None) -> bool:
        """What is made to be asked is in its parent only when it has a condition."""
        present: Element | None = self.xml  # what the constructor was given
        if present is not None:
            return False
        self.xml = Element(self.tag_name())
        return True


def condition_of(error: XMPPError) -> PubsubCondition | None:
    """What went wrong, in the words of XEP-0060; None where the answer does not say it in them.

    :param error: what a method of the plugin has raised.
    """
    iq = getattr(error, "iq", None)
    if iq is None or iq["type"] != "error":
        return None
    condition: PubsubCondition | None = iq["error"]["pubsub"].condition
    return condition
