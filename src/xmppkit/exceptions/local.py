# SPDX-License-Identifier: MIT
"""What is wrong on this side: misuse, mechanisms that stop, storages that fail."""

from __future__ import annotations

from xmppkit.exceptions.root import XMPPKitError

__all__ = [
    "ConfigurationError",
    "ContinueQueue",
    "InvalidCABundle",
    "InvalidJID",
    "InvalidValue",
    "LocalError",
    "LocalProtocolError",
    "NameTaken",
    "NotConnectedError",
    "PluginNotFound",
    "QueueFull",
    "SASLCancelled",
    "SASLError",
    "SASLFailed",
    "SASLMutualAuthFailed",
    "SASLNoAppropriateMechanism",
    "StorageConflict",
    "StorageCorrupted",
    "StorageError",
    "StorageFull",
    "StringPrepError",
    "UnserializableXML",
]


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


# --- storage ---------------------------------------------------------------------------------------------


class StorageError(XMPPKitError):
    """What is kept could not be read or written; the message names the file or the collection. Nothing of what was to
    be written has been."""


class StorageFull(StorageError):
    """A bound of a collection (bytes of a value, entries, bytes in all) does not allow it; the message says which.

    :ivar is_too_long: it is the value: it would have no room in an empty collection either.
    """

    is_too_long = False


class StorageConflict(StorageError):
    """An entry is not as it was expected to be: somebody else was faster. Read it again, then decide."""


class StorageCorrupted(StorageError):
    """The file is none that can be read. It is left as it is: move it away, or restore it."""
