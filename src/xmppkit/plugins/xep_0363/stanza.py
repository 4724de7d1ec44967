# SPDX-License-Identifier: MIT
"""Asking for a slot, the slot, and why there is none (XEP-0363 §4-§6)."""

from __future__ import annotations

import datetime
from typing import Final, TypeAlias

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.fields import Attr, Child, Children, ChildText, ElementText
from xmppkit.stanza.iq import Iq

__all__ = [
    "EphemeralPurpose",
    "FileTooLarge",
    "Get",
    "Header",
    "MessagePurpose",
    "PermanentPurpose",
    "ProfilePurpose",
    "Purpose",
    "Put",
    "Request",
    "Retry",
    "Slot",
]

UPLOAD: Final = "urn:xmpp:http:upload:0"
PURPOSE: Final = "urn:xmpp:http:upload:purpose:0"


class MessagePurpose(ElementBase):
    """The file belongs to a message: what is taken for granted without a purpose (§5.1)."""

    __slots__ = ()

    name = plugin_attrib = "message"
    namespace = PURPOSE


class ProfilePurpose(ElementBase):
    """The file is an avatar or the like: small, and kept long (§5.2)."""

    __slots__ = ()

    name = plugin_attrib = "profile"
    namespace = PURPOSE


class EphemeralPurpose(ElementBase):
    """The file is to be gone at a certain time (§5.3)."""

    __slots__ = ()

    name = plugin_attrib = "ephemeral"
    namespace = PURPOSE

    expire_before = Attr(datetime.datetime, name="expire-before", doc="when the file must be gone")


class PermanentPurpose(ElementBase):
    """The file is to stay (§5.4)."""

    __slots__ = ()

    name = plugin_attrib = "permanent"
    namespace = PURPOSE


#: The purposes by name.
PURPOSES: Final[dict[str, type[Purpose]]] = {
    each.name: each for each in (MessagePurpose, ProfilePurpose, EphemeralPurpose, PermanentPurpose)
}
#: What a file is for.
Purpose: TypeAlias = MessagePurpose | ProfilePurpose | EphemeralPurpose | PermanentPurpose


class Request(ElementBase, parents=(Iq,)):
    """A slot is asked for (§4)."""

    __slots__ = ()

    name = "request"
    namespace = UPLOAD
    plugin_attrib = "http_upload_request"

    filename = Attr(str, doc="the name of the file, without its directory")
    size = Attr(int, minimum=1, doc="bytes of the file")
    content_type = Attr(str, key="content-type", name="content-type", doc="the media type, as image/jpeg")
    message = Child(MessagePurpose, doc="the file belongs to a message")
    profile = Child(ProfilePurpose, doc="the file is an avatar or the like")
    ephemeral = Child(EphemeralPurpose, doc="the file is to be gone at a certain time")
    permanent = Child(PermanentPurpose, doc="the file is to stay")

    @property
    def purpose(self) -> Purpose | None:
        """What the file is for; None: it is not said, which means a message."""
        return self.message or self.profile or self.ephemeral or self.permanent


class Header(ElementBase):
    """A header for the HTTP request. Only ``Authorization``, ``Cookie`` and ``Expires`` may be used; see
    `allowed_headers <xmppkit.plugins.xep_0363.slots.allowed_headers>`."""

    __slots__ = ()

    name = plugin_attrib = "header"
    plugin_multi_attrib = "headers"
    namespace = UPLOAD

    name_ = Attr(str, key="name", name="name", doc="the header's name, in upper or lower case")
    value = ElementText(str, doc="the header's value")


class Put(ElementBase):
    """Where the file is to be sent."""

    __slots__ = ()

    name = plugin_attrib = "put"
    namespace = UPLOAD

    url = Attr(str, doc="the URL, as the service wrote it")
    headers = Children(Header, doc="the headers as the service wrote them, allowed or not")


class Get(ElementBase):
    """Where the file will be."""

    __slots__ = ()

    name = plugin_attrib = "get"
    namespace = UPLOAD

    url = Attr(str, doc="the URL, as the service wrote it")


class Slot(ElementBase, parents=(Iq,)):
    """A place for one file (§4)."""

    __slots__ = ()

    name = "slot"
    namespace = UPLOAD
    plugin_attrib = "http_upload_slot"

    put_ = Child(Put, doc="where the file is to be sent")
    get_ = Child(Get, doc="where the file will be")


class FileTooLarge(ElementBase, parents=(Error,)):
    """There is no slot because the file is too large (§6)."""

    __slots__ = ()

    name = "file-too-large"
    namespace = UPLOAD
    plugin_attrib = "file_too_large"

    max_file_size = ChildText(int, name="max-file-size", minimum=0, doc="bytes that a file may have; None: not said")


class Retry(ElementBase, parents=(Error,)):
    """There is no slot now, but at a certain time there may be one (§6)."""

    __slots__ = ()

    name = "retry"
    namespace = UPLOAD
    plugin_attrib = "http_upload_retry"

    stamp = Attr(datetime.datetime, doc="when to try again")
