# SPDX-License-Identifier: MIT
"""The server's half of SASL2 (XEP-0388), and of what is negotiated along with it: the application is asked for the
account and, when the client is who it says, for a token, for an earlier session, for an address, in this order. Then
one `<success/>` says what has come of all of it, and the features of the stream follow."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.jid.address import JID
from xmppkit.protocol.events import (
    AccountNeeded,
    Authenticated,
    BindRequested,
    Bound,
    MechanismUpgraded,
    TokenRequested,
)
from xmppkit.protocol.features import management
from xmppkit.protocol.features.inline import (
    BIND_TAG,
    BOUND_TAG,
    CARBONS_TAG,
    FAST_TAG,
    IDENTIFIER_TAG,
    REQUEST_TOKEN_TAG,
    TAG_TAG,
    TOKEN_TAG,
)
from xmppkit.protocol.features.login import LoginReceiver, encode
from xmppkit.protocol.features.upgrade import TASK_DATA_TAG, UPGRADE_TAG, UpgradeTask, tasks
from xmppkit.protocol.features.wire2 import (
    ABORT_TAG,
    ADDITIONAL_TAG,
    AUTHENTICATE_TAG,
    AUTHENTICATION_TAG,
    CHALLENGE_TAG,
    CONTINUE_TAG,
    FAILURE_TAG,
    INITIAL_TAG,
    INLINE_TAG,
    MECHANISM_TAG,
    NEXT_TAG,
    RESPONSE_TAG,
    SUCCESS_TAG,
    TASK_TAG,
    TEXT_TAG,
    USER_AGENT_TAG,
    given,
)
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl.base import Attempt
from xmppkit.sasl.ht import BINDINGS, HtServer, usable
from xmppkit.stanza.codecs import DATETIME
from xmppkit.stanza.negotiation.sasl2 import Failure, Success
from xmppkit.xml import names

if TYPE_CHECKING:
    import datetime

    from xmppkit.protocol.logins import Sasl2Options
    from xmppkit.protocol.management import ManagedSession
    from xmppkit.protocol.manager import Manager
    from xmppkit.protocol.negotiation import Feature, StreamPort
    from xmppkit.sasl.base import ServerMechanism
    from xmppkit.sasl.base import Success as SuccessStep

__all__ = ["Sasl2Receiver"]

_INLINE = names.clark(names.BIND2, "inline")
_FEATURE = names.clark(names.BIND2, "feature")
_FAST_MECHANISM = names.clark(names.FAST, "mechanism")
_TASKS = names.clark(names.SASL2, "tasks")
# What names a client: a UUID has 36 characters, and what has many more is none.
_LONGEST_ID = 64
_NOTHING = Element(AUTHENTICATE_TAG)


class Sasl2Receiver(LoginReceiver):
    """Let a client log in, and do what it has asked for along with it."""

    __slots__ = (
        "_additional",
        "_client",
        "_h",
        "_jid",
        "_manager",
        "_request",
        "_success",
        "_task",
        "_tasks",
        "_upgraded",
        "_username",
    )

    def __init__(self, stream: StreamPort, feature: Feature) -> None:
        super().__init__(stream, feature)
        self._request = _NOTHING
        self._client = ""
        self._username = ""
        self._jid = JID()
        self._success = Element(SUCCESS_TAG)
        #: The mechanism's last data, until it is sent.
        self._additional: bytes | None = None
        self._tasks: list[str] = []
        self._task: UpgradeTask | None = None
        #: What the tasks have come to: nothing is kept of a login that is given up.
        self._upgraded: list[MechanismUpgraded] = []
        self._h = 0
        self._manager: Manager | None = None

    @property
    def _options(self) -> Sasl2Options:
        options = self.stream.options.sasl2
        assert options is not None  # without them nothing is offered
        return options

    # --- the offer ------------------------------------------------------------------------------------

    def offer(self) -> Element | None:
        mechanisms = self.mechanisms() if self.stream.options.sasl2 is not None else []
        if not mechanisms:
            return None
        element = Element(AUTHENTICATION_TAG)
        for name in mechanisms:
            SubElement(element, MECHANISM_TAG).text = name
        inline = SubElement(element, INLINE_TAG)
        managed = self.stream.options.management
        if managed is not None and managed.resume:
            SubElement(inline, management.SM_TAG)
        if self._options.bind:
            within = SubElement(SubElement(inline, BIND_TAG), _INLINE)
            for offered, var in ((self._options.carbons, names.CARBONS), (managed, names.STREAM_MANAGEMENT)):
                if offered:
                    SubElement(within, _FEATURE, {"var": var})
        if self._options.fast:
            fast = SubElement(inline, FAST_TAG)
            for name in self._token_mechanisms():
                SubElement(fast, _FAST_MECHANISM).text = name
        for task in tasks(self._options.upgrades):
            SubElement(element, UPGRADE_TAG).text = task
        return element

    def _token_mechanisms(self) -> list[str]:
        return usable(BINDINGS, self.stream.channel_binding, self.stream.options.sasl.channel_binding)

    # --- the login ------------------------------------------------------------------------------------

    def starts(self, element: Element) -> bool:
        return element.tag == AUTHENTICATE_TAG

    def accepts(self, element: Element) -> bool:
        if element.tag == TASK_DATA_TAG:
            return self._task is not None
        if element.tag == NEXT_TAG:
            return bool(self._tasks) and self._task is None
        through = bool(self._tasks) or self._task is not None
        return element.tag == ABORT_TAG or (element.tag == RESPONSE_TAG and not through)

    def gives_up(self, element: Element) -> bool:
        return element.tag == ABORT_TAG

    def receive(self, element: Element) -> Outcome:
        if element.tag == AUTHENTICATE_TAG:
            return self._begin(element)
        if element.tag == RESPONSE_TAG:
            return self.further(element.text)
        if element.tag == NEXT_TAG:
            return self._next(element)
        if element.tag == TASK_DATA_TAG:
            return self._done(element)
        self.stream.jid = JID()
        return self.fail("aborted", "")

    def _begin(self, element: Element) -> Outcome:
        self._request = element
        self._tasks, self._task, self._upgraded = [], None, []
        self._success = Element(SUCCESS_TAG)
        agent = element.find(USER_AGENT_TAG)
        client = agent.get("id", "") if agent is not None else ""
        self._client = client if len(client) <= _LONGEST_ID else ""
        return self.first(element.get("mechanism", ""), given(element.find(INITIAL_TAG)))

    def make(self, name: str) -> ServerMechanism | None:
        fast = self._request.find(FAST_TAG)
        if fast is None:
            return super().make(name)
        if not (self._options.fast and self._client) or name not in self._token_mechanisms():
            return None
        stream = self.stream
        mechanism = HtServer(name, Attempt(stream.options.nonce_factory, binding=stream.channel_binding, secure=True))
        mechanism.count = _count(fast)
        return mechanism

    def account_needed(self, username: str) -> AccountNeeded:
        return AccountNeeded(username, self.name, self._client)

    def send_challenge(self, data: bytes) -> None:
        element = Element(CHALLENGE_TAG)
        element.text = _text(data)
        self.stream.write(element)

    def send_failure(self, condition: str, text: str) -> Failure:
        element = Element(FAILURE_TAG)
        SubElement(element, names.clark(names.SASL, condition))
        if text:
            SubElement(element, TEXT_TAG).text = text
        self.stream.write(element)
        return Failure(xml=element)

    def send_success(self, step: SuccessStep, jid: JID) -> Outcome:
        stream = self.stream
        if stream.peer_from is not None and stream.peer_from != jid.bare:
            stream.jid = JID()
            return self.fail("invalid-authzid", "the stream header is from somebody else")
        self._username, self._jid, self._additional = step.username, jid, step.data
        self._tasks = self._wanted_tasks()
        return self._go_on()

    # --- tasks (XEP-0480) -----------------------------------------------------------------------------

    def _wanted_tasks(self) -> list[str]:
        """What the client may tell of its password: only one that has shown to know it. Who has a token, or a
        certificate, would else make a password of its own."""
        if self.name != "PLAIN" and not self.name.startswith("SCRAM-"):
            return []
        wanted = {(each.text or "").strip() for each in self._request.iterfind(UPGRADE_TAG)}
        return [task for task in tasks(self._options.upgrades) if task in wanted]

    def _go_on(self) -> Outcome:
        """The mechanism, or a task, is through."""
        if not self._tasks:
            return self._admit()
        element = Element(CONTINUE_TAG)
        self._add_data(element)
        SubElement(SubElement(element, _TASKS), TASK_TAG).text = self._tasks[0]
        self.stream.move(Step.EXCHANGE)
        self.stream.write(element)
        return Outcome.WAIT

    def _add_data(self, element: Element) -> None:
        if self._additional is not None:
            SubElement(element, ADDITIONAL_TAG).text = _text(self._additional)
            self._additional = None

    def _next(self, element: Element) -> Outcome:
        if element.get("task") != self._tasks[0]:
            return self._fail_task("this is not the task")
        self._task = UpgradeTask(self._tasks.pop(0), self.stream.options.nonce_factory())
        self.stream.write(self._task.begin())
        return Outcome.WAIT

    def _done(self, element: Element) -> Outcome:
        task, self._task = self._task, None
        assert task is not None  # `accepts` has looked
        record = task.finish(element)
        if record is None:
            return self._fail_task("this is no hash for this mechanism")
        self._upgraded.append(MechanismUpgraded(self._username, task.mechanism, record))
        return self._go_on()

    def _fail_task(self, text: str) -> Outcome:
        self._tasks = []
        self.stream.jid = JID()
        return self.fail("malformed-request", text)

    # --- what was asked for along with it -------------------------------------------------------------

    def _admit(self) -> Outcome:
        """The client is who it says."""
        stream = self.stream
        self._add_data(self._success)
        stream.learn(Fact.AUTHENTICATED)
        for event in self._upgraded:
            stream.emit(event)
        stream.emit(Authenticated(self.name, Success(xml=self._success), self._username))
        wanted = self._request.find(REQUEST_TOKEN_TAG)
        mechanism = (wanted.get("mechanism", "") if wanted is not None else "") or self.name
        requested = wanted is not None and mechanism in self._token_mechanisms()
        used = self._mechanism if isinstance(self._mechanism, HtServer) else None
        if not (self._options.fast and self._client and (requested or used is not None)):
            return self._resume()
        fast = self._request.find(FAST_TAG)
        stream.move(Step.TOKEN)
        stream.emit(
            TokenRequested(
                self._username,
                self._client,
                mechanism if requested else self.name,
                used.used if used is not None else None,
                used.count if used is not None else None,
                used is not None and fast is not None and _is_true(fast.get("invalidate")),
                requested,
            )
        )
        return Outcome.WAIT

    def provide_token(self, token: str | None, expiry: datetime.datetime | None) -> Outcome:
        """The application has made a token, or not."""
        if token is not None:
            element = SubElement(self._success, TOKEN_TAG, {"token": token})
            if expiry is not None:
                element.set("expiry", DATETIME.encode(expiry))
        return self._resume()

    def _resume(self) -> Outcome:
        stream, managed = self.stream, self.stream.options.management
        request = self._request.find(management.RESUME_TAG)
        if request is None or managed is None or not managed.resume:
            return self._bind()
        h = management.resume_wanted(stream, request)
        if h is None:
            return Outcome.ENDED
        self._h = h
        return Outcome.WAIT

    def accept_resume(self, session: ManagedSession) -> Outcome:
        """The application has found the session that is to go on."""
        going_on = management.go_on(self.stream, session, self._h)
        if going_on is None:
            return Outcome.ENDED
        self._manager, element = going_on
        self._success.append(element)
        return self._finish()

    def refuse_resume(self, condition: str, h: int | None) -> Outcome:
        """There is no such session: a resource is bound, if that was asked for."""
        self._success.append(management.refusal(condition, h))
        return self._bind()

    def _bind(self) -> Outcome:
        stream = self.stream
        request = self._request.find(BIND_TAG)
        if request is None or not self._options.bind:
            return self._finish()
        tag = (request.findtext(TAG_TAG) or "").strip()
        carbons = self._options.carbons and request.find(CARBONS_TAG) is not None
        stream.move(Step.BINDING)
        stream.emit(BindRequested(None, tag, self._client, carbons))
        return Outcome.WAIT

    def accept_bind(self, jid: JID) -> Outcome:
        """The application bound `jid`."""
        stream = self.stream
        request = self._request.find(BIND_TAG)
        assert request is not None  # else it would not have been asked
        self._jid = stream.jid = jid
        stream.learn(Fact.BOUND)
        stream.emit(Bound(jid, carbons=self._options.carbons and request.find(CARBONS_TAG) is not None))
        bound = SubElement(self._success, BOUND_TAG)
        wanted = request.find(management.ENABLE_TAG)
        if wanted is not None and stream.options.management is not None:
            bound.append(management.enable(stream, wanted))
        return self._finish()

    def refuse_bind(self, condition: str) -> Outcome:
        """The application bound nothing, because of `condition`: the client learns it when it asks by RFC 6120 §7."""
        return self._finish()

    def _finish(self) -> Outcome:
        stream = self.stream
        if Fact.RESUMED in stream.facts:
            self._jid = stream.jid
        SubElement(self._success, IDENTIFIER_TAG).text = self._jid.full
        stream.write(self._success)
        return Outcome.FEATURES

    def announced(self) -> None:
        """The features of the stream have followed: a session that goes on has the rest of what it missed."""
        if self._manager is not None:
            self._manager.resend()


def _text(data: bytes) -> str:
    """XEP-0388 §2.2: unlike in RFC 6120, no text is data of length zero."""
    text = encode(data)
    return "" if text is None or text == "=" else text


def _count(fast: Element) -> int | None:
    """How often the token was used; None if it is not said. What is no number is the least that there is."""
    text = fast.get("count")
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0


def _is_true(text: str | None) -> bool:
    return text is not None and text.strip() in ("1", "true")
