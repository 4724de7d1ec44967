# SPDX-License-Identifier: MIT
"""What a client negotiates along with a login by SASL2 (XEP-0388 §2.1): an earlier session that goes on (XEP-0198
§9.2), an address with what belongs to it (XEP-0386), a token (XEP-0484). Each is an element in the `<authenticate/>`,
and one in the `<success/>`. The server's half of all of them is in `sasl2_receiver.py`, for it asks the application,
and in turn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import InvalidJID, MalformedStream
from xmppkit.jid.address import JID
from xmppkit.protocol.events import Bound, TokenReceived
from xmppkit.protocol.features import management
from xmppkit.protocol.logins import FastToken
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.state import Fact
from xmppkit.sasl.ht import usable
from xmppkit.stanza.negotiation.fast import Token
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.protocol.logins import Sasl2Options
    from xmppkit.protocol.negotiation import StreamPort

__all__ = [
    "BIND_TAG",
    "BOUND_TAG",
    "CARBONS_TAG",
    "FAST_TAG",
    "IDENTIFIER_TAG",
    "INLINES",
    "REQUEST_TOKEN_TAG",
    "TAG_TAG",
    "TOKEN_TAG",
    "BindInline",
    "FastInline",
    "Inline",
    "ResumeInline",
]

BIND_TAG = names.clark(names.BIND2, "bind")
BOUND_TAG = names.clark(names.BIND2, "bound")
TAG_TAG = names.clark(names.BIND2, "tag")
FAST_TAG = names.clark(names.FAST, "fast")
REQUEST_TOKEN_TAG = names.clark(names.FAST, "request-token")
TOKEN_TAG = names.clark(names.FAST, "token")
CARBONS_TAG = names.clark(names.CARBONS, "enable")
IDENTIFIER_TAG = names.clark(names.SASL2, "authorization-identifier")
_FEATURE = f"{names.clark(names.BIND2, 'inline')}/{names.clark(names.BIND2, 'feature')}"
_FAST_MECHANISM = names.clark(names.FAST, "mechanism")


class Inline(ABC):
    """One thing that is negotiated along with a login. Made anew for each announcement.

    :param stream: the stream.
    :param options: what it was told.
    :param offer: the element that announces it.
    """

    tag: ClassVar[str]
    """The qualified name of the element that announces it."""

    __slots__ = ("offer", "options", "stream")

    def __init__(self, stream: StreamPort, options: Sasl2Options, offer: Element) -> None:
        self.stream = stream
        self.options = options
        self.offer = offer

    @abstractmethod
    def ask(self, request: Element, token: FastToken | None) -> None:
        """Put into the `<authenticate/>` what is wanted; whoever was asked before has done so.

        :param token: the one with which we log in; None: it is by other means.
        """

    @abstractmethod
    def answered(self, success: Element, token: FastToken | None) -> bool:
        """The server has let us in, with the login that was asked for last. False: the stream has ended."""


class ResumeInline(Inline):
    """Go on with an earlier session (XEP-0198 §9.2)."""

    __slots__ = ()

    tag = management.SM_TAG

    def ask(self, request: Element, token: FastToken | None) -> None:
        if self.stream.resumes is not None:
            request.append(management.resume_request(self.stream.resumes))

    def answered(self, success: Element, token: FastToken | None) -> bool:
        stream = self.stream
        if stream.resumes is None:
            return True
        for tag in (management.RESUMED_TAG, management.FAILED_TAG):
            answer = success.find(tag)
            if answer is not None:
                return management.resumed(stream, answer) is not Outcome.ENDED
        management.not_resumed(stream, "", None)  # it was asked for, and the server says nothing to it
        return True


class BindInline(Inline):
    """Let the server bind a resource, and enable what belongs to the session (XEP-0386 §3.2).

    What is bound so has a name of the server's choice: where a certain one is wanted, RFC 6120 §7 follows. It does too
    where an earlier session may go on and cannot be asked for along with the login.
    """

    __slots__ = ("_asked",)

    tag = BIND_TAG

    def ask(self, request: Element, token: FastToken | None) -> None:
        stream, options = self.stream, self.options
        resumes = stream.resumes is not None and request.find(management.RESUME_TAG) is None
        self._asked = options.bind and not resumes and not (stream.options.resource or stream.jid.resource)
        if not self._asked:
            return
        bind = SubElement(request, BIND_TAG)
        if options.tag:
            SubElement(bind, TAG_TAG).text = options.tag
        offered = {feature.get("var") for feature in self.offer.iterfind(_FEATURE)}
        if options.carbons and names.CARBONS in offered:
            SubElement(bind, CARBONS_TAG)
        if stream.options.management is not None and names.STREAM_MANAGEMENT in offered:
            bind.append(management.enable_request(stream.options.management))

    def answered(self, success: Element, token: FastToken | None) -> bool:
        stream = self.stream
        bound = success.find(BOUND_TAG)
        if bound is None or not self._asked or Fact.RESUMED in stream.facts:
            return True
        try:
            jid = JID((success.findtext(IDENTIFIER_TAG) or "").strip())
        except InvalidJID:
            jid = JID()
        if not jid.resource:
            error = MalformedStream("the peer bound something that is no full address", where=stream.where)
            stream.fail(error, error.condition)
            return False
        stream.jid = jid
        stream.learn(Fact.BOUND)
        stream.emit(Bound(jid, carbons=self.options.carbons and self._offers(names.CARBONS)))
        enabled = bound.find(management.ENABLED_TAG)
        failed = bound.find(management.FAILED_TAG)
        if stream.options.management is not None and enabled is not None:
            management.enabled(stream, enabled)
        elif failed is not None:
            management.not_enabled(stream, failed)
        return True

    def _offers(self, var: str) -> bool:
        return any(feature.get("var") == var for feature in self.offer.iterfind(_FEATURE))


class FastInline(Inline):
    """Log in with a token, and ask for one (XEP-0484 §3)."""

    __slots__ = ("_wanted",)

    tag = FAST_TAG

    def mechanisms(self) -> list[str]:
        """The offered mechanisms that this connection can do, strongest first."""
        offered = [(each.text or "").strip() for each in self.offer.iterfind(_FAST_MECHANISM)]
        return usable(offered, self.stream.channel_binding, self.stream.options.sasl.channel_binding)

    def ask(self, request: Element, token: FastToken | None) -> None:
        options, agent = self.options, self.options.user_agent
        if token is not None:
            fast = SubElement(request, FAST_TAG)
            if token.count:
                fast.set("count", str(token.count))
            if options.invalidate:
                fast.set("invalidate", "true")
        best = next(iter(self.mechanisms()), "")
        # The server sees to it that a token is replaced in time, but not that a better mechanism is used.
        wants = options.fast and not options.invalidate and agent is not None and agent.id and best
        self._wanted = best if wants and (token is None or token.mechanism != best) else ""
        if self._wanted:
            SubElement(request, REQUEST_TOKEN_TAG, {"mechanism": self._wanted})

    def answered(self, success: Element, token: FastToken | None) -> bool:
        element = success.find(TOKEN_TAG)
        mechanism = self._wanted or (token.mechanism if token is not None else "")
        if element is None or not mechanism:
            return True
        given = Token(xml=element)
        if given.token:
            self.stream.emit(TokenReceived(FastToken(given.token, mechanism, given.expiry)))
        return True


#: In the order in which they are asked for, and answered: a session that goes on has its address.
INLINES: tuple[type[Inline], ...] = (ResumeInline, BindInline, FastInline)
