# SPDX-License-Identifier: MIT
"""Negotiating stream management (XEP-0198 §2, §3, §5, §6): enabling it for a new session, or going on with an earlier
one.

The initiator has two turns: before binding it resumes, if there is what to resume; behind binding, and only if it did
not, it enables. The receiver offers both with one element. It is told to enable on a stream that is ready already,
which is why `enable` here is called by the stream itself.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import MalformedStream, RemoteError
from xmppkit.protocol.events import ManagementEnabled, ManagementFailed, Resumed, ResumeRequested, ResumptionFailed
from xmppkit.protocol.management import ManagedSession
from xmppkit.protocol.manager import count_of
from xmppkit.protocol.negotiation import Feature, InitiatorHalf, Outcome, ReceiverHalf
from xmppkit.protocol.state import Fact, Step
from xmppkit.stanza.negotiation import sm
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.protocol.management import ManagementOptions
    from xmppkit.protocol.manager import Manager
    from xmppkit.protocol.negotiation import StreamPort
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = [
    "ENABLE",
    "ENABLED_TAG",
    "ENABLE_TAG",
    "FAILED_TAG",
    "RESUME",
    "RESUMED_TAG",
    "RESUME_TAG",
    "SM_TAG",
    "EnableInitiator",
    "ManagementReceiver",
    "ResumeInitiator",
    "enable",
    "enable_request",
    "enabled",
    "enabling",
    "go_on",
    "not_enabled",
    "not_resumed",
    "refusal",
    "refuse",
    "resume_request",
    "resume_wanted",
    "resumed",
    "resuming",
]

_NAME = "sm"
SM_TAG = names.clark(names.STREAM_MANAGEMENT, "sm")
ENABLE_TAG = names.clark(names.STREAM_MANAGEMENT, "enable")
RESUME_TAG = names.clark(names.STREAM_MANAGEMENT, "resume")
ENABLED_TAG = names.clark(names.STREAM_MANAGEMENT, "enabled")
RESUMED_TAG = names.clark(names.STREAM_MANAGEMENT, "resumed")
FAILED_TAG = names.clark(names.STREAM_MANAGEMENT, "failed")
_STANZAS = frozenset(names.clark(names.CLIENT, local) for local in ("iq", "message", "presence"))


def _violation(stream: StreamPort, what: str) -> Outcome:
    error = MalformedStream(f"the peer sent {what}", condition="bad-format", where=stream.where)
    stream.fail(error, error.condition)
    return Outcome.ENDED


class EnableInitiator(InitiatorHalf):
    """Ask for stream management. Until the server has agreed nothing is counted, and stanzas may come."""

    __slots__ = ()

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        stream, options = self.stream, self.stream.options.management
        if options is None or Fact.BOUND not in stream.facts:
            return Outcome.SKIPPED
        stream.move(Step.EXCHANGE)
        stream.write(enable_request(options))
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        return element.tag in (ENABLED_TAG, FAILED_TAG) or element.tag in _STANZAS

    def receive(self, element: Element) -> Outcome:
        stream = self.stream
        if element.tag == ENABLED_TAG:
            enabled(stream, element)
            return Outcome.DONE
        if element.tag == FAILED_TAG:
            not_enabled(stream, element)
            return Outcome.SKIPPED
        stanza = stream.accept(element)
        if stanza is not None:
            stream.emit(stanza)
        return Outcome.WAIT


class ResumeInitiator(InitiatorHalf):
    """Go on with the session that the stream was given, if it was given one."""

    __slots__ = ()

    def absent(self) -> RemoteError | None:
        not_resumed(self.stream, "feature-not-implemented", None)
        return None

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        session = self.stream.resumes
        if session is None:
            return Outcome.SKIPPED
        self.stream.move(Step.EXCHANGE)
        self.stream.write(resume_request(session))
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        return element.tag in (RESUMED_TAG, FAILED_TAG)

    def receive(self, element: Element) -> Outcome:
        return resumed(self.stream, element)


def enable_request(options: ManagementOptions) -> Element:
    """What asks for stream management (§3)."""
    element = Element(ENABLE_TAG)
    if options.resume:
        element.set("resume", "true")
        if options.max_seconds is not None:
            element.set("max", str(options.max_seconds))
    return element


def enabled(stream: StreamPort, element: Element) -> None:
    """The server has agreed: `element` is its `<enabled/>`."""
    answer = sm.Enabled(xml=element)
    session = ManagedSession(
        stream.jid,
        stream.options.management,
        id=(answer.id or "") if answer.resume else "",
        location=answer.location or "",
        max_seconds=answer.max,
    )
    stream.manage(session).pace(resumed=False)
    stream.learn(Fact.MANAGED)
    stream.emit(ManagementEnabled(session, answer))


def not_enabled(stream: StreamPort, element: Element) -> None:
    """The server has refused: `element` is its `<failed/>`."""
    failed = sm.Failed(xml=element)
    stream.emit(ManagementFailed(failed.get_condition(), failed))


def resume_request(session: ManagedSession) -> Element:
    """What asks for going on with `session` (§5)."""
    return Element(RESUME_TAG, {"h": str(session.tell()), "previd": session.id})


def resumed(stream: StreamPort, element: Element) -> Outcome:
    """The server answers the request for going on with an earlier session: with `<resumed/>`, and it goes on (DONE);
    with `<failed/>`, and it is over (SKIPPED); with something that cannot be, and the stream has ended."""
    session = stream.resumes
    assert session is not None
    h = count_of(element.get("h"))
    if element.tag == FAILED_TAG:
        # §5: how far the server came before it gave the session up, if it remembers.
        manager = stream.manage(session, on=False)
        if h is not None and not manager.acked(h):
            return Outcome.ENDED
        failed = sm.Failed(xml=element)
        not_resumed(stream, failed.get_condition(), failed)
        return Outcome.SKIPPED
    if element.get("previd") != session.id:
        return _violation(stream, "the resumption of another session")
    if h is None:
        return _violation(stream, "a resumption without a count")
    manager = stream.manage(session)
    if not manager.acked(h):
        return Outcome.ENDED
    session.go_on()
    stream.jid = session.jid
    stream.learn(Fact.BOUND, Fact.RESUMED, Fact.MANAGED)
    stream.emit(Resumed(session, sm.Resumed(xml=element)))
    manager.pace(resumed=True)
    manager.resend()
    return Outcome.DONE


def not_resumed(stream: StreamPort, condition: str, failed: sm.Failed | None) -> None:
    """The session that was to go on, if there is one, is over, because of `condition`."""
    session, stream.resumes = stream.resumes, None
    if session is not None:
        session.closed = True
        stream.emit(ResumptionFailed(session, condition, failed))


class ManagementReceiver(ReceiverHalf):
    """Offer it, and let the application find the session that is to go on."""

    __slots__ = ("_h",)

    def offer(self) -> Element | None:
        return None if self.stream.options.management is None else Element(SM_TAG)

    def starts(self, element: Element) -> bool:
        return element.tag in (ENABLE_TAG, RESUME_TAG)

    def receive(self, element: Element) -> Outcome:
        stream = self.stream
        if element.tag == ENABLE_TAG:
            refuse(stream, "unexpected-request")  # §3: there is no resource yet
            return Outcome.SKIPPED
        h = resume_wanted(stream, element)
        if h is None:
            return Outcome.ENDED
        self._h = h
        return Outcome.WAIT

    def accept_resume(self, session: ManagedSession) -> Outcome:
        """The application has found the session."""
        going_on = go_on(self.stream, session, self._h)
        if going_on is None:
            return Outcome.ENDED
        manager, element = going_on
        self.stream.write(element)
        manager.resend()
        return Outcome.READY

    def refuse_resume(self, condition: str, h: int | None) -> Outcome:
        """There is no such session."""
        refuse(self.stream, condition, h)
        return Outcome.SKIPPED


def resume_wanted(stream: StreamPort, element: Element) -> int | None:
    """A client asks for going on with an earlier session: ask the application.

    :returns: how much of it the client has handled; None: it did not say, and the stream has ended.
    """
    h = count_of(element.get("h"))
    previd = element.get("previd")
    if h is None or previd is None:
        _violation(stream, "a request for a resumption without id or count")
        return None
    stream.move(Step.RESUMING)
    stream.emit(ResumeRequested(previd))
    return h


def go_on(stream: StreamPort, session: ManagedSession, h: int) -> tuple[Manager, Element] | None:
    """The application has found the session, of which the client has handled `h` stanzas.

    :returns: its manager, whose `resend` is to be called behind the `<resumed/>`, which is the other; None: the client
        says to have handled more than there was, the stream has ended, and the session, which is not this stream's, may
        still be resumed.
    """
    if not stream.manage(session, on=False).acked(h):
        return None
    element = Element(RESUMED_TAG, {"h": str(session.tell()), "previd": session.id})
    manager = stream.manage(session)
    session.go_on()
    stream.jid = session.jid
    stream.learn(Fact.BOUND, Fact.RESUMED, Fact.MANAGED)
    stream.emit(Resumed(session, sm.Resumed(xml=element)))
    return manager, element


def enable(stream: StreamPort, element: Element) -> Element:
    """A client whose resource is bound asks for stream management: agree.

    :returns: the `<enabled/>`, which is to be written.
    """
    options = stream.options.management
    assert options is not None
    asked = sm.Enable(xml=element)
    enabled = sm.Enabled()
    session = ManagedSession(stream.jid, options)
    if options.resume and asked.resume:
        # D7 of every list of attacks: who guesses an id goes on with somebody's session.
        session.id = stream.options.nonce_factory()
        session.location = options.location
        session.max_seconds = min((each for each in (options.max_seconds, asked.max) if each is not None), default=None)
        enabled.id, enabled.resume = session.id, True
        enabled.location, enabled.max = session.location or None, session.max_seconds
    stream.manage(session)
    stream.learn(Fact.MANAGED)
    stream.emit(ManagementEnabled(session, enabled))
    return enabled.xml


def refuse(stream: StreamPort, condition: str, h: int | None = None) -> None:
    """Send `<failed/>` (§6); see `refusal`."""
    stream.write(refusal(condition, h))


def refusal(condition: str, h: int | None = None) -> Element:
    """A `<failed/>` (§6).

    :param condition: that of a stanza error.
    :param h: how much of a session that is over was handled; None does not say.
    """
    failed = Element(FAILED_TAG)
    if h is not None:
        failed.set("h", str(h))
    SubElement(failed, names.clark(names.STANZA_ERRORS, condition))
    return failed


# Each stream with stream management has its own declarations, for the order; these they share.
_NEEDED: Final = frozenset({Fact.AUTHENTICATED})
_TOO_LATE: Final = frozenset({Fact.BOUND, Fact.RESUMED})
_ALREADY: Final = frozenset({Fact.RESUMED, Fact.MANAGED})


@lru_cache(64)
def resuming(order: int = 9000) -> Feature:
    """The declaration of resuming, before binding."""
    return Feature(
        name=_NAME,
        order=order,
        tag=SM_TAG,
        needs=_NEEDED,
        forbids=_TOO_LATE,
        initiator=ResumeInitiator,
    )


@lru_cache(64)
def enabling(order: int = 10100) -> Feature:
    """The declaration of enabling, behind binding; also that of the receiver's offer."""
    return Feature(
        name=_NAME,
        order=order,
        tag=SM_TAG,
        # As with the session: a receiver offers it when nothing is bound yet.
        needs=_NEEDED,
        forbids=_ALREADY,
        initiator=EnableInitiator,
        receiver=ManagementReceiver,
    )


RESUME = resuming()
ENABLE = enabling()
