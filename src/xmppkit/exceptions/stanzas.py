# SPDX-License-Identifier: MIT
"""Stanza errors (RFC 6120 §8.3), and what became of stanzas that were sent."""

from __future__ import annotations

from xmppkit.exceptions.root import XMPPKitError, in_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar, Protocol

    class ErrorStanza(Protocol):
        """What an exception needs of the stanza it carries: slixmpp's item access."""

        def __getitem__(self, key: str) -> Any: ...


__all__ = ["DeliveryFailed", "InvalidForm", "IqError", "IqTimeout", "PreconditionNotMet", "PresenceError", "XMPPError"]


class XMPPError(XMPPKitError):
    """A stanza error (RFC 6120 §8.3). Raised in a handler, it becomes the answer to the stanza being handled.

    :param condition: one of the defined conditions of RFC 6120 §8.3.3; any other raises ValueError.
    :param text: a sentence for the human at the other end; it goes over the wire.
    :param etype: ``cancel``, ``continue``, ``modify``, ``auth`` or ``wait``; None takes the RFC's own for
        the condition.
    :param extension: name of an application-specific condition element, with its namespace and attributes in
        ``extension_ns`` and ``extension_args``.
    :param clear: leave the payload of the stanza out of the answer.
    :param by: the JID of the entity that found the error (RFC 6120 §8.3.2).
    """

    #: The error type that RFC 6120 §8.3.3 gives each defined condition.
    default_types: ClassVar[dict[str, str]] = {
        "bad-request": "modify",
        "conflict": "cancel",
        "feature-not-implemented": "cancel",
        "forbidden": "auth",
        "gone": "modify",
        "internal-server-error": "wait",
        "item-not-found": "cancel",
        "jid-malformed": "modify",
        "not-acceptable": "modify",
        "not-allowed": "cancel",
        "not-authorized": "auth",
        "payment-required": "auth",
        "policy-violation": "modify",
        "recipient-unavailable": "wait",
        "redirect": "modify",
        "registration-required": "auth",
        "remote-server-not-found": "cancel",
        "remote-server-timeout": "wait",
        "resource-constraint": "wait",
        "service-unavailable": "cancel",
        "subscription-required": "auth",
        "undefined-condition": "cancel",
        "unexpected-request": "modify",
    }

    def __init__(
        self,
        condition: str = "undefined-condition",
        text: str = "",
        etype: str | None = None,
        extension: str | None = None,
        extension_ns: str | None = None,
        extension_args: Mapping[str, str] | None = None,
        clear: bool = True,
        by: object | None = None,
    ) -> None:
        if condition not in self.default_types:
            raise ValueError(f"{condition!r} is no stanza error condition of RFC 6120 §8.3.3")
        super().__init__(condition, text)
        self.condition = condition
        self.text = text
        self.etype = etype if etype is not None else self.default_types[condition]
        self.extension = extension
        self.extension_ns = extension_ns
        self.extension_args: dict[str, str] = dict(extension_args) if extension_args else {}
        self.clear = clear
        self.by = by

    def format(self) -> str:
        """The error in one line: ``type: condition: text: extension``, without the parts that are empty. Control
        characters in the text are written as escapes."""
        extension = ""
        if self.extension:
            extension = f"{{{self.extension_ns}}}{self.extension}" if self.extension_ns else self.extension
        return in_one_line(": ".join(part for part in (self.etype, self.condition, self.text, extension) if part))

    def __str__(self) -> str:
        return self.format()


class IqError(XMPPError):
    """An IQ was answered with ``type='error'``. `iq` is that answer."""

    def __init__(self, iq: ErrorStanza) -> None:
        error = iq["error"]
        condition = error["condition"] or "undefined-condition"
        if condition not in self.default_types:
            condition = "undefined-condition"
        super().__init__(condition, error["text"] or "", error["type"] or None, by=error["by"] or None)
        self.iq = iq

    def __str__(self) -> str:
        return f"{self.iq['from'] or 'the server'} answered: {self.format()}"


class PreconditionNotMet(IqError):
    """Nothing was published: the node is configured in another way than the publisher's options say (XEP-0060 §7.1.5).
    Configure it, or publish with other options."""


class IqTimeout(XMPPError):
    """An IQ was not answered in time. `iq` is the request."""

    def __init__(self, iq: ErrorStanza) -> None:
        super().__init__("remote-server-timeout", "", "cancel")
        self.iq = iq

    def __str__(self) -> str:
        return f"no answer from {self.iq['to'] or 'the server'} to IQ {self.iq['id']}"


class PresenceError(XMPPError):
    """A presence was answered with ``type='error'``. `presence` is that answer."""

    def __init__(self, pres: ErrorStanza) -> None:
        error = pres["error"]
        condition = error["condition"] or "undefined-condition"
        if condition not in self.default_types:
            condition = "undefined-condition"
        super().__init__(condition, error["text"] or "", error["type"] or None, by=error["by"] or None)
        self.presence = pres


class InvalidForm(XMPPError):
    """The answers to a data form do not fit it (XEP-0004 §4). As the answer to a stanza it is ``not-acceptable``.

    :ivar faults: what is wrong, by the names of fields.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("not-acceptable", "; ".join(f"{name}: {fault}" for name, fault in faults.items()))
        self.faults = dict(faults)


class DeliveryFailed(XMPPKitError):
    """A message that was sent will not arrive, or nobody will ever know whether it has.

    :ivar reason: why: a `xmppkit.types.DeliveryReason`.
    :ivar stanza: the error with which it was answered; None: it was not.
    """

    def __init__(self, reason: str, text: str, stanza: ErrorStanza | None = None) -> None:
        super().__init__(reason, text, stanza)
        self.reason = reason
        self.stanza = stanza

    def __str__(self) -> str:
        return in_one_line(f"the message was not delivered: {self.args[1]}")
