# SPDX-License-Identifier: MIT
"""`Presence`: a presence stanza (RFC 6121 §3, §4) with PyXMPP2's surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from xml.etree.ElementTree import Element, SubElement

from xmppkit.pyxmpp2.error import StanzaErrorElement
from xmppkit.pyxmpp2.exceptions import BadRequestProtocolError
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import checked_element
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.stanza.codecs import IntegerCodec

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.stanzahandlers import StanzaRoute

__all__ = ["ACCEPT_RESPONSES", "DENY_RESPONSES", "PRESENCE_TYPES", "Presence"]

PRESENCE_TYPES = (
    "available",
    "unavailable",
    "probe",
    "subscribe",
    "unsubscribe",
    "subscribed",
    "unsubscribed",
    "invisible",
    "error",
)
#: What says yes to a type.
ACCEPT_RESPONSES = {
    "subscribe": "subscribed",
    "subscribed": "subscribe",
    "unsubscribe": "unsubscribed",
    "unsubscribed": "unsubscribe",
}
#: What says no to a type.
DENY_RESPONSES = {
    "subscribe": "unsubscribed",
    "subscribed": "unsubscribe",
    "unsubscribe": "subscribed",
    "unsubscribed": "subscribe",
}

_PRIORITY = IntegerCodec(-128, 127)  # RFC 6121 §4.7.2.3


class Presence(Stanza):
    """A presence.

    :param element: the element; None for a new presence.
    :param show: ``away``, ``chat``, ``dnd``, ``xa``, or None for simply available.
    :param status: a sentence for humans.
    :param priority: -128 to 127; None takes 0.
    :raises TypeError: `element` is something else.
    :raises ValueError: it is the element of something else, or there is no such type, or the priority is out of range.
    :raises BadRequestProtocolError: what the element has as priority is none.

    The other parameters are those of `Stanza`. The type ``available`` is the same as None.
    """

    _own_children_are_payload: ClassVar[bool] = False

    def __init__(
        self,
        element: Element | None = None,
        from_jid: JID | str | None = None,
        to_jid: JID | str | None = None,
        stanza_type: str | None = None,
        stanza_id: object = None,
        error: StanzaErrorElement | None = None,
        error_cond: str | None = None,
        return_path: StanzaRoute | None = None,
        language: str | None = None,
        show: str | None = None,
        status: str | None = None,
        priority: int | None = None,
    ) -> None:
        self._show: str | None = None
        self._status: str | None = None
        self._priority = 0
        if stanza_type is not None and stanza_type not in PRESENCE_TYPES:
            raise ValueError(f"there is no presence of type {stanza_type!r}")
        start = checked_element(element, "presence")
        super().__init__(start, from_jid, to_jid, stanza_type, stanza_id, error, error_cond, return_path, language)
        if element is not None:
            self._read_children(element)
        if self._stanza_type == "available":
            self._stanza_type = None
        if show is not None:
            self.show = show
        if status is not None:
            self.status = status
        if priority is not None:
            self.priority = priority

    def _read_children(self, element: Element) -> None:
        for child in element:
            if child.tag == f"{self._ns_prefix}show":
                self._show = (child.text or "").strip() or None
            elif child.tag == f"{self._ns_prefix}status":
                self._status = child.text or ""
            elif child.tag == f"{self._ns_prefix}priority":
                try:
                    self._priority = _PRIORITY.decode((child.text or "").strip())
                except ValueError as error:
                    raise BadRequestProtocolError(f"the priority of a presence: {error}") from None

    def _write(self, element: Element) -> None:
        values = (("show", self._show), ("status", self._status), ("priority", str(self._priority or "")))
        for name, value in values:
            if value:
                SubElement(element, self._ns_prefix + name).text = value

    @property
    def show(self) -> str | None:
        """``away``, ``chat``, ``dnd``, ``xa``, or None for simply available."""
        return self._show

    @show.setter
    def show(self, value: object) -> None:
        self.mark_dirty()
        self._show = None if value is None else str(value)

    @property
    def status(self) -> str | None:
        """A sentence for humans; None if there is none."""
        return self._status

    @status.setter
    def status(self, value: object) -> None:
        self.mark_dirty()
        self._status = None if value is None else str(value)

    @property
    def priority(self) -> int:
        """How much the resource wants messages that go to the account: -128 to 127.

        :raises ValueError: when something else is assigned.
        """
        return self._priority

    @priority.setter
    def priority(self, value: int) -> None:
        number = int(value)
        if not -128 <= number <= 127:
            raise ValueError(f"a priority is -128 to 127, not {number}")
        self.mark_dirty()
        self._priority = number

    def make_accept_response(self) -> Presence:
        """The answer that accepts a change of subscription.

        :raises ValueError: this is none.
        """
        return self._subscription_response(ACCEPT_RESPONSES)

    def make_deny_response(self) -> Presence:
        """The answer that refuses a change of subscription.

        :raises ValueError: this is none.
        """
        return self._subscription_response(DENY_RESPONSES)

    def _subscription_response(self, responses: dict[str, str]) -> Presence:
        kind = self.stanza_type or "available"
        if kind not in responses:
            raise ValueError(f"a presence of type {kind} is neither accepted nor denied, only {', '.join(responses)}")
        return Presence(**self._answer(stanza_type=responses[kind]))

    def make_error_response(self, cond: str) -> Presence:
        """The answer that this presence has failed: with what it says and its payload.

        :param cond: the name of a condition of RFC 6120 §8.3.3.
        :raises ValueError: this is an error itself, which is not answered, or there is no such condition.
        """
        if self.stanza_type == "error":
            raise ValueError("errors are not answered")
        answer = Presence(
            **self._answer(stanza_type="error", error_cond=cond),
            show=self._show,
            status=self._status,
            priority=self._priority,
        )
        self._copy_payload_to(answer)
        return answer
