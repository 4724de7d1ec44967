# SPDX-License-Identifier: MIT
"""Mechanisms that a program writes (RFC 4422): what one is, how it is declared, and how one is chosen by hand.

`sasl_mech` puts a `Mech` into `MECHANISMS`, and before the streams of the program, which use it by its score like those
of `xmppkit.sasl`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from typing import ClassVar, Final, TypeVar

from xmppkit.exceptions import (
    SASLCancelled,
    SASLError,
    SASLFailed,
    SASLMutualAuthFailed,
    SASLNoAppropriateMechanism,
)
from xmppkit.sasl.base import Attempt, ClientMechanism
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.custom import CustomMechanism, Exposure, register_mechanism
from xmppkit.sasl.policy import ON_REQUEST
from xmppkit.sasl.prep import saslprep

__all__ = [
    "MECHANISMS",
    "MECH_SEC_SCORES",
    "CredentialsCallback",
    "Mech",
    "SASLCancelled",
    "SASLFailed",
    "SASLMutualAuthFailed",
    "SASLNoAppropriateMechanism",
    "SecurityCallback",
    "choose",
    "sasl_mech",
    "saslprep",
]

log = logging.getLogger(__name__)

#: Given the names of the credentials that are required and of those that may be given: what there is of them.
CredentialsCallback = Callable[[set[str], set[str]], Mapping[str, "str | bytes | None"]]
#: Given the names of settings, as ``encrypted`` and ``unencrypted_plain``: what they are.
SecurityCallback = Callable[[set[str]], Mapping[str, object]]

#: The hashes of a mechanism that has one for each (`Mech.use_hashes`), weakest first.
HASHES: Final = ("MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512")
# How much better a mechanism is with channel binding.
_BOUND: Final = 10

# Credentials that may be read by anybody; all others are taken for secrets.
_PUBLIC: Final = frozenset({
    "username", "authzid", "realm", "host", "service", "service-name", "email", "channel_binding",
})  # fmt: skip
# Who asks for one of these shows no password, but something that it can be guessed from.
_GUESSABLE: Final = frozenset({"unencrypted_scram", "unencrypted_cram", "unencrypted_digest"})


class Mech:
    """The client's half of a mechanism, for one attempt to log in.

    A subclass says what it is called and what it needs, and answers in `process`. `sasl_mech` makes it known.

    :param name: the mechanism as the server offers it, as ``SCRAM-SHA-1`` for a class called ``SCRAM``.
    :param credentials: the values of `required_credentials`, and of `optional_credentials` as far as there are any;
        bytes.
    :param security_settings: the values of what `security` names.
    :ivar base_name: the class's `name`.
    :ivar values: for the subclass to keep things in.
    """

    #: As servers offer it; with hashes, what stands before the hash.
    name: str = "GENERIC"
    #: How strong it is, more is better: see `MECH_SEC_SCORES`. Set by `sasl_mech`.
    score: int = -1
    #: There is one mechanism for each hash, called ``<name>-<hash>``.
    use_hashes: bool = False
    #: There is one with channel binding for each of them, called ``…-PLUS``.
    channel_binding: bool = False
    #: The names of the credentials that it cannot do without: keys of a client's ``credentials``.
    required_credentials: ClassVar[AbstractSet[str]] = frozenset()
    #: The names of those that it makes use of.
    optional_credentials: ClassVar[AbstractSet[str]] = frozenset()
    #: The names of the settings that it wants to know: ``encrypted``, ``encrypted_plain``, ``unencrypted_plain``,
    #: ``unencrypted_scram``, ``binding_proposed``, ``tls_version`` …
    security: ClassVar[AbstractSet[str]] = frozenset()

    def __init__(self, name: str, credentials: Mapping[str, bytes], security_settings: Mapping[str, object]) -> None:
        self.credentials: dict[str, bytes] = dict(credentials)
        self.security_settings: dict[str, object] = dict(security_settings)
        self.values: dict[str, object] = {}
        self.base_name = self.name
        self.name = name
        self.setup(name)

    def setup(self, name: str) -> None:
        """Prepare the attempt. `SASLCancelled` from here says that it is not for this mechanism: another is used."""

    def process(self, challenge: bytes = b"") -> bytes | None:
        """The next message for the server; None: an empty one.

        Called without a challenge for the first, and once more with what comes with the server's success (``b""``
        when nothing does), whose result nobody reads. `SASLCancelled`, `SASLFailed` and `SASLMutualAuthFailed` from
        here end the login.
        """
        return b""

    def finish(self, data: bytes) -> None:
        """The server says that it is done, with `data`: `process` may object."""
        self.process(data)


#: The mechanisms that there are: name → class.
MECHANISMS: Final[dict[str, type[Mech]]] = {}
#: How strong they are: name → score.
MECH_SEC_SCORES: Final[dict[str, int]] = {}

_Mech = TypeVar("_Mech", bound=type[Mech])


def declare(name: str, mech: type[Mech], score: int) -> None:
    """Put `mech` into the tables, for `choose`."""
    MECHANISMS[name] = mech
    MECH_SEC_SCORES[name] = score


def sasl_mech(score: int) -> Callable[[_Mech], _Mech]:
    """A class decorator: make a mechanism known, to `choose` and to the streams of the program.

    :param score: how strong it is: see `MECH_SEC_SCORES`. With hashes each is one better than the one before, and
        channel binding is worth another 10.
    """

    def register(mech: _Mech) -> _Mech:
        mech.score = score
        names = [mech.name]
        if mech.use_hashes:
            names = [f"{mech.name}-{name}" for name in HASHES]
        for number, name in enumerate(names, start=1 if mech.use_hashes else 0):
            _register(name, mech, score + number)
            if mech.channel_binding:
                _register(f"{name}-PLUS", mech, score + number + _BOUND)
        return mech

    return register


def _register(name: str, mech: type[Mech], score: int) -> None:
    declare(name, mech, score)
    needs, takes = frozenset(mech.required_credentials), frozenset(mech.optional_credentials)
    exposure = Exposure.SECRET
    if _PUBLIC.issuperset(needs | takes):
        exposure = Exposure.NOTHING
    elif not _GUESSABLE.isdisjoint(mech.security):
        exposure = Exposure.GUESSABLE
    register_mechanism(CustomMechanism(name, score, partial(_Bridge, mech), needs, takes, exposure))


class _Bridge(ClientMechanism):
    """A program's `Mech` as a mechanism of a stream."""

    def __init__(self, mech: type[Mech], name: str, credentials: Credentials, attempt: Attempt) -> None:
        super().__init__(name, credentials, attempt)
        self.verbatim = name == "X-MESSENGER-OAUTH2"
        given = {each: credentials.value(each) for each in mech.required_credentials | mech.optional_credentials}
        values = {each: value.encode("utf-8") for each, value in given.items() if value is not None}
        if "channel_binding" in mech.optional_credentials:
            values["channel_binding"] = _binding(attempt)
        self._mech = self._guard(lambda: mech(name, values, _security(mech, attempt)))

    def _guard(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except SASLError:
            raise
        except Exception as exc:  # a user's code: reported, and the login ends as with an error of the mechanism
            log.exception("the SASL mechanism %s has failed", self.name)
            raise SASLFailed(f"{self.name} has failed with {type(exc).__name__}; the log says where") from exc

    def initial_response(self) -> bytes | None:
        first = self._guard(self._mech.process)
        return None if first is None else _bytes(first)

    def respond(self, challenge: bytes) -> bytes:
        return _bytes(self._guard(lambda: self._mech.process(challenge)))

    def success(self, data: bytes | None) -> None:
        self._guard(lambda: self._mech.finish(data or b""))


_T = TypeVar("_T")


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode("utf-8") if isinstance(value, str) else value or b""


def _binding(attempt: Attempt) -> bytes:
    """The channel's binding: of TLS 1.3 (RFC 9266), else that of older versions; empty without any."""
    if attempt.binding is None:
        return b""
    return attempt.binding("tls-exporter") or attempt.binding("tls-unique") or b""


def _security(mech: type[Mech], attempt: Attempt) -> dict[str, object]:
    """What `mech` wants to know. What is a fact of the connection no setting changes."""
    policy = attempt.policy
    known: dict[str, object] = {
        "encrypted_plain": True,
        "unencrypted_plain": policy.plain_without_tls,
        "unencrypted_scram": policy.scram_without_tls,
    }
    if policy.security is not None:
        known.update(policy.security(frozenset(mech.security)))
    known.update(encrypted=attempt.secure, binding_proposed=attempt.peer_binds)
    return {name: known.get(name, False) for name in mech.security}


def choose(
    mech_list: Iterable[str],
    credentials: CredentialsCallback,
    security_settings: SecurityCallback,
    limit: Iterable[str] | None = None,
    min_mech: str | None = None,
) -> Mech:
    """The strongest mechanism of `mech_list` that has all that it needs.

    Those of `xmppkit.sasl.policy.ON_REQUEST` are considered only when `limit` names them.

    :param mech_list: what the server offers.
    :param credentials: asked for the credentials of each that is considered; their texts may be str or bytes.
    :param security_settings: asked for its settings.
    :param limit: only these are considered; None: all.
    :param min_mech: only stronger ones are considered.
    :raises SASLNoAppropriateMechanism: there is none.
    """
    wanted = {limit} if isinstance(limit, str) else None if limit is None else set(limit)
    least = MECH_SEC_SCORES.get(min_mech, -1) if min_mech else -1
    reasons: list[str] = []
    for name in sorted(set(mech_list), key=lambda name: (-MECH_SEC_SCORES.get(name, -1), name)):
        try:
            _check(name, wanted, least)
            return _make(MECHANISMS[name], name, credentials, security_settings)
        except SASLCancelled as refusal:
            reasons.append(f"{name[:20]!r} ({str(refusal) or 'it refused'})")
    said = "; ".join(reasons[:20]) or "nothing at all"
    raise SASLNoAppropriateMechanism(f"no mechanism to log in with; there is {said}")


def _check(name: str, wanted: set[str] | None, least: int) -> None:
    if name not in MECHANISMS:
        raise SASLCancelled("it is unknown")
    if wanted is None and name in ON_REQUEST:
        raise SASLCancelled("it is used only when it is named")
    if wanted is not None and name not in wanted:
        raise SASLCancelled("it is not among those that may be used")
    if MECH_SEC_SCORES[name] <= least:
        raise SASLCancelled("it is too weak")


def _make(mech: type[Mech], name: str, credentials: CredentialsCallback, security: SecurityCallback) -> Mech:
    given = credentials(set(mech.required_credentials), set(mech.optional_credentials))
    values = {key: _bytes(value) for key, value in given.items() if value is not None}
    missing = sorted(mech.required_credentials - values.keys())
    if missing:
        raise SASLCancelled(f"there is no {' and '.join(missing)}")
    return mech(name, values, security(set(mech.security)))
