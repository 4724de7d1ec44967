# SPDX-License-Identifier: MIT
"""The framing of a stream over BOSH (XEP-0206): the bodies of HTTP are its messages.

What a session needs to know (`xmppkit.protocol.framing.bosh.session`, `served`) stands in the same bodies and is no
matter of the stream. The first body of each direction is its header, and one with `type='terminate'` its footer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar
from xml.etree.ElementTree import Element

from xmppkit.protocol.channel import Channel
from xmppkit.protocol.framing.bosh.body import Body, Condition, mark, read_body
from xmppkit.protocol.framing.messages import MessageChannel, elements_of
from xmppkit.protocol.stream_errors import ERROR_TAG, error_element
from xmppkit.xml.limits import Limits
from xmppkit.xml.names import STREAM_ROOT, XML_LANG
from xmppkit.xml.parser import Item, Malformed, StreamFooter, StreamHeader

__all__ = ["BoshFraming"]

#: What stands in a stream's header and has another name in a body.
_NAMES = {"id": "authid", "version": "xmpp:version"}


class BoshFraming:
    """One session's two directions; the same for both ends.

    :param namespace: the namespace of the stream's content.
    :param limits: what the peer may send.
    """

    can_encrypt: ClassVar[bool] = False
    messages: ClassVar[bool] = True
    __slots__ = ("_first", "_namespace", "_opened", "limits", "passes_over")

    def __init__(self, namespace: str, limits: Limits) -> None:
        self._namespace = namespace
        self.limits = limits
        """What the peer may send; may be changed at any time."""
        self.passes_over = False
        """Whether a stanza that is past a limit is passed over; may be changed at any time."""
        self._opened = False
        self._first: Body | None = None
        """The first body of the session: what it says holds for the streams that follow."""

    @property
    def between_stanzas(self) -> bool:
        """Always: a body is whole."""
        return True

    @property
    def idle(self) -> bool:
        """Always, for the same reason."""
        return True

    def feed(self, data: bytes) -> list[Item]:
        """What a body holds; never raises."""
        body = read_body(data, self.limits, passes_over=self.passes_over)
        if isinstance(body, Malformed):
            return [body]
        if self._first is None:
            self._first = body
        items: list[Item] = []
        # Who answers needs no attribute to begin anew: the next thing it says is of the new stream.
        if not self._opened and (body is self._first or body.restarts or "sid" in self._first.attributes):
            items.append(self._open(body, self._first))
        if body.restarts:
            return items  # XEP-0206 §5: its content is ignored
        if body.type_ == "terminate":
            return items + self._ending(body)
        return items + body.elements

    def _open(self, body: Body, first: Body) -> StreamHeader:
        self._opened = True
        attributes: dict[str, str] = {}
        if "sid" in first.attributes:
            # Only who logs in as before XMPP 1.0 needs the ID, so some servers have none; that of the session is a
            # secret. And not all repeat the version.
            attributes = {"id": "bosh", "version": "1.0"}
        for source in (first, body):
            said = {
                "to": source.get("to"),
                "from": source.get("from"),
                "id": source.get("authid"),
                "version": source.version,
                XML_LANG: source.lang,
            }
            attributes |= {name: value for name, value in said.items() if value}
        return StreamHeader(STREAM_ROOT, attributes, self._namespace)

    def _ending(self, body: Body) -> list[Item]:
        """What is left of the stream in a body that ends the session."""
        elements: list[Item] = [*body.elements]
        name = body.get("condition")
        if name is None:
            return [*elements, StreamFooter()]
        condition = Condition.named(name)
        if condition is Condition.REMOTE_STREAM_ERROR:
            told = any(each.tag == ERROR_TAG for each in body.elements)
            return elements if told else [*elements, error_element("undefined-condition", "BOSH: remote-stream-error")]
        if condition is Condition.SEE_OTHER_URI:
            uri = "".join(each.text or "" for each in body.elements if isinstance(each, Element))
            return [error_element("see-other-host", f"BOSH is at {uri[:255]}")]
        # Any other has cut the connection, which is the session's to say.
        return [*elements, error_element(name, "BOSH")] if condition.of_the_stream else elements

    def header(self, attributes: Mapping[str, str]) -> str:
        """A mark with the attributes of our first body, or of the one that restarts the stream."""
        return mark({_NAMES.get(name, name): value for name, value in attributes.items()})

    def footer(self) -> str:
        """A mark that ends the session."""
        return mark(None)

    def texts(self, text: str) -> Iterable[str]:
        """See `xmppkit.protocol.framing.base.Framing.texts`; white space is not sent."""
        return elements_of(text, self._namespace)

    def restarted(self) -> BoshFraming:
        """The framing of the next stream; it remembers what the peer said in its first header."""
        following = type(self)(self._namespace, self.limits)
        following._first = self._first
        following.passes_over = self.passes_over
        return following

    def prime(self) -> None:
        """Pretend that the peer's header has arrived."""
        self._opened = True

    def channel(self) -> Channel:
        """One that gives a message at a time."""
        return MessageChannel(self._namespace)
