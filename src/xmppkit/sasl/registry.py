# SPDX-License-Identifier: MIT
"""Which mechanisms there are, which one to use, and why not another."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Final

from xmppkit.exceptions import SASLNoAppropriateMechanism
from xmppkit.sasl.anonymous import AnonymousClient, AnonymousServer
from xmppkit.sasl.base import Attempt, ChannelBinding, ClientMechanism, ServerMechanism
from xmppkit.sasl.channel_binding import available
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.external import ExternalClient, ExternalServer
from xmppkit.sasl.plain import PlainClient, PlainServer
from xmppkit.sasl.policy import MECHANISMS, SaslPolicy
from xmppkit.sasl.scram import ScramClient, ScramServer

__all__ = ["choose", "random_nonce", "server_mechanism", "server_mechanisms"]

_CLIENTS: Final[dict[str, type[ClientMechanism]]] = {
    "EXTERNAL": ExternalClient,
    "PLAIN": PlainClient,
    "ANONYMOUS": AnonymousClient,
}
_SERVERS: Final[dict[str, type[ServerMechanism]]] = {
    "EXTERNAL": ExternalServer,
    "PLAIN": PlainServer,
    "ANONYMOUS": AnonymousServer,
}
# What proves no password: a server offers these only when the policy names them.
_WITHOUT_PASSWORD: Final = frozenset(("ANONYMOUS", "EXTERNAL"))
_LONGEST_NAME: Final = 20  # RFC 4422 §3.1


def random_nonce() -> str:
    """A fresh nonce of 192 random bits."""
    return secrets.token_urlsafe(24)


def _objection(name: str, who: Credentials, policy: SaslPolicy, *, secure: bool, binds: bool) -> str:
    """Why a client does not use `name`; empty when it does."""
    reason = policy.objection(name, secure=secure)
    if reason:
        return reason
    if name == "EXTERNAL":
        return "" if who.external else "there is no client certificate"
    if name == "ANONYMOUS":
        return "" if not who.username else "there is an account to log in to"
    if not who.username or who.password is None:
        return "there is no user name and password"
    if name.endswith("-PLUS") and not binds:
        return "this connection has no channel binding"
    return ""


def choose(
    offered: Iterable[str],
    credentials: Credentials,
    policy: SaslPolicy,
    *,
    secure: bool,
    channel_binding: ChannelBinding | None = None,
    nonce: Callable[[], str] = random_nonce,
) -> ClientMechanism:
    """The strongest mechanism that the server offers and that may be used.

    :param offered: the names that the server offers.
    :param secure: whether TLS protects the connection.
    :raises SASLNoAppropriateMechanism: saying for each offered mechanism which rule forbids it.
    """
    names = list(dict.fromkeys(offered))
    binds = secure and available(channel_binding) is not None
    objections = {name: _objection(name, credentials, policy, secure=secure, binds=binds) for name in names}
    usable = [name for name in MECHANISMS if objections.get(name) == ""]
    if not usable:
        # The names come from the peer: shown, but neither long nor many.
        reasons = [f"{name[:_LONGEST_NAME]!r} ({reason})" for name, reason in list(objections.items())[:20]]
        said = "; ".join(reasons) if reasons else "nothing at all"
        raise SASLNoAppropriateMechanism(f"no mechanism to log in with; the server offers {said}")
    attempt = Attempt(
        nonce=nonce,
        policy=policy,
        binding=channel_binding if binds else None,
        peer_binds=any(name.endswith("-PLUS") for name in names),
    )
    return _CLIENTS.get(usable[0], ScramClient)(usable[0], credentials, attempt)


def server_mechanisms(policy: SaslPolicy, *, secure: bool, channel_binding: ChannelBinding | None = None) -> list[str]:
    """The names that a server offers under `policy`, strongest first.

    ANONYMOUS and EXTERNAL are among them only when `SaslPolicy.allowed` names them.
    """
    binds = secure and available(channel_binding) is not None
    return [
        name
        for name in MECHANISMS
        if not policy.objection(name, secure=secure)
        and (binds or not name.endswith("-PLUS"))
        and (policy.allowed is not None or name not in _WITHOUT_PASSWORD)
    ]


def server_mechanism(
    name: str,
    policy: SaslPolicy,
    *,
    secure: bool,
    channel_binding: ChannelBinding | None = None,
    nonce: Callable[[], str] = random_nonce,
) -> ServerMechanism | None:
    """The server's half of `name`; None when it is not offered."""
    offered = server_mechanisms(policy, secure=secure, channel_binding=channel_binding)
    if name not in offered:
        return None
    attempt = Attempt(
        nonce=nonce,
        policy=policy,
        binding=channel_binding if secure else None,
        peer_binds=any(other.endswith("-PLUS") for other in offered),
    )
    return _SERVERS.get(name, ScramServer)(name, attempt)
