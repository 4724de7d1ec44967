# SPDX-License-Identifier: MIT
"""SCRAM (RFC 5802, RFC 7677) with SHA-1, SHA-256 and SHA-512, each also with channel binding."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

from xmppkit.pyxmpp2.sasl.core import (
    EngineClientAuthenticator,
    EngineServerAuthenticator,
    PasswordDatabase,
    Properties,
    Response,
    password_of,
    sasl_mechanism,
    unknown_account,
)
from xmppkit.pyxmpp2.sasl.core import Failure as Failed
from xmppkit.sasl.credentials import AccountRecord, ScramRecord
from xmppkit.sasl.prep import saslprep
from xmppkit.sasl.scram import DEFAULT_ITERATIONS, make_scram_record

__all__ = [
    "HASH_FACTORIES",
    "SCRAMClientAuthenticator",
    "SCRAMOperations",
    "SCRAMServerAuthenticator",
    "SCRAM_SHA_1_ClientAuthenticator",
    "SCRAM_SHA_1_PLUS_ClientAuthenticator",
    "SCRAM_SHA_1_PLUS_ServerAuthenticator",
    "SCRAM_SHA_1_ServerAuthenticator",
]

#: Name of a hash, as in names of mechanisms, to what makes it.
HASH_FACTORIES: Final[dict[str, Callable[..., Any]]] = {
    "SHA-1": hashlib.sha1,
    "SHA-256": hashlib.sha256,
    "SHA-512": hashlib.sha512,
}


class SCRAMOperations:
    """The operations of RFC 5802 §2.2 with one hash.

    :param hash_function_name: one of `HASH_FACTORIES`.
    """

    def __init__(self, hash_function_name: str) -> None:
        self.hash_function_name = hash_function_name
        self.hash_factory = HASH_FACTORIES[hash_function_name]
        self._name = self.hash_factory().name

    @staticmethod
    def Normalize(str_: str) -> bytes:  # noqa: N802  # RFC 5802's name
        """``Normalize(str)``: prepared by SASLprep, in UTF-8. Raises `SASLFailed`."""
        return saslprep(str_).encode("utf-8")

    def HMAC(self, key: bytes, str_: bytes) -> bytes:  # noqa: N802  # RFC 5802's name
        """``HMAC(key, str)``"""
        return hmac.digest(key, str_, self._name)

    def H(self, str_: bytes) -> bytes:  # noqa: N802  # RFC 5802's name
        """``H(str)``"""
        return bytes(self.hash_factory(str_).digest())

    @staticmethod
    def XOR(str1: bytes, str2: bytes) -> bytes:  # noqa: N802  # RFC 5802's name
        """``str1 XOR str2``; ValueError when they are not of one length."""
        return bytes(one ^ other for one, other in zip(str1, str2, strict=True))

    def Hi(self, str_: bytes, salt: bytes, i: int) -> bytes:  # noqa: N802  # RFC 5802's name
        """``Hi(str, salt, i)``: PBKDF2."""
        return hashlib.pbkdf2_hmac(self._name, str_, salt, i)

    @staticmethod
    def escape(data: bytes) -> bytes:
        """A saslname with its commas and equals signs escaped (§5.1)."""
        return data.replace(b"=", b"=3D").replace(b",", b"=2C")

    @staticmethod
    def unescape(data: bytes) -> bytes:
        """The opposite of `escape`."""
        return data.replace(b"=2C", b",").replace(b"=3D", b"=")

    def record(self, salt: bytes, iterations: int, salted: bytes) -> ScramRecord:
        """What a server keeps, of a salted password."""
        stored = self.H(self.HMAC(salted, b"Client Key"))
        return ScramRecord(salt, iterations, stored, self.HMAC(salted, b"Server Key"))


class SCRAMClientAuthenticator(EngineClientAuthenticator):
    """The client's half.

    :param hash_name: one of `HASH_FACTORIES`.
    :param channel_binding: the mechanism is the one with ``-PLUS``.
    """

    def __init__(self, hash_name: str, channel_binding: bool = False) -> None:
        super().__init__()
        self.mechanism = f"SCRAM-{hash_name}{'-PLUS' if channel_binding else ''}"  # type: ignore[misc]  # each its own

    def start(self, properties: Properties) -> Response | Failed:
        if self.mechanism.endswith("-PLUS"):
            # It is offered, or it would not have been chosen.
            properties = {**properties, "available_mechanisms": [self.mechanism]}
        return super().start(properties)


class SCRAMServerAuthenticator(EngineServerAuthenticator):
    """The server's half.

    :param hash_name: one of `HASH_FACTORIES`.
    :param channel_binding: the mechanism is the one with ``-PLUS``.

    The properties ``SCRAM-salt`` and ``SCRAM-iteration-count`` say how a password that is known in the clear is
    salted; by default at random, and 10,000 times.
    """

    def __init__(self, hash_name: str, channel_binding: bool, password_database: PasswordDatabase) -> None:
        super().__init__(password_database)
        self._plain_name = f"SCRAM-{hash_name}"
        self.mechanism = self._plain_name + ("-PLUS" if channel_binding else "")  # type: ignore[misc]  # each its own
        self._operations = SCRAMOperations(hash_name)

    def _record(self, username: str, data: bytes) -> AccountRecord:
        salted, keys = f"{self._plain_name}-SaltedPassword", f"{self._plain_name}-Keys"
        database, formats = self.password_database, ("plain", salted, keys)
        password, format_ = password_of(database, username, formats, self._properties)
        if format_ == "plain":
            if self._properties.keys() & {"SCRAM-salt", "SCRAM-iteration-count"}:
                return self._of(self._salted(password))
            return AccountRecord(password=password)
        if format_ == salted:
            return self._of(self._operations.record(*password))
        if format_ == keys:
            return self._of(ScramRecord(*password))
        return unknown_account(database, self._plain_name, username)

    def _salted(self, password: str) -> ScramRecord:
        said = self._properties
        iterations = said.get("SCRAM-iteration-count", DEFAULT_ITERATIONS)
        return make_scram_record(self._plain_name, password, said.get("SCRAM-salt"), iterations)

    def _of(self, record: ScramRecord) -> AccountRecord:
        return AccountRecord(scram={self._plain_name: record})


def _declare(hash_name: str, preference: int) -> tuple[type[Any], type[Any], type[Any], type[Any]]:
    """The four authenticators of one hash, registered: client and server, without and with channel binding."""

    def client(binds: bool) -> type[SCRAMClientAuthenticator]:
        class Client(SCRAMClientAuthenticator):
            needs = ("username", "password", "channel-binding") if binds else ("username", "password")

            def __init__(self) -> None:
                super().__init__(hash_name, binds)

        return Client

    def server(binds: bool) -> type[SCRAMServerAuthenticator]:
        class Server(SCRAMServerAuthenticator):
            def __init__(self, password_database: PasswordDatabase) -> None:
                super().__init__(hash_name, binds, password_database)

        return Server

    found = []
    for binds in (False, True):
        name = f"SCRAM-{hash_name}{'-PLUS' if binds else ''}"
        for make, side in ((client, "Client"), (server, "Server")):
            cls: type[Any] = make(binds)
            cls.__name__ = cls.__qualname__ = f"{name.replace('-', '_')}_{side}Authenticator"
            found.append(sasl_mechanism(name, True, preference + binds)(cls))
    return found[0], found[1], found[2], found[3]


_declare("SHA-512", 86)
_declare("SHA-256", 83)
(
    SCRAM_SHA_1_ClientAuthenticator,
    SCRAM_SHA_1_ServerAuthenticator,
    SCRAM_SHA_1_PLUS_ClientAuthenticator,
    SCRAM_SHA_1_PLUS_ServerAuthenticator,
) = _declare("SHA-1", 80)
