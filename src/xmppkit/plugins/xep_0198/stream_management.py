# SPDX-License-Identifier: MIT
"""Stream Management (XEP-0198): how the engine uses it, and what it says.

The counting is in the engine (`xmppkit.protocol.management`), and what happens to a session without a connection in
`xmppkit.xmlstream.continuing`: here are settings, views and names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal
from xml.etree.ElementTree import Element

from xmppkit.dispatch.events import Event
from xmppkit.plugins.base import BasePlugin, Option, register_plugin
from xmppkit.plugins.xep_0198 import stanza
from xmppkit.protocol.features.management import enabling, resuming
from xmppkit.protocol.management import MODULUS, ManagedSession, ManagementOptions
from xmppkit.stanza.base import StanzaBase

if TYPE_CHECKING:
    from xmppkit.protocol.connection import Connection
    from xmppkit.protocol.negotiation import Feature
    from xmppkit.xmlstream.continuing import Continuation

__all__ = ["XEP_0198"]

#: What may wait, for servers that never acknowledge: more than a good one leaves open, and little memory.
_UNACKED: Final = 1000
#: Seconds after which the server is asked what it has got.
_ASK_AFTER: Final = 2.0


#: The clients of a program have the same, and share it.
_options = lru_cache(64)(ManagementOptions)


@lru_cache(64)
def _features(resume_order: int, order: int) -> tuple[Feature, ...]:
    return (resuming(resume_order), enabling(order))


class View(Option[Any]):
    """An option that is what the present session says; what is set is what the next connection resumes."""

    __slots__ = ("_attribute",)

    def __init__(self, type_: type[Any], default: Any, attribute: str, *, doc: str) -> None:
        if type_ is int:
            super().__init__(int, default, doc=doc, minimum=0, maximum=MODULUS - 1)
        else:
            super().__init__(type_, default, doc=doc)
        self._attribute = attribute

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        if instance is None:
            return self
        session = instance.session
        return instance.config[self.name] if session is None else getattr(session, self._attribute) or self.default


class XEP_0198(BasePlugin):  # noqa: N801  # slixmpp's name
    """Stream Management.

    It counts from the next connection on. Components have none (XEP-0114 has no stream features).
    """

    name = "xep_0198"
    description = "XEP-0198: Stream Management"
    sleeps = False  # each connection asks it
    stanza = stanza
    events = (
        Event("sm_enabled", stanza.Enabled, "stanzas are counted from here on", "XEP-0198 §3"),
        Event(
            "sm_failed", stanza.Failed | dict[str, Any], "the server has refused to count, or to resume", "XEP-0198 §6"
        ),
        Event("sm_disabled", meaning="the session whose stanzas were counted is over"),
        Event("session_resumed", stanza.Resumed, "a session goes on with another connection", "XEP-0198 §5"),
        Event("stanza_acked", StanzaBase | Element, "the server has got it", "XEP-0198 §4"),
        Event("stanza_not_acked", StanzaBase | Element, "nobody knows whether the server has got it", "XEP-0198 §4"),
    )

    window = Option(int, 5, minimum=0, doc="ask the server after so many stanzas; 0: only after `request_delay`")
    allow_resume = Option(bool, True, doc="go on with the session after a connection was lost")
    max_seconds = Option(int, minimum=1, doc="seconds that the server should keep the session; None: as it likes")
    request_delay = Option(float, minimum=0.01, doc="seconds after which the server is asked at the latest; None: 2")
    ack_delay = Option(float, 5.0, minimum=0.01, doc="seconds after which the server is told at the latest")
    ack_timeout = Option(
        float, minimum=0.1, doc="seconds without an answer that end the connection; None: see settings"
    )
    max_unacked = Option(int, _UNACKED, minimum=1, doc="stanzas that may wait for being acknowledged")
    pace = Option(
        int, 3072, minimum=0, doc="bytes of stanzas that may be under way when a session has gone on; 0: any number"
    )
    pace_seconds = Option(float, 1.0, minimum=0.01, doc="for so long")
    pace_always = Option(bool, False, doc="all the time instead, also in a session that is new")
    when_full = Option(str, "wait", choices=("wait", "raise"), doc="what becomes of more: it waits, or `QueueFull`")
    resend = Option(bool, True, doc="send messages again in the next session if this one cannot be resumed")
    persist = Option(bool, True, doc="keep the session in the storage of `use_storage`, for the next process")
    order = Option(int, 10100, minimum=10002, doc="when it is enabled: behind binding, and the session of RFC 3921")
    resume_order = Option(int, 9000, maximum=9999, doc="when a session is resumed: before binding")

    sm_id = View(str, None, "id", doc="the id of the session that can be resumed; None: there is none")
    handled = View(int, 0, "handled", doc="stanzas of the server that are handled, modulo 2³²")
    seq = View(int, 0, "sent", doc="stanzas that we have sent, modulo 2³²")
    last_ack = View(int, 0, "acked", doc="of these, how many the server has acknowledged, modulo 2³²")

    @property
    def session(self) -> ManagedSession | None:
        """The counts of the present session, and of one that may be resumed; None: there is none."""
        engine: Connection | None = self.xmpp.engine
        if engine is not None and engine.session is not None:
            return engine.session
        if self.xmpp.is_component:
            return None
        return self._continued.session

    @property
    def _continued(self) -> Continuation:
        continued: Continuation = self.xmpp.continued()
        return continued

    # --- what the client asks -----------------------------------------------------------------------------

    def make_options(self) -> ManagementOptions:
        """What the engine is told."""
        self._continued.configure(resends=self.resend, waits=self.when_full == "wait")
        bound = self.ack_timeout or self.xmpp.settings.ack_timeout
        delay = self.request_delay or (_ASK_AFTER if bound is None else min(_ASK_AFTER, bound / 4))
        # It is what was sent for which an answer is due: of the time that this may take the asking is a part.
        timeout = bound if bound is None or delay >= bound / 2 else bound - delay
        return _options(
            resume=self.allow_resume,
            max_seconds=self.max_seconds,
            window=self.window,
            request_delay=delay,
            ack_timeout=timeout,
            ack_delay=self.ack_delay,
            max_unacked=self.max_unacked,
            pace=self.pace,
            pace_seconds=None if self.pace_always else self.pace_seconds,
            pace_new=self._continued.broken,
            by_hand=True,
        )

    def make_features(self) -> tuple[Feature, ...]:
        """The engine's features, in their order."""
        return _features(self.resume_order, self.order)

    def session_to_resume(self) -> ManagedSession | None:
        """The session with which the next connection should go on; None: a new one."""
        if not self.allow_resume:
            return None
        continued = self._continued
        session = continued.resumable()
        if session is None and continued.session is None and self.config["sm_id"]:
            # What was sent by another process and not acknowledged is not here: it cannot be sent again.
            session = ManagedSession(
                self.xmpp.requested_jid,
                self.make_options(),
                id=self.config["sm_id"],
                acked=self.config["seq"],
                handled=self.config["handled"],
            )
            self.config.update(sm_id=None, handled=0, seq=0, last_ack=0)
            continued.session = session
        return session

    # --- what the program calls ---------------------------------------------------------------------------

    def send_ack(self) -> None:
        """Tell the server what has been handled. It is told anyway when it asks, and after `ack_delay`."""
        self._tell("send_ack")

    def request_ack(self, e: object = None) -> None:
        """Ask the server what it has handled; ``stanza_acked`` tells what is new.

        :param e: COMPAT(slixmpp 1.17): ignored.
        """
        self._tell("request_ack")

    def session_end(self, event: object = None) -> None:
        """Forget a session that has no connection: the next connection begins a new one.

        :param event: COMPAT(slixmpp 1.17): ignored.
        """
        if not self.xmpp.is_component and not self.xmpp.sessionstarted:
            self._continued.give_up()

    def disconnected(self, event: object = None) -> None:
        """COMPAT(slixmpp 1.17): nothing; whether the session goes on is known when the server has been asked."""

    def _tell(self, what: Literal["send_ack", "request_ack"]) -> None:
        engine = self.xmpp.engine
        if engine is not None and engine.ready:
            getattr(engine, what)()
            self.xmpp.flush()


register_plugin(XEP_0198)
