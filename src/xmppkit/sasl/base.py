# SPDX-License-Identifier: MIT
"""What every mechanism offers to the stream: two halves that exchange bytes (RFC 4422).

A mechanism holds the state of one attempt. What a client half finds wrong it raises, as `SASLError`; a server half
raises nothing on what a client sends, but returns `Failure`. A step of either may be `Pending`: something that takes
long must be computed first. Who keeps nobody waiting with it takes `xmppkit.sasl.derivation.at_once` of the step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import field
from typing import ClassVar

from xmppkit.exceptions import SASLFailed
from xmppkit.records import record
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.derivation import Pending
from xmppkit.sasl.policy import SaslPolicy

__all__ = [
    "Attempt",
    "Challenge",
    "ChannelBinding",
    "ClientMechanism",
    "Failure",
    "NeedAccount",
    "Pending",
    "PendingStep",
    "ServerMechanism",
    "ServerStep",
    "Success",
]

#: Asked for a kind of channel binding (``tls-exporter`` …), gives its bytes, or None when it cannot.
ChannelBinding = Callable[[str], bytes | None]


@record(frozen=True, slots=True)
class Attempt:
    """What an attempt to log in starts from.

    :ivar nonce: gives a fresh random string of at least 128 bits in printable ASCII without commas.
    :ivar binding: gives the TLS channel's binding; None without TLS.
    :ivar peer_binds: client: whether the server offered a mechanism with channel binding, or announced a kind of it.
        Server: whether it offers one itself.
    :ivar secure: whether TLS protects the connection.
    :ivar domain: server: the domain that it serves; empty when it does not matter.
    :ivar offered: the mechanisms that the server offers; empty: not known, and nothing is said of it (XEP-0474).
    :ivar announced: the kinds of channel binding that it announces (XEP-0440); None: it announces none.
    :ivar bound: client: the kind to use, with its bytes; None takes the strongest that `binding` gives.
    :ivar doubtful: client: the login is given up unless the server proves what it has offered (XEP-0474); see
        `xmppkit.sasl.channel_binding.doubtful`.
    """

    nonce: Callable[[], str]
    policy: SaslPolicy = field(default_factory=SaslPolicy)
    binding: ChannelBinding | None = None
    peer_binds: bool = False
    secure: bool = False
    domain: str = ""
    offered: tuple[str, ...] = ()
    announced: tuple[str, ...] | None = None
    bound: tuple[str, bytes] | None = field(default=None, repr=False)
    doubtful: bool = False


class ClientMechanism(ABC):
    """The client's half of a mechanism."""

    #: The first message stands in the XML as it is, not in base64: only vendors do that.
    verbatim: bool = False

    @property
    def explanation(self) -> str:
        """What the server has said, within the mechanism, of why it refuses; empty when it has said nothing."""
        return ""

    def __init__(self, name: str, credentials: Credentials, attempt: Attempt) -> None:
        self.name = name
        self.credentials = credentials
        self.attempt = attempt

    @abstractmethod
    def initial_response(self) -> bytes | None:
        """What goes with the mechanism's name; None for nothing at all. Raises `SASLError`."""

    def respond(self, challenge: bytes) -> bytes | Pending[bytes]:
        """The answer to a challenge. Raises `SASLError`, for one that may not come now as well."""
        raise SASLFailed(f"{self.name} has no challenge, but the server sent one")

    def success(self, data: bytes | None) -> None:
        """The server says that it is done. Raises `SASLError` when that may not be believed."""
        if data:
            raise SASLFailed(f"{self.name} ends without data, but the server sent some")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


@record(frozen=True, slots=True)
class Challenge:
    """Send this to the client."""

    data: bytes = field(repr=False)


@record(frozen=True, slots=True)
class NeedAccount:
    """Look the account up and give the result to `ServerMechanism.account`."""

    username: str


@record(frozen=True, slots=True)
class Success:
    """The client is `username`. `data` goes with the good news, when it is not None."""

    username: str
    authzid: str = ""
    data: bytes | None = field(default=None, repr=False)


@record(frozen=True, slots=True)
class Failure:
    """The attempt failed; `condition` is one of RFC 6120 §6.5."""

    condition: str
    text: str = ""


ServerStep = Challenge | NeedAccount | Success | Failure
PendingStep = Pending[ServerStep]


class ServerMechanism(ABC):
    """The server's half of a mechanism."""

    #: The failure for data that breaks the mechanism's rules.
    MALFORMED: ClassVar = Failure("malformed-request")
    #: The failure for a wrong password, and for an account that does not exist: nobody learns which.
    REFUSED: ClassVar = Failure("not-authorized")

    def __init__(self, name: str, attempt: Attempt) -> None:
        self.name = name
        self.attempt = attempt

    @abstractmethod
    def receive(self, data: bytes | None) -> ServerStep | PendingStep:
        """The client's next message; None when it sent none with the mechanism's name."""

    def account(self, record: AccountRecord | None) -> ServerStep | PendingStep:
        """What was found for `NeedAccount`: None when there is no such account."""
        return self.MALFORMED

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"
