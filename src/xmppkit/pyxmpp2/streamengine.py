# SPDX-License-Identifier: MIT
"""The engine's streams as `StreamBase` uses them: stream features are those of the handlers, and XML is logged.

A program composes a stream of handler objects. Where the engine has a feature built in (TLS, SASL, binding, the
session) the handler's presence turns it on; a handler of the program's own becomes a feature of the engine, whose turn
comes where the handler stands in the list. A stream that has nothing left to negotiate and no session is no error
here: the program may go on with it by hand.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from xmppkit.protocol.events import Event
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.negotiation import Feature, HostHalf
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Input, Step
from xmppkit.xml import names
from xmppkit.xmlstream.wirelog import IN, OUT, wire_text

if TYPE_CHECKING:
    from xmppkit.protocol.options import StreamOptions
    from xmppkit.stanza.base import StanzaBase
    from xmppkit.stanza.stream_features import StreamFeatures

__all__ = ["IDLE", "InitiatorEngine", "ReceiverEngine", "TlsBegins", "Traced", "log_incoming"]

_FEATURES = names.clark(names.STREAM, "features")
_LOGGERS_IN = (IN, logging.getLogger("pyxmpp2.IN"))
_LOGGERS_OUT = (OUT, logging.getLogger("pyxmpp2.OUT"))

#: The name of the feature that comes last: nothing is left to negotiate.
IDLE = "pyxmpp2 idle"


class TlsBegins(Event):
    """The TLS handshake begins."""


def _log(loggers: Sequence[logging.Logger], word: str, item: Any) -> None:
    wanted = [logger for logger in loggers if logger.isEnabledFor(logging.DEBUG)]
    if wanted:
        text = wire_text(item, names.CLIENT)
        for logger in wanted:
            logger.debug("%s: %s", word, text)


def log_incoming(item: Any) -> None:
    """Log what was received."""
    _log(_LOGGERS_IN, "IN", item)


class Traced:
    """Logs what a stream sends, and says when TLS begins."""

    __slots__ = ()

    def send(self, item: StanzaBase | Element | str, *, at: float | None = None) -> None:
        """See `Connection.send`."""
        _log(_LOGGERS_OUT, "OUT", item)
        super().send(item, at=at)  # type: ignore[misc]

    def write(self, element: Element) -> None:
        """See `StreamCore.write`."""
        _log(_LOGGERS_OUT, "OUT", element)
        super().write(element)  # type: ignore[misc]

    def secure_connection(self) -> None:
        """See `StreamCore.secure_connection`."""
        self.emit(TlsBegins())  # type: ignore[attr-defined]
        super().secure_connection()  # type: ignore[misc]

    def _on_element(self, element: Element) -> None:
        log_incoming(element)
        super()._on_element(element)  # type: ignore[misc]


class _HandlerHalf(HostHalf):
    """A handler's turn, or nobody's: every stanza is let through, for who negotiates by hand."""

    __slots__ = ()

    def accepts(self, element: Element) -> bool:
        return names.split(element.tag)[0] == self.stream.stream_namespace or super().accepts(element)


class _HandlerFeature(Feature):
    """Whether it is on offer is for the handler to say, so its turn always comes."""

    def find(self, features: StreamFeatures) -> Element | None:
        return features.xml


class InitiatorEngine(Traced, ClientStream):
    """The end that opened the stream.

    :param without: built-in features that no handler stands for.
    :param turns: names and orders of the features of handlers; `IDLE` is added.
    """

    __slots__ = ()

    def __init__(
        self,
        jid: str,
        options: StreamOptions,
        *,
        now: float,
        without: Sequence[str] = (),
        turns: Sequence[tuple[str, int]] = (),
    ) -> None:
        mine = [
            _HandlerFeature(name=name, order=order, initiator=_HandlerHalf, forbids=frozenset({Fact.BOUND}))
            for name, order in (*turns, (IDLE, 1_000_000))
        ]
        super().__init__(jid, options.replace(features=(*options.features, *mine)), now=now)
        for name in without:
            self.unregister_feature(name)

    @property
    def by_hand(self) -> bool:
        """Whether the program may write what it likes although there is no session."""
        return self.state.step is Step.HOST


class ReceiverEngine(Traced, ReceiverStream):
    """The end that accepted the stream.

    :param without: built-in features that no handler stands for.
    :param wanted: qualified names of elements that handlers take, beside stanzas.
    :param stanzas_early: take stanzas although nobody has logged in.
    """

    __slots__ = ("_by_hand", "_stanzas_early", "_wanted", "announced")

    def __init__(
        self,
        options: StreamOptions,
        *,
        now: float,
        without: Sequence[str] = (),
        wanted: frozenset[str] = frozenset(),
        stanzas_early: bool = False,
    ) -> None:
        super().__init__(options, now=now)
        self.announced: tuple[Element, ...] = ()
        """What handlers announce in the next `<stream:features/>`."""
        self._wanted = wanted
        self._stanzas_early = stanzas_early
        self._by_hand = False
        for name in without:
            self._features.remove(name)

    @property
    def by_hand(self) -> bool:
        """Whether the program may write what it likes although there is no session."""
        return self.state.step is Step.OFFERED

    def authenticated(self, jid: str) -> None:
        """A handler has authenticated the client."""
        self.jid = type(self.jid)(jid)
        self.learn(Fact.AUTHENTICATED)

    def write(self, element: Element) -> None:
        if element.tag == _FEATURES:
            element.extend(self.announced)
        super().write(element)

    def _classify(self, element: Element) -> Input:
        kind = super()._classify(element)
        early = kind is Input.STANZA and self._stanzas_early
        self._by_hand = self.state.step is Step.OFFERED and (early or element.tag in self._wanted)
        return Input.REQUEST if self._by_hand else kind

    def _act(self, kind: Input, element: Element) -> None:
        if not self._by_hand:
            super()._act(kind, element)
            return
        self._by_hand = False
        self.emit(self.options.stanza_factory(element))
