# SPDX-License-Identifier: MIT
"""What handlers of stanzas are made of; programs import all of it from `xmppkit.pyxmpp2.interfaces`.

A decorator marks a method; `StanzaProcessor.setup_stanza_handlers` finds what is marked.
"""

from __future__ import annotations

import copy
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar
from xml.etree.ElementTree import Element

from xmppkit.pyxmpp2.payloadregistry import STANZA_PAYLOAD_CLASSES, STANZA_PAYLOAD_ELEMENTS

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.stanza import Stanza
    from xmppkit.pyxmpp2.stanzaprocessor import StanzaProcessor

__all__ = [
    "NO_CHANGE",
    "NoChange",
    "StanzaPayload",
    "StanzaRoute",
    "XMPPFeatureHandler",
    "feature_uri",
    "iq_get_stanza_handler",
    "iq_set_stanza_handler",
    "message_stanza_handler",
    "payload_element_name",
    "presence_stanza_handler",
]

log = logging.getLogger("pyxmpp2.interfaces")

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type[Any])


class NoChange(Enum):
    """The class of `NO_CHANGE`."""

    NO_CHANGE = "NO_CHANGE"

    def __str__(self) -> str:
        return "NO_CHANGE"

    __repr__ = __str__


#: The default of an argument that leaves things as they are.
NO_CHANGE: Final = NoChange.NO_CHANGE


class StanzaRoute(ABC):
    """Where stanzas go: a stream, or what stands between streams and handlers."""

    @abstractmethod
    def send(self, stanza: Stanza) -> None:
        """Send a stanza on its way."""

    @abstractmethod
    def uplink_receive(self, stanza: Stanza) -> bool | None:
        """A stanza has come from the stream; whether somebody took it."""


class StanzaPayload(ABC):
    """What a stanza carries. Declare the element of a class with `payload_element_name`."""

    @classmethod
    @abstractmethod
    def from_xml(cls, element: Element) -> Any:
        """The payload of an element. Raises `ProtocolError` when that is malformed."""

    @abstractmethod
    def as_xml(self) -> Element:
        """The payload as an element."""

    def copy(self) -> Self:
        """An independent copy."""
        return copy.deepcopy(self)

    @property
    def handler_key(self) -> object:
        """What handlers find it by, beside its class; None: nothing."""
        return None


def payload_element_name(element_name: str) -> Callable[[C], C]:
    """Class decorator: the class stands for elements of the qualified name `element_name`. May be repeated.

    A class that is declared for a name that has one already takes its place, with a warning.
    """

    def register(cls: C) -> C:
        if element_name in STANZA_PAYLOAD_CLASSES:
            log.warning("%s takes the place of %s", cls.__name__, STANZA_PAYLOAD_CLASSES[element_name].__name__)
        STANZA_PAYLOAD_CLASSES[element_name] = cls
        STANZA_PAYLOAD_ELEMENTS[cls].append(element_name)
        cls._pyxmpp_payload_element_name = [*cls.__dict__.get("_pyxmpp_payload_element_name", ()), element_name]
        return cls

    return register


class XMPPFeatureHandler:
    """Base of objects with methods that handle stanzas.

    :ivar stanza_processor: what the object is registered with, and sends with; None until then.
    """

    stanza_processor: StanzaProcessor | None = None
    _pyxmpp_feature_uris: ClassVar[set[str]] = set()


def feature_uri(uri: str) -> Callable[[C], C]:
    """Class decorator: the class offers the feature that `uri` names (XEP-0030)."""

    def mark(cls: C) -> C:
        cls._pyxmpp_feature_uris = {*getattr(cls, "_pyxmpp_feature_uris", ()), uri}
        return cls

    return mark


def _mark(
    element: str,
    stanza_type: str | None,
    payload_class: type[Any] | None,
    payload_key: object,
    usage_restriction: str | None,
) -> Callable[[F], F]:
    def mark(method: F) -> F:
        marked: Any = method
        marked._pyxmpp_stanza_handled = (element, stanza_type)
        marked._pyxmpp_payload_class_handled = payload_class
        marked._pyxmpp_payload_key = payload_key
        marked._pyxmpp_usage_restriction = usage_restriction
        return method

    return mark


def iq_get_stanza_handler(
    payload_class: type[Any], payload_key: object = None, usage_restriction: str | None = "post-auth"
) -> Callable[[F], F]:
    """The method answers IQs of type ``get``.

    :param payload_class: the class of their payload: a `StanzaPayload`, or any stanza class of a plugin.
    :param payload_key: only payload with this `handler_key`; for `XMLPayload` the qualified name, and required.
    :param usage_restriction: ``pre-auth`` or ``post-auth``: before or after the login; None: both.
    """
    return _mark("iq", "get", payload_class, payload_key, usage_restriction)


def iq_set_stanza_handler(
    payload_class: type[Any], payload_key: object = None, usage_restriction: str | None = "post-auth"
) -> Callable[[F], F]:
    """The method answers IQs of type ``set``. The parameters are those of `iq_get_stanza_handler`."""
    return _mark("iq", "set", payload_class, payload_key, usage_restriction)


def message_stanza_handler(
    stanza_type: str | None = None,
    payload_class: type[Any] | None = None,
    payload_key: object = None,
    usage_restriction: str | None = "post-auth",
) -> Callable[[F], F]:
    """The method gets messages.

    :param stanza_type: only of this type; None is ``normal``, which gets the others too when nobody took them, but for
        errors.
    :param payload_class: only with payload of this class.
    """
    return _mark("message", stanza_type or "normal", payload_class, payload_key, usage_restriction)


def presence_stanza_handler(
    stanza_type: str | None = None,
    payload_class: type[Any] | None = None,
    payload_key: object = None,
    usage_restriction: str | None = "post-auth",
) -> Callable[[F], F]:
    """The method gets presences.

    :param stanza_type: of this type; None: those of somebody who is available, and no others.
    :param payload_class: only with payload of this class.
    """
    kind = None if stanza_type == "available" else stanza_type
    return _mark("presence", kind, payload_class, payload_key, usage_restriction)
