# SPDX-License-Identifier: MIT
"""Which mechanisms there are, which one to use, and why not another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

from xmppkit.exceptions import SASLCancelled, SASLNoAppropriateMechanism
from xmppkit.sasl.base import Attempt, ChannelBinding, ClientMechanism, ServerMechanism
from xmppkit.sasl.channel_binding import KINDS, agreed, available, contradiction, doubtful
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.custom import custom_mechanisms, custom_server_mechanisms
from xmppkit.sasl.policy import (
    MECHANISMS,
    ON_REQUEST,
    SCORES,
    Binding,
    SaslPolicy,
    known_mechanisms,
    proves_password,
    score,
)
from xmppkit.sasl.rules import Refusal, Rule

__all__ = [
    "choose",
    "credentials_of",
    "make_client",
    "random_nonce",
    "server_mechanism",
    "server_mechanisms",
    "wanted_credentials",
]

# The classes by the modules that have them, which are imported when a mechanism is used: of all of these a program
# uses one, as a rule.
_CLIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "EXTERNAL": ("external", "ExternalClient"),
    "PLAIN": ("plain", "PlainClient"),
    "ANONYMOUS": ("anonymous", "AnonymousClient"),
    "OAUTHBEARER": ("oauthbearer", "OAuthBearerClient"),
    "DIGEST-MD5": ("digest", "DigestClient"),
    "CRAM-MD5": ("cram", "CramClient"),
    "LOGIN": ("login", "LoginClient"),
    "X-FACEBOOK-PLATFORM": ("facebook", "FacebookClient"),
    "X-MESSENGER-OAUTH2": ("messenger", "MessengerClient"),
    "X-OAUTH2": ("oauth2", "OAuth2Client"),
    "X-GOOGLE-TOKEN": ("google", "GoogleTokenClient"),
}
_SERVERS: Final[Mapping[str, tuple[str, str]]] = {
    "EXTERNAL": ("external", "ExternalServer"),
    "PLAIN": ("plain", "PlainServer"),
    "ANONYMOUS": ("anonymous", "AnonymousServer"),
    "OAUTHBEARER": ("oauthbearer", "OAuthBearerServer"),
    "DIGEST-MD5": ("digest", "DigestServer"),
    "CRAM-MD5": ("cram", "CramServer"),
    "LOGIN": ("login", "LoginServer"),
}
_SCRAM_CLIENT: Final = ("scram", "ScramClient")
_SCRAM_SERVER: Final = ("scram", "ScramServer")
# What a server can check, strongest first; only the issuer of a token can check that.
_OFFERED: Final = (*MECHANISMS, *(name for name in ON_REQUEST if name in _SERVERS))
# What proves no password: a server offers these only when the policy names them.
_WITHOUT_PASSWORD: Final = frozenset(("ANONYMOUS", "EXTERNAL", "OAUTHBEARER"))

Names = frozenset[str]
_PASSWORD: Final = frozenset(("username", "password"))
_NOTHING: Final[Names] = frozenset()
_AUTHZID: Final = frozenset(("authzid",))
# Name → the credentials that are required, and those that may be given.
_CREDENTIALS: Final[Mapping[str, tuple[Names, Names]]] = {
    "EXTERNAL": (_NOTHING, _AUTHZID),
    "ANONYMOUS": (_NOTHING, _NOTHING),
    "OAUTHBEARER": (frozenset(("access_token",)), frozenset(("username", "authzid", "host", "port"))),
    "LOGIN": (_PASSWORD, _NOTHING),
    "CRAM-MD5": (_PASSWORD, _NOTHING),
    "DIGEST-MD5": (_PASSWORD, frozenset(("authzid", "realm", "host", "service", "service-name"))),
    "X-FACEBOOK-PLATFORM": (frozenset(("access_token", "api_key")), _NOTHING),
    "X-MESSENGER-OAUTH2": (frozenset(("access_token",)), _NOTHING),
    "X-OAUTH2": (frozenset(("username", "access_token")), _NOTHING),
    "X-GOOGLE-TOKEN": (frozenset(("email", "access_token")), _NOTHING),
}


def _load(home: tuple[str, str]) -> Any:  # the class, whose arguments depend on which half it is
    module, name = home
    return getattr(import_module(f"xmppkit.sasl.{module}"), name)


def random_nonce() -> str:
    """A fresh nonce of 192 random bits."""
    import secrets  # brings the hashes of OpenSSL along; with the first login is soon enough

    return secrets.token_urlsafe(24)


def credentials_of(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the credentials that the mechanism `name` requires, and of those that may be given."""
    custom = custom_mechanisms().get(name)
    if custom is not None:
        return custom.required, custom.optional
    return _CREDENTIALS.get(name, (_PASSWORD, _AUTHZID))


def _refusal(name: str, who: Credentials, policy: SaslPolicy, *, secure: bool, binds: bool) -> Refusal | None:
    """Why a client does not use `name`; None when it does."""
    refusal = policy.refusal(name, secure=secure)
    if refusal is not None:
        return refusal
    if name not in SCORES and name not in custom_mechanisms():
        return Refusal(name, Rule.KNOWN, "xmppkit does not have it")
    if name == "EXTERNAL":
        return None if who.external else Refusal(name, Rule.CERTIFICATE, "there is no client certificate")
    if name == "ANONYMOUS":
        return Refusal(name, Rule.ACCOUNT, "there is an account to log in to") if who.username else None
    missing = who.missing(credentials_of(name)[0])
    if missing:
        said = "user name and password" if _PASSWORD.issuperset(missing) else " and ".join(missing)
        return Refusal(name, Rule.CREDENTIALS, f"there is no {said}")
    if name.endswith("-PLUS") and not binds:
        return Refusal(name, Rule.CHANNEL_BINDING, "this connection has no channel binding that the server has")
    return None


def _was_bound(policy: SaslPolicy, binding: ChannelBinding | None) -> bool:
    """Whether an earlier login was bound by a proof of the TLS connection itself, which this connection has as well."""
    return policy.pinned.endswith("-PLUS") and policy.allowed is None and available(binding, KINDS[:2]) is not None


def _unproved(name: str) -> Refusal | None:
    """Why a mechanism is not used by which a server cannot prove what it offers, where that is in doubt; None for those
    by which it can, and those that no ``-PLUS`` would be better than."""
    if name.startswith("SCRAM-") or not proves_password(name):
        return None
    return Refusal(name, Rule.ANNOUNCED_BINDINGS, "the server announces no kind of channel binding that we have")


def wanted_credentials(
    offered: Iterable[str], policy: SaslPolicy, *, secure: bool, account: bool, certificate: bool
) -> tuple[frozenset[str], frozenset[str]]:
    """What to ask the user for: the credentials of the mechanism that would be used if they were all there.

    :param account: there is a user name already.
    :param certificate: there is a client certificate.
    :returns: the names of those required and of those that may be given; what a password needs, when none is usable.
    """
    here = {"EXTERNAL": certificate, "ANONYMOUS": not account}
    usable = [name for name in offered if here.get(name, True) and policy.refusal(name, secure=secure) is None]
    return credentials_of(max(usable, key=score)) if usable else (_PASSWORD, _AUTHZID)


def make_client(name: str, credentials: Credentials, attempt: Attempt) -> ClientMechanism:
    """The client's half of `name`, which is one of `known_mechanisms`.

    :raises SASLCancelled: a mechanism of the program does not want this attempt.
    """
    custom = custom_mechanisms().get(name)
    if custom is not None:
        return custom.make(name, credentials, attempt)
    half: ClientMechanism = _load(_CLIENTS.get(name, _SCRAM_CLIENT))(name, credentials, attempt)
    return half


def choose(
    offered: Iterable[str],
    credentials: Credentials,
    policy: SaslPolicy,
    *,
    secure: bool,
    channel_binding: ChannelBinding | None = None,
    nonce: Callable[[], str] = random_nonce,
    announced: Sequence[str] | None = None,
    strict: bool = False,
) -> ClientMechanism:
    """The strongest mechanism that the server offers and that may be used.

    :param offered: the names that the server offers.
    :param secure: whether TLS protects the connection.
    :param announced: the kinds of channel binding that the server announces (XEP-0440); None: it announces none.
    :param strict: the profile is SASL 2: see `contradiction`.
    :raises SASLNoAppropriateMechanism: saying for each offered mechanism which rule forbids it.
    """
    names = list(dict.fromkeys(offered))
    binding = channel_binding if secure and policy.channel_binding is not Binding.NEVER else None
    peer_binds = any(name.endswith("-PLUS") for name in names)
    required, exacting = policy.channel_binding is Binding.REQUIRED, policy.channel_binding is Binding.STRICT
    bound = agreed(binding, announced, required=required) if peer_binds else None
    wrong = contradiction(names, announced, binding, strict=strict or (exacting and bound is None))
    if wrong:
        raise SASLNoAppropriateMechanism(str(Refusal("", Rule.ANNOUNCED_BINDINGS, wrong)))
    if bound is None and peer_binds and announced is None and _was_bound(policy, binding):
        said = f"an earlier login was done with {policy.pinned}, and the server does not say any more how it binds"
        raise SASLNoAppropriateMechanism(str(Refusal("", Rule.PINNED, said)))
    doubt = doubtful(names, announced, binding, strict=exacting)
    refusals = {name: _refusal(name, credentials, policy, secure=secure, binds=bound is not None) for name in names}
    if doubt:
        for name in names:
            refusals[name] = refusals[name] or _unproved(name)
    attempt = Attempt(
        nonce=nonce,
        policy=policy,
        binding=binding,
        peer_binds=peer_binds or announced is not None,
        secure=secure,
        offered=tuple(names),
        announced=None if announced is None else tuple(announced),
        bound=bound,
        doubtful=doubt,
    )
    usable = [name for name in known_mechanisms() if name in refusals and refusals[name] is None]
    for name in sorted(usable, key=score, reverse=True):
        try:
            return make_client(name, credentials, attempt)
        except SASLCancelled as refusal:
            # Not the peer's doing: the program's own mechanism has looked at its settings.
            refusals[name] = Refusal(name, Rule.PROGRAM, str(refusal) or "the program's mechanism refused")
    # The names come from the peer: shown, but neither long nor many.
    reasons = [str(refusal) for refusal in list(refusals.values())[:20]]
    said = "; ".join(reasons) if reasons else "nothing at all"
    raise SASLNoAppropriateMechanism(f"no mechanism to log in with; the server offers {said}")


def server_mechanisms(
    policy: SaslPolicy, *, secure: bool, channel_binding: ChannelBinding | None = None, certificate: bool = True
) -> list[str]:
    """The names that a server offers under `policy`, strongest first.

    ANONYMOUS, EXTERNAL, OAUTHBEARER, DIGEST-MD5, CRAM-MD5, LOGIN and what programs bring along are among them only when
    `SaslPolicy.allowed` names them.

    :param certificate: the client has shown a certificate, without which EXTERNAL is of no use (XEP-0178 §2).
    """
    binds = secure and available(channel_binding) is not None
    names = list(_OFFERED)
    unasked = _WITHOUT_PASSWORD
    for custom in custom_server_mechanisms().values():
        if custom.name not in names:
            behind = (place for place, name in enumerate(names) if SCORES.get(name, custom.score) < custom.score)
            names.insert(next(behind, len(names)), custom.name)
            unasked |= {custom.name}
    return [
        name
        for name in names
        if policy.refusal(name, secure=secure) is None
        and (binds or not name.endswith("-PLUS"))
        and (certificate or name != "EXTERNAL")
        and (policy.allowed is not None or name not in unasked)
    ]


def server_mechanism(
    name: str,
    policy: SaslPolicy,
    *,
    secure: bool,
    channel_binding: ChannelBinding | None = None,
    nonce: Callable[[], str] = random_nonce,
    domain: str = "",
    announced: Sequence[str] | None = None,
    certificate: bool = True,
) -> ServerMechanism | None:
    """The server's half of `name`; None when it is not offered.

    :param domain: what the server serves, for DIGEST-MD5 and CRAM-MD5; empty accepts whatever the client says.
    :param announced: the kinds of channel binding that were announced (XEP-0440); None: none were.
    :param certificate: see `server_mechanisms`.
    """
    offered = server_mechanisms(policy, secure=secure, channel_binding=channel_binding, certificate=certificate)
    if name not in offered:
        return None
    attempt = Attempt(
        nonce=nonce,
        policy=policy,
        binding=channel_binding if secure else None,
        peer_binds=any(other.endswith("-PLUS") for other in offered),
        secure=secure,
        domain=domain,
        offered=tuple(offered),
        announced=None if announced is None else tuple(announced),
    )
    custom = custom_server_mechanisms().get(name)
    if custom is not None:
        return custom.make(name, attempt)
    half: ServerMechanism = _load(_SERVERS.get(name, _SCRAM_SERVER))(name, attempt)
    return half
