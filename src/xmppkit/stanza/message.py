# SPDX-License-Identifier: MIT
"""`Message`: what is pushed to somebody (RFC 6121 §5)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.fields import Attr, LangText
from xmppkit.stanza.registry import register_root
from xmppkit.stanza.rootstanza import RootStanza
from xmppkit.xml.names import CLIENT, clark

if TYPE_CHECKING:
    from xmppkit.types import SentMessage

__all__ = ["Message", "MessageType"]

_ORIGIN_ID = clark("urn:xmpp:sid:0", "origin-id")


class MessageType(StrEnum):
    """The context of a message (RFC 6121 §5.2.2)."""

    CHAT = "chat"
    ERROR = "error"
    GROUPCHAT = "groupchat"
    HEADLINE = "headline"
    NORMAL = "normal"


@register_root
class Message(RootStanza):
    """A message."""

    __slots__ = ()

    name = "message"
    namespace = CLIENT
    plugin_attrib = "message"
    interfaces: ClassVar[set[str]] = {
        "type", "to", "from", "id", "body", "subject", "thread", "parent_thread", "mucroom", "mucnick",
    }  # fmt: skip
    types: ClassVar[set[str]] = {kind.value for kind in MessageType}

    type_ = Attr(MessageType, default=MessageType.NORMAL, key="type", doc="the context")
    body = LangText(doc="the text for a human (§5.2.3)")
    subject = LangText(absent=None, keep=True, doc="the topic (§5.2.4); absent is None and empty is ''")
    thread = LangText(doc="what relates the messages of a conversation (§5.2.5)")
    parent_thread = Derived(str, doc="the thread that the thread is a part of (XEP-0201)")

    def _fill_in(self) -> None:
        stream = self.stream
        if stream is not None and self.xml.get("id") is None:
            if stream.use_message_ids:
                self.xml.set("id", stream.new_id())
            if stream.use_origin_id:
                self.set_origin_id(self.xml.get("id") or stream.new_id())

    def _goes_to_many(self) -> bool:
        # An error that goes back to a room can cost the occupancy (XEP-0045 §11.1), one that goes back to a service
        # that notifies, the subscription.
        return self.xml.get("type") in ("groupchat", "headline")

    def set_type(self, value: Any) -> Self:
        """Set the type. COMPAT(slixmpp 1.17): any; a receiver takes an unknown one for ``normal``."""
        if type(value) is str and value:
            self.xml.set("type", value)
        else:
            self._set_attr("type", value)
        return self

    _plain_set_type: ClassVar[Any] = set_type

    def get_type(self) -> str:
        """The type; ``normal`` where none is said, or one that RFC 6121 §5.2.2 does not know."""
        said = self.xml.get("type", "normal")
        return said if said in self.types else "normal"

    def chat(self) -> Self:
        """Make it a chat message."""
        self["type"] = "chat"
        return self

    def normal(self) -> Self:
        """Make it a normal message."""
        self["type"] = "normal"
        return self

    def reply(self, body: str | None = None, clear: bool = True) -> Self:  # type: ignore[override]  # slixmpp's order
        """A new message that goes back; to the room, if this one came from a room. It keeps the thread.

        :param body: its text.
        :param clear: leave the other children out.
        """
        attributes = self._returned()
        if attributes.get("type") == "groupchat" and (to := attributes.get("to")):
            try:
                attributes["to"] = JID(to).bare
            except InvalidJID:
                attributes["to"] = to.partition("/")[0]
        stream = self.stream
        if stream is not None and stream.use_message_ids:
            attributes["id"] = stream.new_id()
        else:
            attributes.pop("id", None)
        tag = self.xml.tag
        xml = Element(tag, attributes)
        answer = self.received(stream, xml)
        if not clear:
            self._copy_content(xml)
            answer.del_origin_id()
            if body is not None:
                answer.body = body
            return answer
        namespace = tag[:-7]  # {jabber:client}message
        thread = self.xml.find(namespace + "thread")
        if thread is not None:
            SubElement(xml, thread.tag, dict(thread.attrib)).text = thread.text
        if body is not None:
            # The answer is new and has the language of the stanza: nothing to look for.
            SubElement(xml, namespace + "body").text = body if type(body) is str else self._text_of("body", body)
        return answer

    def send(self) -> SentMessage:  # type: ignore[override]  # a message has more to tell than other stanzas
        """Send it on its stream; see `StanzaBase.send`, also for what it raises.

        :returns: how far it has come: the stream's `Receipt`.
        """
        stream = self.stream
        if stream is None:
            super().send()  # which says what to do
        sent: Any = stream.send(self)  # type: ignore[union-attr]  # there is one
        return sent  # type: ignore[no-any-return]  # for a message that is what it is

    def get_parent_thread(self) -> str:
        """The thread that the thread is a part of (XEP-0201); ``''`` where none is said."""
        thread = self.xml.find(self._fix_ns("thread"))
        return "" if thread is None else thread.get("parent", "")

    def set_parent_thread(self, value: str) -> Self:
        """Say which thread the thread is a part of."""
        if not value:
            self.del_parent_thread()
            return self
        tag = self._fix_ns("thread")
        thread = self.xml.find(tag)
        if thread is None:
            thread = SubElement(self.xml, tag)
        thread.set("parent", self._text_of("parent_thread", value))
        return self

    def del_parent_thread(self) -> Self:
        """Say no parent thread."""
        thread = self.xml.find(self._fix_ns("thread"))
        if thread is not None:
            thread.attrib.pop("parent", None)
        return self

    @property
    def mucroom(self) -> str | None:
        """The address of the room that it came from; None unless it is of type ``groupchat``."""
        return self._sender_in_room("bare")

    @property
    def mucnick(self) -> str | None:
        """The nickname of the occupant that wrote it; None if the room did, or unless it is of type ``groupchat``."""
        return self._sender_in_room("resource")

    def _sender_in_room(self, part: str) -> str | None:
        sender = self.from_ if self.type_ is MessageType.GROUPCHAT else None
        return None if sender is None else getattr(sender, part) or None

    def get_mucroom(self) -> str:
        """The room that it came from, if it is of type ``groupchat``; else ``''``."""
        return self["from"].bare if self["type"] == "groupchat" else ""

    def set_mucroom(self, value: object) -> None:
        """Nothing: it follows from the sender."""

    def del_mucroom(self) -> None:
        """Nothing: it follows from the sender."""

    def get_mucnick(self) -> str:
        """The nickname of the occupant that wrote it, if it is of type ``groupchat``; else ``''``."""
        return self["from"].resource if self["type"] == "groupchat" else ""

    def set_mucnick(self, value: object) -> None:
        """Nothing: it follows from the sender."""

    def del_mucnick(self) -> None:
        """Nothing: it follows from the sender."""

    def get_origin_id(self) -> str:
        """The id that its author gave it (XEP-0359 §3.2); ``''`` without one."""
        found = self.xml.find(_ORIGIN_ID)
        return "" if found is None else found.get("id", "")

    def set_origin_id(self, value: str) -> None:
        """Set the id that its author gives it."""
        found = self.xml.find(_ORIGIN_ID)
        if found is None:
            found = SubElement(self.xml, _ORIGIN_ID)
        found.set("id", self._text_of("origin_id", value))

    def del_origin_id(self) -> None:
        """Remove the id that its author gave it."""
        found = self.xml.find(_ORIGIN_ID)
        if found is not None:
            self._remove(found)
