# SPDX-License-Identifier: MIT
"""SASL with PyXMPP2's surface: replies, authenticators, the password database, and the registry of mechanisms.

The exchanges themselves are those of `xmppkit.sasl`; what is here translates properties, replies and passwords. A
program may register authenticators of its own with `sasl_mechanism`.
"""

from __future__ import annotations

import base64
import binascii
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, ClassVar, Final, TypeVar

from xmppkit.exceptions import SASLError
from xmppkit.pyxmpp2.sasl.onstreams import serve_on_streams, use_on_streams
from xmppkit.sasl import base as engine
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.derivation import at_once
from xmppkit.sasl.policy import ON_REQUEST, SaslPolicy, known_mechanisms
from xmppkit.sasl.registry import make_client, random_nonce, server_mechanism
from xmppkit.sasl.scram import DEFAULT_ITERATIONS, SALT_SIZE, unknown_record

__all__ = [
    "CLIENT_MECHANISMS",
    "CLIENT_MECHANISMS_D",
    "SECURE_CLIENT_MECHANISMS",
    "SECURE_SERVER_MECHANISMS",
    "SERVER_MECHANISMS",
    "SERVER_MECHANISMS_D",
    "Challenge",
    "ClientAuthenticator",
    "EngineClientAuthenticator",
    "EngineServerAuthenticator",
    "Failure",
    "PasswordDatabase",
    "Properties",
    "Reply",
    "Response",
    "ServerAuthenticator",
    "Success",
    "default_nonce_factory",
    "password_of",
    "sasl_mechanism",
    "unknown_account",
]

Properties = Mapping[str, Any]

#: Names of mechanisms, best first; they follow what is registered.
CLIENT_MECHANISMS: Final[list[str]] = []
SECURE_CLIENT_MECHANISMS: Final[list[str]] = []
SERVER_MECHANISMS: Final[list[str]] = []
SECURE_SERVER_MECHANISMS: Final[list[str]] = []
#: Name of a mechanism to the class of its authenticator.
CLIENT_MECHANISMS_D: Final[dict[str, type[ClientAuthenticator]]] = {}
SERVER_MECHANISMS_D: Final[dict[str, type[ServerAuthenticator]]] = {}

A = TypeVar("A", bound=type[Any])


# --- replies --------------------------------------------------------------------------------------------


class Reply:
    """What one side answers.

    :param data: the bytes; None: nothing at all, which is not the same as nothing in it.
    """

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data

    def encode(self) -> str:
        """`data` as XMPP has it (RFC 6120 §6.4): in base64, ``=`` for nothing in it, ``''`` for nothing at all."""
        if self.data is None:
            return ""
        return base64.b64encode(self.data).decode("ascii") or "="

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # the data may be a password


class Challenge(Reply):
    """A server's question."""


class Response(Reply):
    """A client's answer."""


class Failure(Reply):
    """It has failed.

    :param reason: the condition, as ``not-authorized``.
    :ivar text: what more there is to say; it shows no secret.
    """

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__()
        self.reason = reason
        self.text = text

    def __repr__(self) -> str:
        return f"<Failure {self.reason}>"


class Success(Reply):
    """It has succeeded.

    :param properties: what is known now: ``username``, ``authzid``.
    :param data: what goes with the good news.
    """

    def __init__(self, properties: Properties | None = None, data: bytes | None = None) -> None:
        super().__init__(data)
        self.properties: dict[str, Any] = dict(properties or {})


def default_nonce_factory() -> bytes:
    """A fresh nonce that nobody can guess."""
    return random_nonce().encode("ascii")


# --- passwords ------------------------------------------------------------------------------------------


class PasswordDatabase:
    """What a server knows of passwords. A program has its own, which replaces `get_password`, `check_password` or both.

    A server offers the mechanisms for which its database can have what they need; whether it has that of a certain
    account does not show. One that only checks passwords is shown them; one that can do neither lets nobody in.
    """

    @property
    def formats(self) -> Collection[str] | None:
        """The formats in which `get_password` can give passwords. None: in any, if the program has replaced it. A
        database that keeps ``SCRAM-SHA-1-Keys`` alone should say so: SCRAM with other hashes is not offered then."""
        return None

    @property
    def scram_shape(self) -> tuple[int, int]:
        """The iterations, and the bytes of salt, of the keys that `get_password` gives. Clients see the same of
        accounts that there are not, so that they cannot tell which there are."""
        return DEFAULT_ITERATIONS, SALT_SIZE

    def get_password(
        self, username: str, acceptable_formats: Iterable[str], properties: Properties
    ) -> tuple[Any, str | None]:
        """The password of an account and its format, which is one of those that are acceptable.

        The formats: ``plain``; ``SCRAM-SHA-1-SaltedPassword`` (and with other hashes), a tuple of salt, iterations and
        the salted password; ``SCRAM-SHA-1-Keys``, a tuple of salt, iterations, StoredKey and ServerKey.

        :returns: ``(None, None)`` when there is no such account, or not in such a format; so does this one always.
            Clients cannot tell such an account from others: see `scram_shape`.
        """
        return None, None

    def check_password(self, username: str, password: str, properties: Properties) -> bool:
        """Whether `password` is that of the account. Replace it if passwords are known in no format at all."""
        known, format_ = password_of(self, username, ("plain",), properties)
        if format_ != "plain" or known is None:
            return False
        mechanism = server_mechanism("PLAIN", SaslPolicy(), secure=True)
        assert mechanism is not None
        # The engine compares, so that it takes the same time whatever is wrong.
        mechanism.receive("\0".join(("", username, password)).encode("utf-8"))
        return isinstance(mechanism.account(AccountRecord(password=known)), engine.Success)


def password_of(
    database: PasswordDatabase, username: str, acceptable_formats: Iterable[str], properties: Properties
) -> tuple[Any, str | None]:
    """What `PasswordDatabase.get_password` says; a program's own may say nothing of an account that it does not
    know."""
    found: tuple[Any, str | None] | None = database.get_password(username, acceptable_formats, properties)
    return (None, None) if found is None else found


def unknown_account(database: PasswordDatabase, mechanism: str, username: str) -> AccountRecord:
    """What an account looks like that a database does not know, to who tries SCRAM; see `PasswordDatabase.scram_shape`.

    :param mechanism: without ``-PLUS``.
    """
    shape = getattr(database, "scram_shape", (DEFAULT_ITERATIONS, SALT_SIZE))
    return AccountRecord(scram={mechanism: unknown_record(mechanism, username, *shape)})


# --- authenticators -------------------------------------------------------------------------------------


class ClientAuthenticator(ABC):
    """A client's half of one attempt to log in."""

    @classmethod
    def are_properties_sufficient(cls, properties: Properties) -> bool:
        """Whether there is what the mechanism needs."""
        return "username" in properties and "password" in properties

    @abstractmethod
    def start(self, properties: Properties) -> Response | Failure:
        """The first message; one without data waits for the server to begin."""

    @abstractmethod
    def challenge(self, challenge: bytes) -> Response | Failure:
        """The answer to a challenge."""

    @abstractmethod
    def finish(self, data: bytes | None) -> Success | Failure:
        """The server says that it is done; `data` came with that."""


class ServerAuthenticator(ABC):
    """A server's half of one attempt to log in."""

    def __init__(self, password_database: PasswordDatabase) -> None:
        self.password_database = password_database

    @abstractmethod
    def start(self, properties: Properties, initial_response: bytes | None) -> Challenge | Success | Failure:
        """The answer to the choice of the mechanism, and to what came with it."""

    @abstractmethod
    def response(self, response: bytes) -> Challenge | Success | Failure:
        """The answer to a response."""


class EngineClientAuthenticator(ClientAuthenticator):
    """A client's half that `xmppkit.sasl` has."""

    #: The name of the mechanism.
    mechanism: ClassVar[str]
    #: The properties that there must be.
    needs: ClassVar[tuple[str, ...]] = ("username", "password")

    def __init__(self) -> None:
        self._half: engine.ClientMechanism | None = None
        self._who = Credentials()

    @classmethod
    def are_properties_sufficient(cls, properties: Properties) -> bool:
        return all(properties.get(name) is not None for name in cls.needs)

    def start(self, properties: Properties) -> Response | Failure:
        self._who = Credentials(
            username=properties.get("username") or "",
            password=properties.get("password"),
            authzid=str(properties.get("authzid") or ""),
            external=True,
            realm=properties.get("realm") or "",
            host=str(properties.get("service-domain") or properties.get("service-hostname") or ""),
            service=properties.get("service-type") or "xmpp",
        )
        half = self._half = make_client(self.mechanism, self._who, attempt_of(properties, client=True))
        return self._guarded(half.initial_response)

    def challenge(self, challenge: bytes) -> Response | Failure:
        half = self._half
        if half is None:
            return Failure("malformed-request", "a challenge came before the beginning")
        return self._guarded(lambda: at_once(half.respond(challenge)))

    def _guarded(self, step: Callable[[], bytes | None]) -> Response | Failure:
        try:
            return Response(step())
        except SASLError as error:
            return Failure("bad-challenge", str(error))

    def finish(self, data: bytes | None) -> Success | Failure:
        try:
            if self._half is None:
                return Failure("malformed-request", "a success came before the beginning")
            self._half.success(data)
        except SASLError as error:
            return Failure("bad-success", str(error))
        return Success({"username": self._who.username, "authzid": self._who.authzid or None})


class EngineServerAuthenticator(ServerAuthenticator):
    """A server's half that `xmppkit.sasl` has."""

    mechanism: ClassVar[str]

    def __init__(self, password_database: PasswordDatabase) -> None:
        super().__init__(password_database)
        self._half: engine.ServerMechanism | None = None
        self._properties: dict[str, Any] = {}

    def start(self, properties: Properties, initial_response: bytes | None) -> Challenge | Success | Failure:
        self._properties = dict(properties)
        self._half = server_mechanism(
            self.mechanism,
            # Whether the mechanism may be used here is asked before: see `filter_mechanism_list`.
            SaslPolicy(allowed=(self.mechanism, *_peers(properties)), plain_without_tls=True, scram_without_tls=True),
            secure=bool(properties.get("security-layer")) or self.mechanism in ON_REQUEST,
            channel_binding=_binding(properties),
            nonce=_nonce(properties),
            domain=str(properties.get("service-domain") or "") if self.mechanism in ON_REQUEST else "",
        )
        if self._half is None:
            return Failure("invalid-mechanism", f"{self.mechanism} cannot be used on this connection")
        return self._answer(self._half.receive(initial_response), initial_response)

    def response(self, response: bytes) -> Challenge | Success | Failure:
        if self._half is None:
            return Failure("malformed-request", "a response came before the beginning")
        return self._answer(self._half.receive(response), response)

    def _answer(
        self, found: engine.ServerStep | engine.PendingStep, data: bytes | None
    ) -> Challenge | Success | Failure:
        step = at_once(found)
        if isinstance(step, engine.NeedAccount):
            assert self._half is not None
            step = at_once(self._half.account(self._record(step.username, data or b"")))
        if isinstance(step, engine.Challenge):
            return Challenge(step.data)
        if isinstance(step, engine.Success):
            return Success({"username": step.username, "authzid": step.authzid or None}, step.data)
        assert isinstance(step, engine.Failure)
        return Failure(step.condition, step.text)

    def _record(self, username: str, data: bytes) -> AccountRecord | None:
        """What the database knows of the account; None if there is none.

        :param data: the message in which the name was.
        """
        password, format_ = self.password_database.get_password(username, ("plain",), self._properties)
        return AccountRecord(password=password) if format_ == "plain" else None


def attempt_of(properties: Properties, *, client: bool) -> engine.Attempt:
    """What the engine is to know of an attempt."""
    offered = properties.get("available_mechanisms" if client else "enabled_mechanisms") or ()
    return engine.Attempt(
        nonce=_nonce(properties),
        policy=SaslPolicy(plain_without_tls=True, scram_without_tls=True),
        binding=_binding(properties),
        peer_binds=any(name.endswith("-PLUS") for name in offered),
        secure=bool(properties.get("security-layer")),
    )


def _peers(properties: Properties) -> list[str]:
    """The other mechanisms that a server offers: SCRAM has to know whether channel binding is among them."""
    return [name for name in properties.get("enabled_mechanisms") or () if name in known_mechanisms()]


def _binding(properties: Properties) -> engine.ChannelBinding | None:
    known: Mapping[str, bytes] = properties.get("channel-binding") or {}
    return known.get if known else None


def _nonce(properties: Properties) -> Callable[[], str]:
    factory = properties.get("nonce_factory")
    if factory is None:
        return random_nonce
    return lambda: _text(factory())


def _text(value: bytes | str) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else value


def decode_base64(text: str) -> bytes | None:
    """The opposite of `Reply.encode`: None for nothing at all.

    :raises ValueError: it is no base64.
    """
    if not text:
        return None
    if text == "=":
        return b""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("no base64") from error


# --- the registry ---------------------------------------------------------------------------------------

_preferences: Final[dict[type[Any], tuple[bool, int]]] = {}


def sasl_mechanism(name: str, secure: bool, preference: int = 50) -> Callable[[A], A]:
    """Class decorator: the authenticator is used for the mechanism `name`, also by streams.

    :param secure: it shows no password, so that it may be used without TLS.
    :param preference: the higher, the earlier in the lists.
    :raises TypeError: the class is none of an authenticator.
    """

    def register(cls: A) -> A:
        if issubclass(cls, ClientAuthenticator):
            _register(name, cls, CLIENT_MECHANISMS_D, CLIENT_MECHANISMS, SECURE_CLIENT_MECHANISMS, secure, preference)
            if not cls.__module__.startswith(f"{__package__}."):
                use_on_streams(name, cls, secure=bool(secure), preference=preference)
        elif issubclass(cls, ServerAuthenticator):
            _register(name, cls, SERVER_MECHANISMS_D, SERVER_MECHANISMS, SECURE_SERVER_MECHANISMS, secure, preference)
            if not cls.__module__.startswith(f"{__package__}."):
                serve_on_streams(name, cls, secure=bool(secure), preference=preference)
        else:
            raise TypeError(f"{cls.__name__} is neither a ClientAuthenticator nor a ServerAuthenticator")
        return cls

    return register


def _register(
    name: str,
    cls: type[Any],
    classes: dict[str, type[Any]],
    names: list[str],
    secure_names: list[str],
    secure: bool,
    preference: int,
) -> None:
    classes[name] = cls
    _preferences[cls] = (bool(secure), preference)
    ordered = sorted(classes, key=lambda known: -_preferences[classes[known]][1])
    names[:] = ordered
    secure_names[:] = [known for known in ordered if _preferences[classes[known]][0]]
