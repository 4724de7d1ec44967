# SPDX-License-Identifier: MIT
"""Every error that xmppkit raises on purpose.

::

    Exception
    └── XMPPKitError                      the root: `except XMPPKitError` catches all of the below
        ├── XMPPError                     a stanza error (RFC 6120 §8.3); raise it to answer with it
        │   ├── IqError                   an IQ was answered with an error
        │   │   └── PreconditionNotMet    a pubsub node is not configured as the publisher wants it
        │   ├── IqTimeout                 an IQ was not answered in time
        │   ├── PresenceError             a presence was answered with an error
        │   └── InvalidForm               the answers to a data form do not fit it
        ├── LocalError                    the program did something that cannot work
        │   ├── LocalProtocolError        a call that the stream's state does not allow
        │   ├── NotConnectedError         a send without a connection
        │   ├── QueueFull                 a send while too much waits for being acknowledged
        │   ├── ContinueQueue             a filter gives a stanza up
        │   ├── InvalidJID                (ValueError) not an address of RFC 7622
        │   ├── InvalidValue              (ValueError) a value that a stanza field cannot hold
        │   ├── UnserializableXML         (ValueError) a stanza that cannot be written as XML 1.0
        │   ├── ConfigurationError        (ValueError) a setting outside its type or bounds
        │   ├── InvalidCABundle           none of the named CA files exists
        │   ├── PluginNotFound            no plugin of that name
        │   ├── NameTaken                 another library is imported by the name that xmppkit should have
        │   └── StringPrepError           (ValueError) a string that a profile refuses
        ├── SASLError                     an authentication mechanism stopped
        │   ├── SASLCancelled             the application or the policy refused to go on
        │   ├── SASLFailed                the peer's data broke the mechanism's rules
        │   │   └── SASLMutualAuthFailed  the server did not prove that it knows the password
        │   └── SASLNoAppropriateMechanism  nothing offered is allowed
        ├── DeliveryFailed                a message that was sent will not arrive, or nobody knows
        ├── StorageError                  what is kept could not be read or written
        │   ├── StorageFull               a bound of a collection does not allow it
        │   ├── StorageConflict           somebody else was faster; nothing was written
        │   └── StorageCorrupted          the file is none that can be read; it is left as it is
        └── RemoteError                   the peer or the network failed; says what, where and what to do
            ├── HostNotFound              the name does not resolve
            ├── ConnectionRefused         nothing listens there, or the network says no
            ├── ProxyRefused              the proxy does not want us, or is none
            ├── ConnectionLost            an established connection ended without a closing tag
            ├── NegotiationTimeout        the peer fell silent before the session was ready
            ├── NotXMPP                   the peer speaks another protocol
            ├── MalformedStream           the peer broke RFC 6120's XML or stream rules
            ├── StreamErrorReceived       the peer closed the stream with an error (RFC 6120 §4.9)
            ├── StreamClosed              the peer closed the stream in order, unasked
            ├── TLSFailed                 the TLS handshake failed
            │   └── CertificateInvalid    the certificate does not prove the domain
            │       ├── CertificateUntrusted   signed by nobody we trust
            │       ├── CertificateExpired     outside its period of validity
            │       └── CertificateWrongHost   made for another name
            ├── TLSRequired               the peer does not offer the TLS that the policy asks for
            ├── AuthenticationFailed      the server refused the credentials
            ├── NegotiationFailed         a later step (bind, session, handshake) was refused
            └── ContentMismatch           a peer sent something else than what was asked for

Misuse (`LocalError`) and remote fault (`RemoteError`) are different branches on purpose: the first is a bug
to fix, the second a condition to handle. Data is in attributes, text in ``str()``.
This module imports nothing.
"""

from __future__ import annotations

__all__ = [
    "AuthenticationFailed",
    "CertificateExpired",
    "CertificateInvalid",
    "CertificateUntrusted",
    "CertificateWrongHost",
    "ConfigurationError",
    "ConnectionLost",
    "ConnectionRefused",
    "ContentMismatch",
    "ContinueQueue",
    "DeliveryFailed",
    "HostNotFound",
    "InvalidCABundle",
    "InvalidForm",
    "InvalidJID",
    "InvalidValue",
    "IqError",
    "IqTimeout",
    "LocalError",
    "LocalProtocolError",
    "MalformedStream",
    "NameTaken",
    "NegotiationFailed",
    "NegotiationTimeout",
    "NotConnectedError",
    "NotXMPP",
    "PluginNotFound",
    "PreconditionNotMet",
    "PresenceError",
    "ProxyRefused",
    "QueueFull",
    "RemoteError",
    "SASLCancelled",
    "SASLError",
    "SASLFailed",
    "SASLMutualAuthFailed",
    "SASLNoAppropriateMechanism",
    "StorageConflict",
    "StorageCorrupted",
    "StorageError",
    "StorageFull",
    "StreamClosed",
    "StreamErrorReceived",
    "StringPrepError",
    "TLSFailed",
    "TLSRequired",
    "UnserializableXML",
    "XMPPError",
    "XMPPKitError",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar, Protocol

    class ErrorStanza(Protocol):
        """What an exception needs of the stanza it carries: slixmpp's item access."""

        def __getitem__(self, key: str) -> Any: ...


class XMPPKitError(Exception):
    """The root of every error that xmppkit raises on purpose."""


# --- stanza errors --------------------------------------------------------------------------------------


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
        """The error in one line: ``type: condition: text: extension``, without the parts that are empty."""
        extension = ""
        if self.extension:
            extension = f"{{{self.extension_ns}}}{self.extension}" if self.extension_ns else self.extension
        return ": ".join(part for part in (self.etype, self.condition, self.text, extension) if part)

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


# --- misuse ---------------------------------------------------------------------------------------------


class LocalError(XMPPKitError):
    """The program did something that cannot work; nothing was sent and nothing was lost."""


class LocalProtocolError(LocalError):
    """A call that the stream's state does not allow; the message names both."""


class NotConnectedError(LocalError):
    """A send while there is no connection."""


class QueueFull(LocalError):
    """A send while so much waits for being acknowledged (XEP-0198) that nothing more is taken."""


class ContinueQueue(LocalError):
    """COMPAT(slixmpp 1.17): the name of what ends the work on one stanza of the send queue. Nothing raises it here; a
    filter that does stops its stanza, as with any other exception."""


class InvalidJID(LocalError, ValueError):
    """Not an address of RFC 7622.

    :ivar part: ``local``, ``domain``, ``resource`` or ``jid``: what is wrong.
    :ivar reason: why.
    :ivar value: the string that was refused.
    """

    def __init__(self, part: str = "jid", reason: str = "", value: str = "") -> None:
        super().__init__(part, reason, value)
        self.part = part
        self.reason = reason
        self.value = value

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
        what = "address" if self.part == "jid" else f"{self.part} part of an address"
        if not self.reason:
            return f"{shown!r} is no {what}"
        return f"{shown!r} is no {what}: {self.reason}"


class InvalidValue(LocalError, ValueError):
    """A value that a stanza field cannot hold, or text that is none of the field's values.

    :ivar field: the field's name, with its class where it is known.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason, field)
        self.reason = reason
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


class UnserializableXML(LocalError, ValueError):
    """An element that cannot be written as XML 1.0.

    :ivar path: where, as ``message/body`` or ``iq/@to``.
    :ivar reason: what is wrong there.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot write {self.path} as XML: {self.reason}"


class ConfigurationError(LocalError, ValueError):
    """A setting outside its type or bounds; the message names the setting and what it takes."""


class InvalidCABundle(LocalError):
    """None of the CA files that were named exists. `path` is what was named."""

    def __init__(self, path: object = None) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"no CA certificates at {self.path}: name an existing PEM file"


class PluginNotFound(LocalError):
    """No plugin of that name, neither registered nor in xmppkit. `name` is what was asked for."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no plugin {self.name!r}"


class NameTaken(LocalError, ImportError):
    """Another library is imported by the name that xmppkit should have. `name` is that name."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f"{self.name} itself is imported already, and what the program holds of it does not go with xmppkit: "
            f"call xmppkit.install_as_{self.name}() before anything imports {self.name}"
        )


class StringPrepError(LocalError, ValueError):
    """A string that a string preparation profile refuses."""


# --- authentication mechanisms --------------------------------------------------------------------------


class SASLError(XMPPKitError):
    """An authentication mechanism stopped (RFC 4422)."""


class SASLCancelled(SASLError):
    """The application or the policy refused to go on; the exchange is aborted."""


class SASLFailed(SASLError):
    """The peer's data broke the mechanism's rules; the message says which."""


class SASLMutualAuthFailed(SASLFailed):
    """The server did not prove that it knows the password (RFC 5802 §3)."""


class SASLNoAppropriateMechanism(SASLError):
    """Nothing that the server offers is allowed; the message says what and which rule forbade it."""


# --- messages -------------------------------------------------------------------------------------------


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
        return f"the message was not delivered: {self.args[1]}"


# --- storage ---------------------------------------------------------------------------------------------


class StorageError(XMPPKitError):
    """What is kept could not be read or written; the message names the file or the collection. Nothing of what was to
    be written has been."""


class StorageFull(StorageError):
    """A bound of a collection (bytes of a value, entries, bytes in all) does not allow it; the message says which."""


class StorageConflict(StorageError):
    """An entry is not as it was expected to be: somebody else was faster. Read it again, then decide."""


class StorageCorrupted(StorageError):
    """The file is none that can be read. It is left as it is: move it away, or restore it."""


# --- the peer and the network ---------------------------------------------------------------------------


class RemoteError(XMPPKitError):
    """The peer or the network failed.

    :ivar reason: what happened, in a sentence.
    :ivar where: the domain, host and port or JID concerned; empty where there is none.
    :ivar advice: what the user can do; empty where there is nothing.
    """

    default_advice = ""

    def __init__(self, reason: str, *, where: str = "", advice: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where
        self.advice = self.default_advice if advice is None else advice

    def __str__(self) -> str:
        text = f"{self.where}: {self.reason}" if self.where else self.reason
        return f"{text} ({self.advice})" if self.advice else text


class HostNotFound(RemoteError):
    """The name does not resolve."""

    default_advice = "check the domain, or give host and port to connect()"


class ConnectionRefused(RemoteError, ConnectionError):
    """Nothing listens there, or the network does not lead there.

    It is an OSError, too: programs for slixmpp expect one with the event ``connection_failed``.
    """

    default_advice = "check host and port, and that the server is running"


class ProxyRefused(RemoteError):
    """The proxy does not want us, or what is there is no proxy of that kind. Trying again would not help."""

    default_advice = "check the setting proxy: kind, host, port, username and password"


class ConnectionLost(RemoteError):
    """An established connection ended without the stream's closing tag."""

    default_advice = "connect again; auto_reconnect does it for a session that had started"


class NegotiationTimeout(RemoteError):
    """The peer fell silent before the session was ready."""

    default_advice = "check that an XMPP server listens at this port"


class NotXMPP(RemoteError):
    """The peer speaks another protocol."""

    default_advice = "check the port: clients use 5222, or 5223 with direct TLS; components often 5347"


class MalformedStream(RemoteError):
    """The peer broke the XML or stream rules of RFC 6120.

    :ivar condition: the stream error condition that was sent to it (RFC 6120 §4.9.3).
    """

    default_advice = "the fault is at the other end: check the port, or tell who runs it"

    def __init__(
        self, reason: str, *, condition: str = "bad-format", where: str = "", advice: str | None = None
    ) -> None:
        super().__init__(reason, where=where, advice=advice)
        self.condition = condition


class StreamErrorReceived(RemoteError):
    """The peer closed the stream with an error (RFC 6120 §4.9).

    :ivar condition: the defined condition, as ``system-shutdown``.
    :ivar text: what the peer said to it.
    :ivar see_other_host: the address that a ``see-other-host`` names; empty otherwise. Nothing here follows
        it: the certificate must prove the original domain, wherever the next connection leads (§4.9.3.19).
    """

    def __init__(
        self,
        condition: str,
        text: str = "",
        *,
        where: str = "",
        advice: str | None = None,
        see_other_host: str = "",
    ) -> None:
        said = f"the server closed the stream: {condition}" + (f", {text}" if text else "")
        super().__init__(said, where=where, advice=advice)
        self.condition = condition
        self.text = text
        self.see_other_host = see_other_host


class StreamClosed(RemoteError):
    """The peer closed the stream in order and without an error, although nobody had asked it to."""

    default_advice = "connect again, later if it goes on"


class TLSFailed(RemoteError):
    """The TLS handshake failed."""


class CertificateInvalid(TLSFailed):
    """The server's certificate does not prove that it is the domain."""


class CertificateUntrusted(CertificateInvalid):
    """The server's certificate is signed by nobody we trust."""

    default_advice = "if the server has a CA of its own, name its file in ca_certs"


class CertificateExpired(CertificateInvalid):
    """The server's certificate is outside its period of validity."""

    default_advice = "the server's operator must renew it; check this machine's clock too"


class CertificateWrongHost(CertificateInvalid):
    """The server's certificate is made for another name."""

    default_advice = "check the domain of the JID: the certificate must name it"


class TLSRequired(RemoteError):
    """The peer does not offer the TLS that the policy asks for; nothing secret was sent."""

    default_advice = "the connection may be tampered with; enable_plaintext allows it on a network you trust"


class AuthenticationFailed(RemoteError):
    """The server refused the credentials, or no mechanism was acceptable to both sides.

    :ivar condition: the SASL condition, as ``not-authorized`` (RFC 6120 §6.5).
    """

    default_advice = "check the JID and the password"

    def __init__(
        self, reason: str, *, condition: str = "not-authorized", where: str = "", advice: str | None = None
    ) -> None:
        super().__init__(reason, where=where, advice=advice)
        self.condition = condition


class NegotiationFailed(RemoteError):
    """A step after authentication (resource binding, session, component handshake) was refused.

    :ivar condition: the condition the peer gave.
    """

    def __init__(
        self,
        reason: str,
        *,
        condition: str = "undefined-condition",
        where: str = "",
        advice: str | None = None,
    ) -> None:
        super().__init__(reason, where=where, advice=advice)
        self.condition = condition


class ContentMismatch(RemoteError):
    """A peer sent something else than what was asked for: another piece, or data that its hash does not fit."""
