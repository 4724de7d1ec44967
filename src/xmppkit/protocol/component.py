# SPDX-License-Identifier: MIT
"""Both ends of a component's stream (XEP-0114 §3): a header, a handshake that proves the secret, and stanzas.

There are no stream features and no STARTTLS: such a stream is encrypted from its first byte, or not at all.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from xmppkit.exceptions import AuthenticationFailed, ConfigurationError, InvalidJID
from xmppkit.jid.address import JID
from xmppkit.protocol.events import Bound, Negotiated, SecretNeeded, StreamOpened
from xmppkit.protocol.initiator import Initiator
from xmppkit.protocol.options import TlsPolicy
from xmppkit.protocol.receiver import Receiver
from xmppkit.protocol.state import Call, Fact, Input, Role, Step
from xmppkit.xml import names
from xmppkit.xml.limits import Limits

if TYPE_CHECKING:
    from typing import Self

    from xmppkit.protocol.options import StreamOptions
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.xml.parser import StreamHeader

__all__ = ["ComponentReceiverStream", "ComponentStream", "handshake"]

_HANDSHAKE = names.clark(names.COMPONENT, "handshake")
_FACTS = frozenset({Fact.AUTHENTICATED, Fact.BOUND})


def handshake(stream_id: str, secret: str) -> str:
    """The proof of XEP-0114 §3: SHA-1 over the stream's id and the secret, in lower-case hexadecimal."""
    return hashlib.sha1((stream_id + secret).encode(), usedforsecurity=False).hexdigest()


def _check_policy(options: StreamOptions) -> None:
    if options.tls not in (TlsPolicy.DIRECT, TlsPolicy.DISABLED):
        raise ConfigurationError(
            "a component's stream has no STARTTLS (XEP-0114): "
            f"choose TlsPolicy.DIRECT or DISABLED, not {options.tls.name}"
        )


class ComponentStream(Initiator):
    """The component's end.

    Stanzas in `jabber:client` are received like those of the stream's own namespace: some servers send them.

    :param domain: the component's domain, as the server knows it.
    :param secret: what it shares with the server. It is never sent; no representation shows it.
    :param options: what the stream is told.
    :param now: the time, as in `Connection`.
    :raises ConfigurationError: the options do not do for a component.
    """

    __slots__ = ("_secret",)
    role = Role.COMPONENT
    stream_namespace = names.COMPONENT

    def __init__(self, domain: JID | str, secret: str, options: StreamOptions, *, now: float) -> None:
        _check_policy(options)
        address = JID(domain)
        super().__init__(options.domain or address.domain, options, now=now)
        self.jid = address
        self._secret = secret
        self._stanza_tags |= {names.clark(names.CLIENT, local) for local in ("message", "presence", "iq")}

    @classmethod
    def negotiated(
        cls,
        domain: JID | str,
        options: StreamOptions,
        *,
        now: float,
        stream_id: str = "negotiated",
    ) -> Self:
        """A stream that is ready as if its handshake had succeeded; see `ClientStream.negotiated`."""
        stream = cls(domain, "", options, now=now)
        return stream._become_ready(stream.jid, stream_id, _FACTS)

    def _attributes(self) -> dict[str, str]:
        return {"to": self.domain}

    def _default_limits(self) -> Limits:
        return Limits.component()

    def _on_header(self, header: StreamHeader) -> None:
        if not self._opened(header, versioned=False):
            return
        element = Element(_HANDSHAKE)
        element.text = handshake(self.stream_id, self._secret)
        self.write(element)
        self.move(Step.EXCHANGE)

    def _classify(self, element: Element) -> Input:
        if element.tag == _HANDSHAKE and self._state.step is Step.EXCHANGE:
            return Input.ANSWER
        return Input.STANZA if element.tag in self._stanza_tags else Input.NONZA

    def _act(self, kind: Input, element: Element) -> None:
        if kind is Input.STANZA:
            self.emit(self.options.stanza_factory(element))
            return
        self.learn(*_FACTS)
        self.emit(Bound(self.jid))
        self.move(Step.READY)
        self.emit(Negotiated(self.jid))


class ComponentReceiverStream(Receiver):
    """The server's end. The component's domain is what its stream header names; whether there is such a
    component is asked with `SecretNeeded`.

    :param options: what the stream is told.
    :param now: the time, as in `Connection`.
    :raises ConfigurationError: the options do not do for a component.
    """

    __slots__ = ("_secret",)
    role = Role.COMPONENT_RECEIVER
    stream_namespace = names.COMPONENT

    def __init__(self, options: StreamOptions, *, now: float) -> None:
        _check_policy(options)
        super().__init__(options, now=now)
        self._secret = ""
        self._accept = self._checked_sender

    @classmethod
    def negotiated(
        cls, domain: JID | str, options: StreamOptions, *, now: float, stream_id: str = "negotiated"
    ) -> Self:
        """A stream that is ready as if the component `domain` had shown its secret; see
        `ClientStream.negotiated`."""
        stream = cls(options, now=now)
        jid = JID(domain)
        stream.domain = jid.domain
        return stream._become_ready(jid, stream_id, _FACTS)

    def provide_secret(self, secret: str | None) -> None:
        """The answer to `SecretNeeded`.

        :param secret: the component's secret; None if there is no such component, which ends the stream with
            `host-unknown`. An empty one admits nobody.
        :raises LocalProtocolError: nobody asked.
        """
        self._state.check(Call.PROVIDE_SECRET)
        if secret is None:
            self._violate(f"a stream header to {self.domain!r}, which is no component here", "host-unknown")
            return
        self._secret = secret
        self._write_header()
        self.emit(StreamOpened(self.stream_id, None, self.domain, "", self.peer_lang))
        self.move(Step.EXCHANGE)

    def _default_limits(self) -> Limits:
        return Limits.component()

    def _on_header(self, header: StreamHeader) -> None:
        to = header.attributes.get("to")
        if not to:
            self._violate("a stream header without to", "improper-addressing")
            return
        try:
            self.domain = JID(to).domain
        except InvalidJID:
            self._violate("a stream header to something that is no domain", "host-unknown")
            return
        self.jid = JID(self.domain)
        self.move(Step.SECRET)
        self.emit(SecretNeeded(self.domain))

    def _classify(self, element: Element) -> Input:
        if element.tag == _HANDSHAKE and self._state.step is Step.EXCHANGE:
            return Input.ANSWER
        return Input.STANZA if element.tag in self._stanza_tags else Input.NONZA

    def _act(self, kind: Input, element: Element) -> None:
        if kind is Input.STANZA:
            stanza = self._checked_sender(element)
            if stanza is not None:
                self.emit(stanza)
            return
        shown = (element.text or "").strip().encode()
        expected = handshake(self.stream_id, self._secret).encode()
        # Constant time: the comparison must not tell how much of a guess was right.
        if not hmac.compare_digest(shown, expected) or not self._secret:
            error = AuthenticationFailed(
                "the component's handshake is wrong", where=self.where, advice="check the secret at both ends"
            )
            self.fail(error, "not-authorized")
            return
        self.write(Element(_HANDSHAKE))
        self.learn(*_FACTS)
        self.emit(Bound(self.jid))
        self.move(Step.READY)
        self.emit(Negotiated(self.jid))

    def _checked_sender(self, element: Element) -> StanzaBase | None:
        """XEP-0114 §3: a component speaks for its own domain only. Where it says nothing, it speaks for the
        domain itself."""
        if element.tag in self.options.accepts:
            return self.options.stanza_factory(element)
        sender = element.get("from")
        if not sender:
            element.set("from", self.domain)
        elif not self._own(sender):
            self._violate(f"a stanza from {sender[:255]!r}, which is not in its domain", "invalid-from")
            return None
        return self.options.stanza_factory(element)

    def _own(self, sender: str) -> bool:
        try:
            return JID(sender).domain == self.domain
        except InvalidJID:
            return False
