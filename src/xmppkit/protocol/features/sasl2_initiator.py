# SPDX-License-Identifier: MIT
"""The client's half of SASL2 (XEP-0388): the login of `login.py` in another profile, along with which an earlier
session goes on, an address is bound and tokens are given (`inline.py`). No stream restarts after it.

With a token (XEP-0484) and the memory of what the server has offered, the login stands behind the stream header, and is
there before the server has offered anything: see `Sasl2Options.offer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring

from xmppkit.exceptions import InvalidJID, SASLError, StreamClosed
from xmppkit.jid.address import JID
from xmppkit.protocol.events import Authenticated, TokenRefused
from xmppkit.protocol.features.inline import IDENTIFIER_TAG, INLINES, FastInline
from xmppkit.protocol.features.login import LoginInitiator, encode
from xmppkit.protocol.features.upgrade import TASK_DATA_TAG, UPGRADE_TAG, answer, tasks
from xmppkit.protocol.features.wire2 import (
    ABORT_TAG,
    ADDITIONAL_TAG,
    AUTHENTICATE_TAG,
    CHALLENGE_TAG,
    CONTINUE_TAG,
    DEVICE_TAG,
    FAILURE_TAG,
    INITIAL_TAG,
    INLINE_TAG,
    MECHANISM_TAG,
    NEXT_TAG,
    RESPONSE_TAG,
    SOFTWARE_TAG,
    SUCCESS_TAG,
    TASKS_TAG,
    USER_AGENT_TAG,
    given,
    read_failure,
)
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl.base import Attempt
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.ht import HtClient
from xmppkit.stanza.negotiation.sasl2 import Failure, Success
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.protocol.features.inline import Inline
    from xmppkit.protocol.logins import FastToken, Sasl2Options
    from xmppkit.protocol.negotiation import Feature, StreamPort
    from xmppkit.sasl.base import ClientMechanism
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["Sasl2Initiator"]

_SASL1 = names.clark(names.SASL, "mechanisms")
_SASL1_MECHANISM = names.clark(names.SASL, "mechanism")


class Sasl2Initiator(LoginInitiator):
    """Log in: with the token if there is one, else with the credentials.

    A token that is refused is forgotten, and the credentials take its place. Where SASL2 offers nothing that can be
    used and the profile of RFC 6120 does, that one has its turn.
    """

    strict: ClassVar[bool] = True

    __slots__ = (
        "_features",
        "_inlines",
        "_legacy",
        "_names",
        "_password",
        "_proved",
        "_task",
        "_tasks",
        "_token",
        "_tried",
    )

    def __init__(self, stream: StreamPort, feature: Feature) -> None:
        super().__init__(stream, feature)
        #: What may be negotiated along with the login, as the server offers it.
        self._inlines: list[Inline] = []
        self._names: list[str] = []
        self._legacy: frozenset[str] = frozenset()
        self._features: StreamFeatures | None = None
        #: The token of the attempt under way, and whether there was one before it.
        self._token: FastToken | None = None
        self._tried = False
        #: The mechanism is through, and the server has proved what it can prove.
        self._proved = False
        self._tasks: list[str] = []
        self._task = ""
        self._password = ""

    @property
    def _options(self) -> Sasl2Options:
        options = self.stream.options.sasl2
        assert options is not None  # without them it has no turn
        return options

    def absent(self) -> None:
        return None

    # --- beginning ------------------------------------------------------------------------------------

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        if self.stream.options.sasl2 is None:
            return Outcome.SKIPPED
        self._read(offer, features)
        token = self._usable_token()
        if token is None:
            return self.login(self._names, features)
        return self._begin_with(token)

    def _read(self, offer: Element, features: StreamFeatures | None) -> None:
        self._names = [(child.text or "").strip() for child in offer.iterfind(MECHANISM_TAG)]
        self._tasks = [(child.text or "").strip() for child in offer.iterfind(UPGRADE_TAG)]
        self._features = features
        legacy = features.xml.find(_SASL1) if features is not None else None
        if legacy is not None:
            self._legacy = frozenset((each.text or "").strip() for each in legacy.iterfind(_SASL1_MECHANISM))
        inline = offer.find(INLINE_TAG)
        announced = {child.tag: child for child in inline} if inline is not None else {}
        stream, options = self.stream, self._options
        self._inlines = [kind(stream, options, announced[kind.tag]) for kind in INLINES if kind.tag in announced]

    def _usable_token(self) -> FastToken | None:
        """The token, if the server takes such ones and this connection can bind it."""
        token, agent = self._options.token, self._options.user_agent
        fast = next((each for each in self._inlines if isinstance(each, FastInline)), None)
        if token is None or fast is None or agent is None or not (agent.id and self.stream.jid.local):
            return None
        return token if token.mechanism in fast.mechanisms() else None

    def _begin_with(self, token: FastToken) -> Outcome:
        self.stream.move(Step.EXCHANGE)
        self._send_token(token)
        return Outcome.WAIT

    def _send_token(self, token: FastToken) -> None:
        stream = self.stream
        name = stream.jid.local
        attempt = Attempt(stream.options.nonce_factory, stream.options.sasl, stream.channel_binding, secure=True)
        mechanism = HtClient(token.mechanism, Credentials(name, access_token=token.token), attempt)
        self._token, self._mechanism, self._whose = token, mechanism, f"of {name!r}"
        self.send_first(mechanism, mechanism.initial_response())

    def begin(self, credentials: Credentials) -> Outcome:
        # What the other profile offers beyond this one may be all that can be used.
        if not self._legacy <= set(self._names):
            try:
                self.choose(credentials)
            except SASLError:
                return Outcome.SKIPPED
        self._token, self._proved = None, False
        self._password = credentials.password or ""
        return super().begin(credentials)

    # --- ahead of the offer ---------------------------------------------------------------------------

    def ahead(self) -> bool:
        options = self.stream.options.sasl2
        if options is None or options.token is None or not options.offer:
            return False
        try:
            offer = fromstring(options.offer)  # noqa: S314 - what came through our parser before
        except ParseError:
            return False
        self._read(offer, None)
        token = self._usable_token()
        if token is None:
            return False
        self._send_token(token)
        return True

    def confirm(self, offer: Element | None, features: StreamFeatures) -> Outcome:
        stream = self.stream
        if offer is None:
            # What we have sent means nothing to the server, and it ends the stream.
            stream.emit(TokenRefused("invalid-mechanism", changed=True))
            said = "the server does not offer any more what it has offered before"
            stream.fail(StreamClosed(said, where=stream.where, advice="connect again: nothing is assumed then"))
            return Outcome.ENDED
        asked = self._inlines
        self._read(offer, features)
        # What was asked for is what will be answered, whatever is offered now.
        kept = {each.tag for each in asked}
        self._inlines = asked + [each for each in self._inlines if each.tag not in kept]
        stream.move(Step.EXCHANGE)
        return Outcome.WAIT

    # --- what is sent ---------------------------------------------------------------------------------

    def send_first(self, mechanism: ClientMechanism, data: bytes | None) -> None:
        request = Element(AUTHENTICATE_TAG, {"mechanism": mechanism.name})
        if data is not None:
            SubElement(request, INITIAL_TAG).text = _text(data)
        agent = self._options.user_agent
        if agent is not None:
            about = SubElement(request, USER_AGENT_TAG, {"id": agent.id} if agent.id else {})
            for tag, said in ((SOFTWARE_TAG, agent.software), (DEVICE_TAG, agent.device)):
                if said:
                    SubElement(about, tag).text = said
        for each in self._inlines:
            each.ask(request, self._token)
        for task in self._wanted_tasks(mechanism):
            SubElement(request, UPGRADE_TAG).text = task
        self.stream.write(request)

    def _wanted_tasks(self, mechanism: ClientMechanism) -> list[str]:
        """What the server may be told of the password: only one that has proved to know it already is."""
        known = mechanism.name.removesuffix("-PLUS")
        if not known.startswith("SCRAM-"):
            return []
        return [task for task in tasks(self._options.upgrades) if task in self._tasks and not task.endswith(known)]

    def send_response(self, data: bytes) -> None:
        element = Element(RESPONSE_TAG)
        element.text = _text(data)
        self.stream.write(element)

    def send_abort(self) -> None:
        self.stream.write(Element(ABORT_TAG))

    # --- what is received -----------------------------------------------------------------------------

    def accepts(self, element: Element) -> bool:
        if element.tag == TASK_DATA_TAG:
            return bool(self._task)
        if element.tag == CHALLENGE_TAG:
            return not self._proved
        return element.tag in (SUCCESS_TAG, FAILURE_TAG, CONTINUE_TAG) and not self._task

    def gives_up(self, element: Element) -> bool:
        return element.tag == FAILURE_TAG

    def receive(self, element: Element) -> Outcome:
        if element.tag == CHALLENGE_TAG:
            return self.challenged(element.text)
        if element.tag == FAILURE_TAG:
            return self._refused(element)
        if element.tag == TASK_DATA_TAG:
            return self._upgrade(element)
        if not self._proved:
            given_up = self.believe(given(element.find(ADDITIONAL_TAG)))
            if given_up is not None:
                return given_up
            self._proved = True
        return self._continue(element) if element.tag == CONTINUE_TAG else self._succeed(element)

    def _continue(self, element: Element) -> Outcome:
        """Something remains to be done: of what there is, we do what we have asked for."""
        asked = self._wanted_tasks(self.mechanism)
        offered = [(child.text or "").strip() for child in element.iterfind(TASKS_TAG)]
        self._task = next((task for task in offered if task in asked), "")
        if not self._task:
            wanted = ", ".join(repr(task[:20]) for task in offered[:5]) or "nothing that has a name"
            self.send_abort()
            said, advice = f"the server wants {wanted} to be done first", "log in with a program that can do it"
            return self._give_up("aborted", said, self.mechanism.name, advice=advice)
        self.stream.write(Element(NEXT_TAG, {"task": self._task}))
        return Outcome.WAIT

    def _upgrade(self, element: Element) -> Outcome:
        task, self._task = self._task, ""
        try:
            told = answer(task, element, self._password, self.stream.options.sasl)
        except SASLError as error:
            return self.distrust("aborted", str(error), abort=True)
        self._tasks.remove(task)  # once
        return self.when_there(told, self._tell)

    def _tell(self, told: Element) -> Outcome:
        self.stream.write(told)
        return Outcome.WAIT

    def _succeed(self, element: Element) -> Outcome:
        stream = self.stream
        if not self._expected(element.findtext(IDENTIFIER_TAG)):
            return self.distrust("invalid-authzid", "the server has let us in as somebody else")
        stream.learn(Fact.AUTHENTICATED)
        stream.emit(Authenticated(self.mechanism.name, Success(xml=element)))
        for each in self._inlines:
            if not each.answered(element, self._token):
                return Outcome.ENDED
        return Outcome.FEATURES

    def _expected(self, identifier: str | None) -> bool:
        """Whether that is who we are. Whoever logs in by another name than that of the address learns the address; who
        is anonymous, too."""
        stream = self.stream
        given = stream.options.credentials
        if identifier is None:
            return True
        try:
            jid = JID(identifier.strip())
        except InvalidJID:
            return False
        known = self._token is not None or given is None or (given.username == stream.jid.local and not given.authzid)
        return not (stream.jid.local and known) or jid.bare == stream.jid.bare

    def _refused(self, element: Element) -> Outcome:
        condition, text = read_failure(element)
        failure = Failure(xml=element)
        if self._token is None:
            if self._tried and condition == "invalid-mechanism" and self._legacy:
                # COMPAT(Prosody 0.12): where a token was refused, it takes other mechanisms by the other profile only.
                return Outcome.SKIPPED
            return self.refused(condition, text, failure)
        # XEP-0484 §4.1. The password is tried with the mechanisms that would have been possible without a token.
        self._token, self._tried, self._proved = None, True, False
        self.stream.emit(TokenRefused(condition))
        assert self._features is not None  # they have come before any answer
        return self.login(self._names, self._features)


def _text(data: bytes) -> str:
    """XEP-0388 §2.2: unlike in RFC 6120, no text is data of length zero."""
    text = encode(data)
    return "" if text is None or text == "=" else text
