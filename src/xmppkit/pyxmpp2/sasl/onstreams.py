# SPDX-License-Identifier: MIT
"""Authenticators that a program has registered with `sasl_mechanism`, as mechanisms of the engine: streams use them.

The engine takes the strongest mechanism that both sides have. A preference counts on PyXMPP2's scale, where SCRAM has
80 and more, and PLAIN 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xmppkit.exceptions import SASLCancelled, SASLFailed
from xmppkit.sasl import base as engine
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.sasl.custom import (
    CustomMechanism,
    CustomServerMechanism,
    Exposure,
    register_mechanism,
    register_server_mechanism,
)

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.sasl.core import ClientAuthenticator, Reply, ServerAuthenticator
    from xmppkit.sasl.credentials import Credentials

__all__ = ["serve_on_streams", "use_on_streams"]

#: What SCRAM-SHA-1 has on PyXMPP2's scale, above what it has on the engine's.
_SHIFT = 18


class _ProgramMechanism(engine.ClientMechanism):
    """The client's half that an authenticator of the program is.

    :param authenticator: the authenticator.
    :param properties: what it is told.
    """

    def __init__(
        self,
        name: str,
        credentials: Credentials,
        attempt: engine.Attempt,
        authenticator: ClientAuthenticator,
        properties: dict[str, Any],
    ) -> None:
        super().__init__(name, credentials, attempt)
        self._authenticator = authenticator
        self._properties = properties

    def initial_response(self) -> bytes | None:
        return self._data(self._authenticator.start(self._properties))

    def respond(self, challenge: bytes) -> bytes:
        return self._data(self._authenticator.challenge(challenge)) or b""

    def success(self, data: bytes | None) -> None:
        self._data(self._authenticator.finish(data))

    def _data(self, reply: Reply) -> bytes | None:
        reason = getattr(reply, "reason", None)  # a failure has one
        if reason is not None:
            raise SASLFailed(f"{self.name}: {reason}")
        return reply.data


def _properties(name: str, who: Credentials, attempt: engine.Attempt) -> dict[str, Any]:
    said: dict[str, Any] = {
        **who.more,
        "username": who.username,
        "password": who.password,
        "authzid": who.authzid or None,
        "security-layer": "TLS" if attempt.secure else None,
        "service-type": who.service,
        "service-domain": who.host,
        "nonce_factory": lambda: attempt.nonce().encode("ascii"),
        "available_mechanisms": [name],
    }
    return {key: value for key, value in said.items() if value is not None}


def use_on_streams(name: str, cls: type[ClientAuthenticator], *, secure: bool, preference: int) -> None:
    """Have streams use an authenticator.

    :param name: the mechanism, as servers offer it.
    :param secure: it does not show the password: it is used where SCRAM is. Otherwise only where PLAIN is.
    """

    def make(name: str, credentials: Credentials, attempt: engine.Attempt) -> engine.ClientMechanism:
        properties = _properties(name, credentials, attempt)
        if not cls.are_properties_sufficient(properties):
            raise SASLCancelled(f"{cls.__name__} lacks something that it needs")
        return _ProgramMechanism(name, credentials, attempt, cls(), properties)

    exposure = Exposure.GUESSABLE if secure else Exposure.SECRET
    register_mechanism(CustomMechanism(name, preference - _SHIFT, make, exposure=exposure))


class _ProgramServer(engine.ServerMechanism):
    """The server's half that an authenticator of the program is. What it is made with comes from the stream, as if it
    were an account."""

    def __init__(self, name: str, attempt: engine.Attempt, cls: type[ServerAuthenticator]) -> None:
        super().__init__(name, attempt)
        self._cls = cls
        self._authenticator: ServerAuthenticator | None = None
        self._first: bytes | None = None

    def receive(self, data: bytes | None) -> engine.ServerStep:
        if self._authenticator is not None:
            return self._step(self._authenticator.response(data or b""))
        self._first = data
        return engine.NeedAccount("")

    def account(self, record: AccountRecord | None) -> engine.ServerStep:
        if record is None:
            return self.REFUSED
        self._authenticator = self._cls(record.more["password_database"])
        return self._step(self._authenticator.start(record.more["properties"], self._first))

    def _step(self, reply: Reply) -> engine.ServerStep:
        reason = getattr(reply, "reason", None)  # a failure has one
        if reason is not None:
            return engine.Failure(reason, getattr(reply, "text", ""))
        properties: dict[str, Any] | None = getattr(reply, "properties", None)  # so has a success
        if properties is None:
            return engine.Challenge(reply.data or b"")
        username = str(properties.get("username") or "")
        return engine.Success(username, str(properties.get("authzid") or ""), reply.data) if username else self.REFUSED


def serve_on_streams(name: str, cls: type[ServerAuthenticator], *, secure: bool, preference: int) -> None:
    """Have servers' streams use an authenticator, where the setting ``sasl_mechanisms`` names the mechanism.

    :param name: the mechanism, as it is offered.
    :param secure: see `use_on_streams`.
    """

    def make(name: str, attempt: engine.Attempt) -> engine.ServerMechanism:
        return _ProgramServer(name, attempt, cls)

    exposure = Exposure.GUESSABLE if secure else Exposure.SECRET
    register_server_mechanism(CustomServerMechanism(name, preference - _SHIFT, make, exposure))
