# SPDX-License-Identifier: MIT
"""Logging in, whichever profile of SASL carries it: that of RFC 6120 §6 (`sasl.py`) or SASL 2 (XEP-0388).

A profile says how the mechanism's bytes stand in XML; which mechanism is used, what may be believed, and what becomes
of a failure is the same in all, and here.

Nothing weaker is tried after a failure: whoever can make the first attempt fail could otherwise choose the
mechanism (XEP-0438 §4). A second attempt happens only when the application was asked for the password and may
correct it, and then with the same choice to make.
"""

from __future__ import annotations

import base64
import binascii
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, TypeVar

from xmppkit.exceptions import AuthenticationFailed as AuthenticationRefused
from xmppkit.exceptions import InvalidJID, SASLError, SASLNoAppropriateMechanism
from xmppkit.jid.address import JID
from xmppkit.protocol.events import AccountNeeded, AuthenticationFailed, PasswordNeeded
from xmppkit.protocol.negotiation import InitiatorHalf, Outcome, ReceiverHalf
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl.base import Challenge, NeedAccount
from xmppkit.sasl.base import Failure as FailedStep
from xmppkit.sasl.channel_binding import supported
from xmppkit.sasl.derivation import Pending
from xmppkit.sasl.registry import choose, server_mechanism, server_mechanisms
from xmppkit.xml import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xmppkit.exceptions import RemoteError
    from xmppkit.protocol.negotiation import Feature, StreamPort
    from xmppkit.sasl.base import ClientMechanism, PendingStep, ServerMechanism, ServerStep
    from xmppkit.sasl.base import Success as SuccessStep
    from xmppkit.sasl.credentials import AccountRecord, Credentials
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["BINDINGS_TAG", "BINDING_TAG", "LoginInitiator", "LoginReceiver", "announced", "decode", "encode"]

T = TypeVar("T")

#: XEP-0440 §2.
BINDINGS_TAG = names.clark(names.CHANNEL_BINDING, "sasl-channel-binding")
BINDING_TAG = names.clark(names.CHANNEL_BINDING, "channel-binding")

# Conditions of §6.5 that another user name or password can cure.
_CORRECTABLE = frozenset({"not-authorized", "invalid-authzid", "credentials-expired", "malformed-request"})

_ADVICE = {
    "account-disabled": "the server's operator has disabled the account",
    "encryption-required": "the server wants TLS first",
    "invalid-mechanism": "choose another mechanism with use_mech",
    "mechanism-too-weak": "the server wants a stronger mechanism",
    "temporary-auth-failure": "try again later",
}


def encode(data: bytes | None) -> str | None:
    """§6.4.2: no data is no text, and data of length zero is a single equals sign."""
    if data is None:
        return None
    return base64.b64encode(data).decode("ascii") or "="


def decode(text: str | None) -> bytes | None:
    """The reverse of `encode`; ValueError for anything that is not base64."""
    stripped = (text or "").strip()
    if not stripped:
        return None
    if stripped == "=":
        return b""
    try:
        return base64.b64decode(stripped, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


class LoginInitiator(InitiatorHalf):
    """Choose a mechanism and log in.

    A profile calls `login` with what the server offers, and then, for what the server answers, `challenged`,
    `believe` or `refused`. It provides `send_first`, `send_response` and `send_abort`.
    """

    #: The profile wants what XEP-0440 §3 asks of SASL 2: see `xmppkit.sasl.channel_binding.contradiction`.
    strict: ClassVar[bool] = False

    __slots__ = ("_announced", "_asked", "_mechanism", "_offered", "_whose")

    def __init__(self, stream: StreamPort, feature: Feature) -> None:
        super().__init__(stream, feature)
        self._asked = False
        self._mechanism: ClientMechanism | None = None
        self._offered: tuple[str, ...] = ()
        self._announced: tuple[str, ...] | None = None
        self._whose = ""

    # --- what a profile provides ----------------------------------------------------------------------

    @abstractmethod
    def send_first(self, mechanism: ClientMechanism, data: bytes | None) -> None:
        """Begin with `mechanism`, whose first message is `data`; None: it has none."""

    @abstractmethod
    def send_response(self, data: bytes) -> None:
        """Answer a challenge."""

    @abstractmethod
    def send_abort(self) -> None:
        """Tell the server that the exchange is given up."""

    # --- what it calls --------------------------------------------------------------------------------

    @property
    def mechanism(self) -> ClientMechanism:
        """The mechanism of the attempt under way."""
        assert self._mechanism is not None  # there is one once `send_first` was called
        return self._mechanism

    def absent(self) -> RemoteError | None:
        condition, said = "mechanism-too-weak", "the server offers no authentication"
        self.stream.emit(AuthenticationFailed("", condition, said, None, True))
        return AuthenticationRefused(
            said,
            condition=condition,
            where=self.stream.where,
            advice="it may offer some only over TLS",
        )

    def login(self, offered: Sequence[str], features: StreamFeatures) -> Outcome:
        """Log in with one of the mechanisms that are `offered`, or ask the application for the credentials first.

        :param features: what the server announces besides: kinds of channel binding (XEP-0440).
        """
        self._offered = tuple(offered)
        self._announced = _kinds(features)
        credentials = self.stream.options.credentials
        self._asked = credentials is None
        return self._ask() if credentials is None else self.begin(credentials)

    def _ask(self) -> Outcome:
        self.stream.move(Step.CREDENTIALS)
        self.stream.emit(PasswordNeeded(self._offered))
        return Outcome.WAIT

    def begin(self, credentials: Credentials) -> Outcome:
        """Log in with `credentials`."""
        stream = self.stream
        self._whose = f"of {credentials.username!r}" if credentials.username else "of nobody in particular"
        try:
            self._mechanism = mechanism = self.choose(credentials)
        except SASLNoAppropriateMechanism as error:
            advice = "allow one of them, give what it needs, or use TLS"
            return self._give_up("invalid-mechanism", str(error), "", advice=advice)
        try:
            data = mechanism.initial_response()
        except SASLError as error:
            return self._give_up("malformed-request", str(error), mechanism.name, advice=None)
        stream.move(Step.EXCHANGE)
        self.send_first(mechanism, data)
        return Outcome.WAIT

    def choose(self, credentials: Credentials) -> ClientMechanism:
        """The mechanism to use; raises `SASLNoAppropriateMechanism`."""
        stream = self.stream
        return choose(
            self._offered,
            credentials,
            stream.options.sasl,
            secure=Fact.SECURE in stream.facts,
            channel_binding=stream.channel_binding,
            nonce=stream.options.nonce_factory,
            announced=self._announced,
            strict=self.strict,
        )

    def challenged(self, text: str | None) -> Outcome:
        """The server sent a challenge, in base64."""
        try:
            answer = self.mechanism.respond(decode(text) or b"")
        except ValueError:
            return self.distrust("incorrect-encoding", "the server sent something that is not base64", abort=True)
        except SASLError as error:
            return self.distrust("aborted", str(error), abort=True)
        return self.when_there(answer, self._respond)

    def when_there(self, found: T | Pending[T], go_on: Callable[[T], Outcome]) -> Outcome:
        """Go on with what was found, which may have to be computed first."""
        return self.stream.derive(found, go_on) if isinstance(found, Pending) else go_on(found)

    def _respond(self, answer: bytes) -> Outcome:
        self.send_response(answer)
        return Outcome.WAIT

    def believe(self, text: str | None) -> Outcome | None:
        """The server says that we are logged in, with the mechanism's last data in base64.

        :returns: None: so it is. Else the login was given up, and this is what it came to.
        """
        try:
            self.mechanism.success(decode(text))
        except ValueError:
            return self.distrust("incorrect-encoding", "the server sent something that is not base64")
        except SASLError as error:
            return self.distrust("aborted", str(error))
        return None

    def distrust(self, condition: str, text: str, *, abort: bool = False) -> Outcome:
        """The server broke the mechanism's rules: it may not be who it says, so nothing goes on with it.

        :param abort: the exchange is still under way, and the server is told.
        """
        if abort:
            self.send_abort()
        return self._give_up(condition, text, self.mechanism.name, advice="do not trust this server")

    def _give_up(self, condition: str, text: str, mechanism: str, *, advice: str | None) -> Outcome:
        stream = self.stream
        stream.emit(AuthenticationFailed(mechanism, condition, text, None, True))
        said = f"the login {self._whose} was given up: {text}"
        stream.fail(AuthenticationRefused(said, condition=condition, where=stream.where, advice=advice))
        return Outcome.ENDED

    def refused(self, condition: str, text: str, failure: StanzaBase) -> Outcome:
        """The server refused, with `failure`: ask for other credentials where that may help, or end the stream."""
        stream = self.stream
        stream.attempts += 1
        again = self._asked and condition in _CORRECTABLE and stream.attempts < stream.options.max_auth_attempts
        name = self.mechanism.name
        text = ": ".join(filter(None, (text, self.mechanism.explanation)))
        stream.emit(AuthenticationFailed(name, condition, text, failure, not again))
        if again:
            return self._ask()
        said = f"the server refused the login {self._whose} with {name}: {condition}" + (f", {text}" if text else "")
        advice = None if condition in _CORRECTABLE else _ADVICE.get(condition, "")
        stream.fail(AuthenticationRefused(said, condition=condition, where=stream.where, advice=advice))
        return Outcome.ENDED


def _kinds(features: StreamFeatures) -> tuple[str, ...] | None:
    """The kinds of channel binding that a server announces; None if it announces none (XEP-0440 §2)."""
    announcement = features.xml.find(BINDINGS_TAG)
    if announcement is None:
        return None
    return tuple(kind for each in announcement.iterfind(BINDING_TAG) if (kind := each.get("type")))


def announced(stream: StreamPort) -> tuple[str, ...] | None:
    """The kinds of channel binding that a server announces on `stream`; None where it offers no mechanism with it."""
    policy, secure = stream.options.sasl, Fact.SECURE in stream.facts
    offered = server_mechanisms(policy, secure=secure, channel_binding=stream.channel_binding)
    return supported(stream.channel_binding) if any(name.endswith("-PLUS") for name in offered) else None


def _certified(stream: StreamPort) -> bool:
    """Whether the client has shown a certificate."""
    return stream.tls_info is not None and stream.tls_info.certificate is not None


class LoginReceiver(ReceiverHalf):
    """Let a client log in.

    A profile calls `mechanisms` for what it offers, `first` and `further` for what the client sends, and provides
    `send_challenge`, `send_success` and `send_failure`.
    """

    __slots__ = ("_mechanism", "_name")

    def __init__(self, stream: StreamPort, feature: Feature) -> None:
        super().__init__(stream, feature)
        self._mechanism: ServerMechanism | None = None
        self._name = ""

    # --- what a profile provides ----------------------------------------------------------------------

    @abstractmethod
    def send_challenge(self, data: bytes) -> None:
        """Send the mechanism's next message."""

    @abstractmethod
    def send_success(self, step: SuccessStep, jid: JID) -> Outcome:
        """The client is `jid`: tell it, learn AUTHENTICATED, and report it. `stream.jid` is set already."""

    @abstractmethod
    def send_failure(self, condition: str, text: str) -> StanzaBase:
        """Refuse; the element that was sent."""

    def account_needed(self, username: str) -> AccountNeeded:
        """The question for an account."""
        return AccountNeeded(username, self._name)

    # --- what it calls --------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The mechanism that the client asked for."""
        return self._name

    def mechanisms(self) -> list[str]:
        """What may be offered now, strongest first."""
        stream = self.stream
        return server_mechanisms(
            stream.options.sasl,
            secure=Fact.SECURE in stream.facts,
            channel_binding=stream.channel_binding,
            certificate=_certified(stream),
        )

    def first(self, name: str, text: str | None) -> Outcome:
        """The client begins with the mechanism `name` and its first message in base64; None: it sent none."""
        self._name = name
        try:
            data = decode(text)
        except ValueError:
            return self.fail("incorrect-encoding", "this is not base64")
        mechanism = self.make(name)
        if mechanism is None:
            return self.fail("invalid-mechanism", "")
        self._mechanism = mechanism
        return self._take(mechanism.receive(data))

    def make(self, name: str) -> ServerMechanism | None:
        """The server's half of the mechanism `name`; None if it is not offered."""
        stream = self.stream
        return server_mechanism(
            name,
            stream.options.sasl,
            secure=Fact.SECURE in stream.facts,
            channel_binding=stream.channel_binding,
            nonce=stream.options.nonce_factory,
            domain=stream.domain,
            announced=announced(stream),
            certificate=_certified(stream),
        )

    def further(self, text: str | None) -> Outcome:
        """The client answers a challenge, in base64."""
        try:
            data = decode(text)
        except ValueError:
            return self.fail("incorrect-encoding", "this is not base64")
        assert self._mechanism is not None  # it is the answer to a challenge
        return self._take(self._mechanism.receive(data))

    def account(self, record: AccountRecord | None) -> Outcome:
        """The application looked up the account."""
        assert self._mechanism is not None  # it has asked
        return self._take(self._mechanism.account(record))

    def _take(self, step: ServerStep | PendingStep) -> Outcome:
        return self.stream.derive(step, self._step) if isinstance(step, Pending) else self._step(step)

    def _step(self, step: ServerStep) -> Outcome:
        stream = self.stream
        if isinstance(step, Challenge):
            stream.move(Step.EXCHANGE)
            self.send_challenge(step.data)
            return Outcome.WAIT
        if isinstance(step, NeedAccount):
            stream.move(Step.ACCOUNT)
            stream.emit(self.account_needed(step.username))
            return Outcome.WAIT
        if isinstance(step, FailedStep):
            return self.fail(step.condition, step.text)
        return self._succeed(step)

    def _succeed(self, step: SuccessStep) -> Outcome:
        stream = self.stream
        try:
            jid = JID(f"{step.username}@{stream.domain}")
        except InvalidJID:
            return self.fail("not-authorized", "")
        if jid.resource:  # the name has a slash, and what stands before would be whom it is taken for
            return self.fail("not-authorized", "")
        if step.authzid and not _same(step.authzid, jid):
            return self.fail("invalid-authzid", "")
        stream.jid = jid
        return self.send_success(step, jid)

    def fail(self, condition: str, text: str) -> Outcome:
        """§6.4.5: refuse; the client may try again, but not for ever."""
        stream = self.stream
        element = self.send_failure(condition, text)
        stream.attempts += 1
        final = stream.attempts >= stream.options.max_auth_attempts
        stream.emit(AuthenticationFailed(self._name, condition, text, element, final))
        if not final:
            return Outcome.SKIPPED
        error = AuthenticationRefused(
            f"{stream.attempts} failed logins", condition=condition, where=stream.where, advice=""
        )
        stream.fail(error, "policy-violation", "too many failed logins")
        return Outcome.ENDED


def _same(authzid: str, jid: JID) -> bool:
    """Whether a client that is `jid` may act as `authzid`: as itself only (RFC 6120 §6.3.8)."""
    try:
        return JID(authzid) == jid
    except InvalidJID:
        return False
