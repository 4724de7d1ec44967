# SPDX-License-Identifier: MIT
"""`Iq`: a request or its answer (RFC 6120 §8.2.3) with PyXMPP2's surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from xml.etree.ElementTree import Element

from xmppkit.pyxmpp2.error import StanzaErrorElement
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import checked_element
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.pyxmpp2.stanzapayload import Payload, copy_payload

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.stanzahandlers import StanzaRoute

__all__ = ["IQ_TYPES", "Iq"]

IQ_TYPES = ("get", "set", "result", "error")
_REQUESTS = ("get", "set")


class Iq(Stanza):
    """A request or its answer.

    :param element: the element; None for a new one.
    :param stanza_type: ``get``, ``set``, ``result`` or ``error``; required for a new one.
    :param stanza_id: None gives a new request an id.
    :raises TypeError: `element` is something else.
    :raises ValueError: it is the element of something else, or there is no such type.

    The other parameters are those of `Stanza`. What came with an unknown type keeps it, so that it can be answered.
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
    ) -> None:
        if (element is None or stanza_type is not None) and stanza_type not in IQ_TYPES:
            raise ValueError(f"an iq has a type, one of {', '.join(IQ_TYPES)}, not {stanza_type!r}")
        start = checked_element(element, "iq")
        if element is None and stanza_id is None and stanza_type in _REQUESTS:
            stanza_id = self.gen_id()
        super().__init__(start, from_jid, to_jid, stanza_type, stanza_id, error, error_cond, return_path, language)

    def add_payload(self, payload: Element | Payload) -> None:
        """Set the payload, of which an iq has one.

        :raises ValueError: there is one already.
        :raises TypeError: `payload` is none.
        """
        if self._payloads():
            raise ValueError("an iq has one payload only: set_payload() replaces it")
        super().add_payload(payload)

    def make_error_response(self, cond: str) -> Iq:
        """The answer that the request has failed, with its payload.

        :param cond: the name of a condition of RFC 6120 §8.3.3.
        :raises ValueError: this is an answer itself, which is not answered, or there is no such condition.
        """
        if self.stanza_type in ("result", "error"):
            raise ValueError("answers are not answered")
        answer = Iq(**self._answer(stanza_type="error", error_cond=cond))
        for payload in self._payloads()[:1]:  # a peer may have sent more than one
            answer.add_payload(copy_payload(payload))
        return answer

    def make_result_response(self) -> Iq:
        """The answer that the request has succeeded, without payload.

        :raises ValueError: this is no request.
        """
        if self.stanza_type not in _REQUESTS:
            raise ValueError(f"an iq of type {self.stanza_type} is no request: only get and set are answered")
        return Iq(**self._answer(stanza_type="result"))
