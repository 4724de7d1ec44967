# SPDX-License-Identifier: MIT
"""Negotiating stream management (XEP-0198 §2, §3, §5, §6): enabling it for a new session, or going on with an earlier
one.

The initiator has two turns: before binding it resumes, if there is what to resume; behind binding, and only if it did
not, it enables. The receiver offers both with one element. It is told to enable on a stream that is ready already,
which is why `enable` here is called by the stream itself.
"""

from __future__ import annotations

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
    from xmppkit.protocol.negotiation import StreamPort
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = [
    "ENABLE",
    "ENABLE_TAG",
    "RESUME",
    "RESUME_TAG",
    "EnableInitiator",
    "ManagementReceiver",
    "ResumeInitiator",
    "enable",
    "enabling",
    "refuse",
    "resuming",
]

_NAME = "sm"
_SM = names.clark(names.STREAM_MANAGEMENT, "sm")
ENABLE_TAG = names.clark(names.STREAM_MANAGEMENT, "enable")
RESUME_TAG = names.clark(names.STREAM_MANAGEMENT, "resume")
_ENABLED = names.clark(names.STREAM_MANAGEMENT, "enabled")
_RESUMED = names.clark(names.STREAM_MANAGEMENT, "resumed")
_FAILED = names.clark(names.STREAM_MANAGEMENT, "failed")
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
        element = Element(ENABLE_TAG)
        if options.resume:
            element.set("resume", "true")
            if options.max_seconds is not None:
                element.set("max", str(options.max_seconds))
        stream.move(Step.EXCHANGE)
        stream.write(element)
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        return element.tag in (_ENABLED, _FAILED) or element.tag in _STANZAS

    def receive(self, element: Element) -> Outcome:
        stream = self.stream
        if element.tag == _ENABLED:
            enabled = sm.Enabled(xml=element)
            session = ManagedSession(
                stream.jid,
                stream.options.management,
                id=(enabled.id or "") if enabled.resume else "",
                location=enabled.location or "",
                max_seconds=enabled.max,
            )
            stream.manage(session)
            stream.emit(ManagementEnabled(session, enabled))
            return Outcome.DONE
        if element.tag == _FAILED:
            failed = sm.Failed(xml=element)
            stream.emit(ManagementFailed(failed.get_condition(), failed))
            return Outcome.SKIPPED
        stanza = stream.accept(element)
        if stanza is not None:
            stream.emit(stanza)
        return Outcome.WAIT


class ResumeInitiator(InitiatorHalf):
    """Go on with the session that the stream was given, if it was given one."""

    __slots__ = ()

    def absent(self) -> RemoteError | None:
        session = self.stream.resumes
        if session is not None:
            self._over(session, "feature-not-implemented", None)
        return None

    def start(self, offer: Element, features: StreamFeatures) -> Outcome:
        session = self.stream.resumes
        if session is None:
            return Outcome.SKIPPED
        self.stream.move(Step.EXCHANGE)
        self.stream.write(Element(RESUME_TAG, {"h": str(session.handled), "previd": session.id}))
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        return element.tag in (_RESUMED, _FAILED)

    def receive(self, element: Element) -> Outcome:
        stream, session = self.stream, self.stream.resumes
        assert session is not None
        h = count_of(element.get("h"))
        if element.tag == _FAILED:
            # §5: how far the server came before it gave the session up, if it remembers.
            manager = stream.manage(session, on=False)
            if h is not None and not manager.acked(h):
                return Outcome.ENDED
            failed = sm.Failed(xml=element)
            self._over(session, failed.get_condition(), failed)
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
        stream.learn(Fact.BOUND, Fact.RESUMED)
        stream.emit(Resumed(session, sm.Resumed(xml=element)))
        manager.resend()
        return Outcome.DONE

    def _over(self, session: ManagedSession, condition: str, failed: sm.Failed | None) -> None:
        session.closed = True
        self.stream.resumes = None
        self.stream.emit(ResumptionFailed(session, condition, failed))


class ManagementReceiver(ReceiverHalf):
    """Offer it, and let the application find the session that is to go on."""

    __slots__ = ("_h",)

    def offer(self) -> Element | None:
        return None if self.stream.options.management is None else Element(_SM)

    def starts(self, element: Element) -> bool:
        return element.tag in (ENABLE_TAG, RESUME_TAG)

    def receive(self, element: Element) -> Outcome:
        stream = self.stream
        if element.tag == ENABLE_TAG:
            refuse(stream, "unexpected-request")  # §3: there is no resource yet
            return Outcome.SKIPPED
        h = count_of(element.get("h"))
        previd = element.get("previd")
        if h is None or previd is None:
            return _violation(stream, "a request for a resumption without id or count")
        self._h = h
        stream.move(Step.RESUMING)
        stream.emit(ResumeRequested(previd))
        return Outcome.WAIT

    def accept(self, session: ManagedSession) -> Outcome:
        """The application has found the session."""
        stream = self.stream
        if not stream.manage(session, on=False).acked(self._h):
            return Outcome.ENDED  # and the session, which is not this stream's, may still be resumed
        manager = stream.manage(session)
        session.go_on()
        stream.jid = session.jid
        stream.learn(Fact.BOUND, Fact.RESUMED)
        element = Element(_RESUMED, {"h": str(session.handled), "previd": session.id})
        stream.write(element)
        stream.emit(Resumed(session, sm.Resumed(xml=element)))
        manager.resend()
        return Outcome.READY

    def refuse(self, condition: str, h: int | None) -> Outcome:
        """There is no such session."""
        refuse(self.stream, condition, h)
        return Outcome.SKIPPED


def enable(stream: StreamPort, element: Element) -> None:
    """A client whose resource is bound asks for stream management: agree."""
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
    stream.write(enabled.xml)
    stream.manage(session)
    stream.emit(ManagementEnabled(session, enabled))


def refuse(stream: StreamPort, condition: str, h: int | None = None) -> None:
    """Send `<failed/>` (§6).

    :param condition: that of a stanza error.
    :param h: how much of a session that is over was handled; None does not say.
    """
    failed = Element(_FAILED)
    if h is not None:
        failed.set("h", str(h))
    SubElement(failed, names.clark(names.STANZA_ERRORS, condition))
    stream.write(failed)


# Each stream with stream management has its own declarations, for the order; these they share.
_NEEDED: Final = frozenset({Fact.AUTHENTICATED})
_TOO_LATE: Final = frozenset({Fact.BOUND, Fact.RESUMED})
_ALREADY: Final = frozenset({Fact.RESUMED})


def resuming(order: int = 9000) -> Feature:
    """The declaration of resuming, before binding."""
    return Feature(
        name=_NAME,
        order=order,
        tag=_SM,
        needs=_NEEDED,
        forbids=_TOO_LATE,
        initiator=ResumeInitiator,
    )


def enabling(order: int = 10100) -> Feature:
    """The declaration of enabling, behind binding; also that of the receiver's offer."""
    return Feature(
        name=_NAME,
        order=order,
        tag=_SM,
        # As with the session: a receiver offers it when nothing is bound yet.
        needs=_NEEDED,
        forbids=_ALREADY,
        initiator=EnableInitiator,
        receiver=ManagementReceiver,
    )


RESUME = resuming()
ENABLE = enabling()
