# SPDX-License-Identifier: MIT
"""SASL on a stream (RFC 6120 §6): `xmppkit.sasl` knows the mechanisms, this module puts their bytes into XML.

Nothing weaker is tried after a failure: whoever can make the first attempt fail could otherwise choose the
mechanism (XEP-0438 §4). A second attempt happens only when the application was asked for the password and may
correct it, and then with the same choice to make.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import AuthenticationFailed as AuthenticationRefused
from xmppkit.exceptions import InvalidJID, RemoteError, SASLError, SASLNoAppropriateMechanism
from xmppkit.jid.address import JID
from xmppkit.protocol.events import AccountNeeded, Authenticated, AuthenticationFailed, PasswordNeeded
from xmppkit.protocol.negotiation import Feature, InitiatorHalf, Outcome, ReceiverHalf
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl.base import Challenge, NeedAccount
from xmppkit.sasl.base import Failure as FailedStep
from xmppkit.sasl.registry import choose, server_mechanism, server_mechanisms
from xmppkit.stanza.negotiation.sasl import Failure, Success
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.sasl.base import ServerMechanism, ServerStep
    from xmppkit.sasl.base import Success as SuccessStep
    from xmppkit.sasl.credentials import AccountRecord, Credentials
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["MECHANISMS", "SaslInitiator", "SaslReceiver"]

_MECHANISMS = names.clark(names.SASL, "mechanisms")
_MECHANISM = names.clark(names.SASL, "mechanism")
_AUTH = names.clark(names.SASL, "auth")
_CHALLENGE = names.clark(names.SASL, "challenge")
_RESPONSE = names.clark(names.SASL, "response")
_SUCCESS = names.clark(names.SASL, "success")
_FAILURE = names.clark(names.SASL, "failure")
_ABORT = names.clark(names.SASL, "abort")
_TEXT = names.clark(names.SASL, "text")


def _encode(data: bytes | None) -> str | None:
    """§6.4.2: no data is no text, and data of length zero is a single equals sign."""
    if data is None:
        return None
    return base64.b64encode(data).decode("ascii") or "="


def _decode(text: str | None) -> bytes | None:
    """The reverse of `_encode`; ValueError for anything that is not base64."""
    stripped = (text or "").strip()
    if not stripped:
        return None
    if stripped == "=":
        return b""
    try:
        return base64.b64decode(stripped, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _element(tag: str, data: bytes | None = None) -> Element:
    element = Element(tag)
    element.text = _encode(data)
    return element


class SaslInitiator(InitiatorHalf):
    """Choose a mechanism and log in. SASL2 does it too, and writes it otherwise (`xmppkit.protocol.features.sasl2`)."""

    __slots__ = ("_asked", "_mechanism", "_offered", "_whose")

    def absent(self) -> RemoteError | None:
        condition, said = "mechanism-too-weak", "the server offers no authentication"
        self.stream.emit(AuthenticationFailed("", condition, said, None, True))
        return AuthenticationRefused(
            said,
            condition=condition,
            where=self.stream.where,
            advice="it may offer some only over TLS",
        )

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        self._offered = tuple((child.text or "").strip() for child in offer.iterfind(_MECHANISM))
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
            self._mechanism = choose(
                self._offered,
                credentials,
                stream.options.sasl,
                secure=Fact.SECURE in stream.facts,
                channel_binding=stream.channel_binding,
                nonce=stream.options.nonce_factory,
            )
            data = self._mechanism.initial_response()
        except SASLNoAppropriateMechanism as error:
            advice = "allow one of them, give what it needs, or use TLS"
            return self._give_up("invalid-mechanism", str(error), "", advice=advice)
        except SASLError as error:
            return self._give_up("malformed-request", str(error), self._mechanism.name, advice=None)
        stream.move(Step.EXCHANGE)
        self._write_auth(data)
        return Outcome.WAIT

    def _write_auth(self, data: bytes | None) -> None:
        """Tell the choice, with the mechanism's first message."""
        auth = _element(_AUTH, data)
        if self._mechanism.verbatim and data:
            auth.text = data.decode("utf-8", "replace")
        auth.set("mechanism", self._mechanism.name)
        self.stream.write(auth)

    def _write_response(self, data: bytes) -> None:
        self.stream.write(_element(_RESPONSE, data))

    def _write_abort(self) -> None:
        self.stream.write(Element(_ABORT))

    def accepts(self, element: Element) -> bool:
        return element.tag in (_CHALLENGE, _SUCCESS, _FAILURE)

    def receive(self, element: Element) -> Outcome:
        if element.tag == _FAILURE:
            return self._refused(element)
        challenged = element.tag == _CHALLENGE
        try:
            data = _decode(element.text)
            if challenged:
                self._write_response(self._mechanism.respond(data or b""))
                return Outcome.WAIT
            self._mechanism.success(data)
        except (ValueError, SASLError) as error:
            return self._distrust(error, abort=challenged)
        return self._succeed(element)

    def _succeed(self, element: Element) -> Outcome:
        """The server has let us in, and has proved what the mechanism can prove."""
        stream = self.stream
        stream.learn(Fact.AUTHENTICATED)
        stream.emit(Authenticated(self._mechanism.name, Success(xml=element)))
        return Outcome.RESTART

    def _distrust(self, error: ValueError | SASLError, *, abort: bool) -> Outcome:
        """The server broke the mechanism's rules: it may not be who it says, so nothing goes on with it.

        :param error: a ValueError is for data that is not base64.
        :param abort: it waits for our turn.
        """
        if abort:
            self._write_abort()
        condition, text = "aborted", str(error)
        if not isinstance(error, SASLError):
            condition, text = "incorrect-encoding", "the server sent something that is not base64"
        return self._give_up(condition, text, self._mechanism.name, advice="do not trust this server")

    def _give_up(self, condition: str, text: str, mechanism: str, *, advice: str | None) -> Outcome:
        stream = self.stream
        stream.emit(AuthenticationFailed(mechanism, condition, text, None, True))
        said = f"the login {self._whose} was given up: {text}"
        stream.fail(AuthenticationRefused(said, condition=condition, where=stream.where, advice=advice))
        return Outcome.ENDED

    def _refused(self, element: Element) -> Outcome:
        stream = self.stream
        condition, text = _read_failure(element)
        failure = self._failure(element)
        stream.attempts += 1
        again = self._asked and condition in _CORRECTABLE and stream.attempts < stream.options.max_auth_attempts
        name = self._mechanism.name
        stream.emit(AuthenticationFailed(name, condition, text, failure, not again))
        if again:
            return self._ask()
        said = f"the server refused the login {self._whose} with {name}: {condition}" + (f", {text}" if text else "")
        advice = None if condition in _CORRECTABLE else _ADVICE.get(condition, "")
        stream.fail(AuthenticationRefused(said, condition=condition, where=stream.where, advice=advice))
        return Outcome.ENDED

    def _failure(self, element: Element) -> StanzaBase:
        return Failure(xml=element)


# Conditions of §6.5 that another user name or password can cure.
_CORRECTABLE = frozenset({"not-authorized", "invalid-authzid", "credentials-expired", "malformed-request"})

_ADVICE = {
    "account-disabled": "the server's operator has disabled the account",
    "encryption-required": "the server wants TLS first",
    "invalid-mechanism": "choose another mechanism with use_mech",
    "mechanism-too-weak": "the server wants a stronger mechanism",
    "temporary-auth-failure": "try again later",
}


def _read_failure(element: Element) -> tuple[str, str]:
    """The condition and the text of a `<failure/>`; ``not-authorized`` if it names none (§6.5)."""
    condition, text = "not-authorized", ""
    for child in element:
        namespace, local = names.split(child.tag)
        if local == "text":
            text = child.text or ""
        elif namespace == names.SASL:
            condition = local
    return condition, text


class SaslReceiver(ReceiverHalf):
    """Let a client log in. SASL2 does it too, and writes it otherwise (`xmppkit.protocol.features.sasl2`)."""

    __slots__ = ("_mechanism", "_name")

    def offer(self) -> Element | None:
        mechanisms = self._mechanisms()
        if not mechanisms:
            return None
        element = Element(_MECHANISMS)
        for name in mechanisms:
            SubElement(element, _MECHANISM).text = name
        return element

    def _mechanisms(self) -> list[str]:
        stream = self.stream
        return server_mechanisms(
            stream.options.sasl, secure=Fact.SECURE in stream.facts, channel_binding=stream.channel_binding
        )

    def starts(self, element: Element) -> bool:
        return element.tag == _AUTH

    def accepts(self, element: Element) -> bool:
        return element.tag in (_RESPONSE, _ABORT)

    def receive(self, element: Element) -> Outcome:
        if element.tag == _ABORT:
            return self._fail("aborted", "")
        if element.tag == _AUTH:
            self._name = element.get("mechanism", "")
        try:
            data = _decode(element.text)
        except ValueError:
            return self._fail("incorrect-encoding", "this is not base64")
        if element.tag == _AUTH:
            mechanism = self._make_mechanism()
            if mechanism is None:
                return self._fail("invalid-mechanism", "")
            self._mechanism = mechanism
        return self._step(self._mechanism.receive(data))

    def _make_mechanism(self) -> ServerMechanism | None:
        """The mechanism that the client has named; None when it was not offered."""
        stream = self.stream
        return server_mechanism(
            self._name,
            stream.options.sasl,
            secure=Fact.SECURE in stream.facts,
            channel_binding=stream.channel_binding,
            nonce=stream.options.nonce_factory,
            domain=stream.domain,
        )

    def account(self, record: AccountRecord | None) -> Outcome:
        """The application looked up the account."""
        return self._step(self._mechanism.account(record))

    def _step(self, step: ServerStep) -> Outcome:
        stream = self.stream
        if isinstance(step, Challenge):
            stream.move(Step.EXCHANGE)
            self._write_challenge(step.data)
            return Outcome.WAIT
        if isinstance(step, NeedAccount):
            stream.move(Step.ACCOUNT)
            stream.emit(self._account_needed(step.username))
            return Outcome.WAIT
        if isinstance(step, FailedStep):
            return self._fail(step.condition, step.text)
        return self._succeed(step)

    def _write_challenge(self, data: bytes) -> None:
        self.stream.write(_element(_CHALLENGE, data))

    def _account_needed(self, username: str) -> AccountNeeded:
        return AccountNeeded(username, self._name)

    def _succeed(self, step: SuccessStep) -> Outcome:
        stream = self.stream
        try:
            jid = JID(f"{step.username}@{stream.domain}")
        except InvalidJID:
            return self._fail("not-authorized", "")
        if step.authzid and not _same(step.authzid, jid):
            return self._fail("invalid-authzid", "")
        return self._admit(step, jid)

    def _admit(self, step: SuccessStep, jid: JID) -> Outcome:
        """The client is `jid`: tell it."""
        stream = self.stream
        success = _element(_SUCCESS, step.data)
        stream.write(success)
        stream.jid = jid
        stream.learn(Fact.AUTHENTICATED)
        stream.emit(Authenticated(self._name, Success(xml=success), step.username))
        return Outcome.RESTART

    def _fail(self, condition: str, text: str) -> Outcome:
        """§6.4.5: the client may try again, but not for ever."""
        stream = self.stream
        failure = self._write_failure(condition, text)
        stream.attempts += 1
        final = stream.attempts >= stream.options.max_auth_attempts
        stream.emit(AuthenticationFailed(self._name, condition, text, failure, final))
        if not final:
            return Outcome.SKIPPED
        error = AuthenticationRefused(
            f"{stream.attempts} failed logins", condition=condition, where=stream.where, advice=""
        )
        stream.fail(error, "policy-violation", "too many failed logins")
        return Outcome.ENDED

    def _write_failure(self, condition: str, text: str) -> StanzaBase:
        element = Element(_FAILURE)
        SubElement(element, names.clark(names.SASL, condition))
        if text:
            SubElement(element, _TEXT).text = text
        self.stream.write(element)
        return Failure(xml=element)


def _same(authzid: str, jid: JID) -> bool:
    """Whether a client that is `jid` may act as `authzid`: as itself only (RFC 6120 §6.3.8)."""
    try:
        return JID(authzid) == jid
    except InvalidJID:
        return False


MECHANISMS = Feature(
    name="mechanisms",
    order=100,
    tag=_MECHANISMS,
    forbids=frozenset({Fact.AUTHENTICATED}),
    restarts=True,
    initiator=SaslInitiator,
    receiver=SaslReceiver,
)
"""The declaration of SASL."""
