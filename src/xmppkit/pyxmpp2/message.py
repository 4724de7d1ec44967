# SPDX-License-Identifier: MIT
"""`Message`: a message stanza (RFC 6121 §5) with PyXMPP2's surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from xml.etree.ElementTree import Element, SubElement

from xmppkit.pyxmpp2.error import StanzaErrorElement
from xmppkit.pyxmpp2.etree import ElementClass
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.stanza import Stanza

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.stanzahandlers import StanzaRoute

__all__ = ["MESSAGE_TYPES", "Message"]

MESSAGE_TYPES = ("normal", "chat", "headline", "error", "groupchat")


class Message(Stanza):
    """A message.

    :param element: the element; None for a new message.
    :param subject: what it is about.
    :param body: the text.
    :param thread: the conversation that it belongs to.
    :raises TypeError: `element` is something else.
    :raises ValueError: it is the element of something else.

    The other parameters are those of `Stanza`. A new message has no id unless one is given. Of texts in several
    languages the last one counts.
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
        subject: str | None = None,
        body: str | None = None,
        thread: str | None = None,
    ) -> None:
        self._subject: str | None = None
        self._body: str | None = None
        self._thread: str | None = None
        start = checked_element(element, "message")
        super().__init__(start, from_jid, to_jid, stanza_type, stanza_id, error, error_cond, return_path, language)
        if element is not None:
            for child in element:
                if child.tag == f"{self._ns_prefix}subject":
                    self._subject = child.text or ""
                elif child.tag == f"{self._ns_prefix}body":
                    self._body = child.text or ""
                elif child.tag == f"{self._ns_prefix}thread":
                    self._thread = child.text or ""
        if subject is not None:
            self.subject = subject
        if body is not None:
            self.body = body
        if thread is not None:
            self.thread = thread

    def _write(self, element: Element) -> None:
        for name, value in (("subject", self._subject), ("body", self._body), ("thread", self._thread)):
            if value:
                SubElement(element, self._ns_prefix + name).text = value

    @property
    def subject(self) -> str | None:
        """What it is about; None if it does not say."""
        return self._subject

    @subject.setter
    def subject(self, value: object) -> None:
        self.mark_dirty()
        self._subject = _text(value)

    @property
    def body(self) -> str | None:
        """The text; None if there is none."""
        return self._body

    @body.setter
    def body(self, value: object) -> None:
        self.mark_dirty()
        self._body = _text(value)

    @property
    def thread(self) -> str | None:
        """The conversation that it belongs to; None if it does not say."""
        return self._thread

    @thread.setter
    def thread(self, value: object) -> None:
        self.mark_dirty()
        self._thread = _text(value)

    def make_error_response(self, cond: str) -> Message:
        """The answer that this message has failed: with its texts and payload.

        :param cond: the name of a condition of RFC 6120 §8.3.3.
        :raises ValueError: this is an error itself, which is not answered, or there is no such condition.
        """
        if self.stanza_type == "error":
            raise ValueError("errors are not answered")
        answer = Message(
            **self._answer(stanza_type="error", error_cond=cond),
            subject=self._subject,
            body=self._body,
            thread=self._thread,
        )
        self._copy_payload_to(answer)
        return answer


def checked_element(element: Element | None, name: str) -> Element | str:
    """What `Stanza` is to be made of: `element`, or the name of a new one.

    :raises TypeError: it is no element.
    :raises ValueError: it is one of another name.
    """
    if element is None:
        return name
    if not isinstance(element, ElementClass):
        raise TypeError(f"a {name} is made of an element or of nothing, not of {type(element).__name__}")
    if element.tag.rpartition("}")[2] != name:
        raise ValueError(f"<{element.tag}/> is no {name}")
    return element


def _text(value: object) -> str | None:
    return None if value is None else str(value)
