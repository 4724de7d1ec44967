# SPDX-License-Identifier: MIT
"""Binding a resource (RFC 6120 §7), which the engine does: `ResourceBindingHandler` turns it on, and says which."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self
from xml.etree.ElementTree import Element, SubElement

from xmppkit.pyxmpp2.constants import BIND_QNP
from xmppkit.pyxmpp2.exceptions import (
    BadRequestProtocolError,
    JIDError,
    ResourceConstraintProtocolError,
    ServiceUnavailableProtocolError,
)
from xmppkit.pyxmpp2.interfaces import (
    StanzaPayload,
    StreamFeatureHandler,
    XMPPFeatureHandler,
    iq_set_stanza_handler,
    payload_element_name,
)
from xmppkit.pyxmpp2.jid import JID

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.iq import Iq
    from xmppkit.pyxmpp2.settings import XMPPSettings
    from xmppkit.pyxmpp2.streambase import StreamBase

__all__ = ["BIND_JID_TAG", "BIND_RESOURCE_TAG", "FEATURE_BIND", "ResourceBindingHandler", "ResourceBindingPayload"]

FEATURE_BIND = BIND_QNP + "bind"
BIND_JID_TAG = BIND_QNP + "jid"
BIND_RESOURCE_TAG = BIND_QNP + "resource"


@payload_element_name(FEATURE_BIND)
class ResourceBindingPayload(StanzaPayload):
    """What binding asks and answers.

    :ivar jid: the full address that is bound.
    :ivar resource: the resource that is wanted.
    """

    def __init__(self, jid: JID | None = None, resource: str | None = None) -> None:
        self.jid = jid
        self.resource = resource

    @classmethod
    def from_xml(cls, element: Element) -> Self:
        text = element.findtext(BIND_JID_TAG)
        try:
            jid = JID(text) if text else None
        except JIDError as error:
            raise BadRequestProtocolError(f"{text!r} is no address") from error
        return cls(jid, element.findtext(BIND_RESOURCE_TAG) or None)

    def as_xml(self) -> Element:
        element = Element(FEATURE_BIND)
        if self.resource:
            SubElement(element, BIND_RESOURCE_TAG).text = self.resource
        if self.jid:
            SubElement(element, BIND_JID_TAG).text = str(self.jid)
        return element


class ResourceBindingHandler(StreamFeatureHandler, XMPPFeatureHandler):
    """Has a stream bind a resource, or let bind one. A second one is refused.

    :param settings: ``resource`` is what a client asks for, before that of its own address.
    """

    def __init__(self, settings: XMPPSettings | None = None) -> None:
        self.settings = settings

    def wanted(self, stream: StreamBase) -> str | None:
        """The resource that a client asks for."""
        settings = stream.settings if self.settings is None else self.settings
        resource: str | None = settings["resource"] or stream.settings["resource"] or stream.wanted_resource
        return resource

    def choose(self, stream: StreamBase, resource: str | None) -> JID | None:
        """The address that a server gives to a client; override it to decide otherwise.

        :param resource: what the client wants; None if it has no wish.
        :returns: a full address of the account; None refuses with ``conflict``.
        """
        assert stream.peer is not None  # who binds has logged in
        if resource:
            try:
                return JID(stream.peer.local, stream.peer.domain, resource)
            except JIDError:
                resource = None
        return JID(stream.peer.local, stream.peer.domain, str(uuid.uuid4()))

    @iq_set_stanza_handler(ResourceBindingPayload)
    def refuse_another(self, stanza: Iq) -> None:
        """Somebody wants to bind who has done so."""
        if getattr(stanza.return_path, "initiator", True):
            raise ServiceUnavailableProtocolError("nobody binds at a client")
        raise ResourceConstraintProtocolError("a stream has one resource")
