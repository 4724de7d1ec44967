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
They are imported from here, whatever file they are in. Nothing else is imported.
"""

from __future__ import annotations

from xmppkit.exceptions.local import (
    ConfigurationError,
    ContinueQueue,
    InvalidCABundle,
    InvalidJID,
    InvalidValue,
    LocalError,
    LocalProtocolError,
    NameTaken,
    NotConnectedError,
    PluginNotFound,
    QueueFull,
    SASLCancelled,
    SASLError,
    SASLFailed,
    SASLMutualAuthFailed,
    SASLNoAppropriateMechanism,
    StorageConflict,
    StorageCorrupted,
    StorageError,
    StorageFull,
    StringPrepError,
    UnserializableXML,
)
from xmppkit.exceptions.remote import (
    AuthenticationFailed,
    CertificateExpired,
    CertificateInvalid,
    CertificateUntrusted,
    CertificateWrongHost,
    ConnectionLost,
    ConnectionRefused,
    ContentMismatch,
    HostNotFound,
    MalformedStream,
    NegotiationFailed,
    NegotiationTimeout,
    NotXMPP,
    ProxyRefused,
    RemoteError,
    StreamClosed,
    StreamErrorReceived,
    TLSFailed,
    TLSRequired,
)
from xmppkit.exceptions.root import (
    XMPPKitError,
)
from xmppkit.exceptions.stanzas import (
    DeliveryFailed,
    InvalidForm,
    IqError,
    IqTimeout,
    PreconditionNotMet,
    PresenceError,
    XMPPError,
)

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

# It is by this path that programs know them, also in tracebacks and pickles.
for _name in __all__:
    globals()[_name].__module__ = __name__
