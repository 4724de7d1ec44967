# SPDX-License-Identifier: MIT
"""Mechanisms that programs bring along: `xmppkit.util.sasl.sasl_mech` and PyXMPP2's `sasl_mechanism` register them,
`choose` and `server_mechanism` use them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from xmppkit.records import record

if TYPE_CHECKING:
    from xmppkit.sasl.base import Attempt, ClientMechanism, ServerMechanism
    from xmppkit.sasl.credentials import Credentials

__all__ = [
    "CustomMechanism",
    "CustomServerMechanism",
    "Exposure",
    "custom_mechanisms",
    "custom_server_mechanisms",
    "register_mechanism",
    "register_server_mechanism",
    "unregister_mechanism",
    "unregister_server_mechanism",
]


class Exposure(enum.Enum):
    """What somebody learns who listens to an exchange without TLS."""

    NOTHING = enum.auto()
    """No secret is part of it."""
    GUESSABLE = enum.auto()
    """Something that a password can be guessed from, offline: allowed where SCRAM is."""
    SECRET = enum.auto()
    """The password or the token itself: allowed where PLAIN is."""


@record(frozen=True, slots=True)
class CustomMechanism:
    """A client's half of a mechanism that is none of ours, or that replaces one of ours.

    :ivar name: as servers offer it.
    :ivar score: how it compares with others, see `xmppkit.sasl.policy.SCORES`; the highest is used.
    :ivar make: makes the client's half for one attempt. `SASLCancelled` from it says that this attempt is not for
        it, and the next best mechanism is used.
    :ivar required: the credentials that it cannot do without, by their names in `Credentials.value`.
    :ivar optional: those that it makes use of.
    :ivar exposure: what it shows without TLS. For a name of ours the rule for that name holds instead.
    """

    name: str
    score: int
    make: Callable[[str, Credentials, Attempt], ClientMechanism]
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    exposure: Exposure = Exposure.SECRET


@record(frozen=True, slots=True)
class CustomServerMechanism:
    """A server's half of a mechanism that is none of ours, or that replaces one of ours. It is offered only where
    `SaslPolicy.allowed` names it.

    :ivar name: as it is offered.
    :ivar score: where it stands in the offer; see `CustomMechanism.score`.
    :ivar make: makes the server's half for one attempt.
    :ivar exposure: what the mechanism shows without TLS.
    """

    name: str
    score: int
    make: Callable[[str, Attempt], ServerMechanism]
    exposure: Exposure = Exposure.SECRET


_custom: Final[dict[str, CustomMechanism]] = {}
_custom_servers: Final[dict[str, CustomServerMechanism]] = {}


def register_mechanism(mechanism: CustomMechanism) -> None:
    """Have `choose` use `mechanism`, in the whole program. It takes the place of one of the same name."""
    _custom[mechanism.name] = mechanism


def unregister_mechanism(name: str) -> None:
    """Undo `register_mechanism`. May be repeated."""
    _custom.pop(name, None)


def custom_mechanisms() -> Mapping[str, CustomMechanism]:
    """What is registered now, by name; a view that follows changes."""
    return MappingProxyType(_custom)


def register_server_mechanism(mechanism: CustomServerMechanism) -> None:
    """Have servers offer `mechanism`, in the whole program. It takes the place of one of the same name."""
    _custom_servers[mechanism.name] = mechanism


def unregister_server_mechanism(name: str) -> None:
    """Undo `register_server_mechanism`. May be repeated."""
    _custom_servers.pop(name, None)


def custom_server_mechanisms() -> Mapping[str, CustomServerMechanism]:
    """What is registered for servers now, by name; a view that follows changes."""
    return MappingProxyType(_custom_servers)
