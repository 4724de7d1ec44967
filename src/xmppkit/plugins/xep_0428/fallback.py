# SPDX-License-Identifier: MIT
"""Fallback Indication (XEP-0428): texts without what is there only for those who do not know better."""

from __future__ import annotations

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.plugins.xep_0428 import stanza
from xmppkit.plugins.xep_0428.stanza import FALLBACK, Fallback, FallbackBody, FallbackSubject, Range, ranges, stripped
from xmppkit.stanza.message import Message

__all__ = ["XEP_0428"]


class XEP_0428(BasePlugin):  # noqa: N801  # slixmpp's name
    """Fallback Indication."""

    name = "xep_0428"
    description = "XEP-0428: Fallback Indication"
    stanza = stanza
    disco_features = (FALLBACK,)

    def get_stripped_body(self, message: Message, *protocols: str, element: str = "body") -> str:
        """A text of a message without what is there only for those who do not know some protocols.

        :param protocols: the namespaces of those that you know.
        :param element: ``body`` or ``subject``.
        """
        return stripped(message, protocols, element)

    def get_ranges(self, message: Message, *protocols: str, element: str = "body") -> list[Range]:
        """Which parts of a text those are, in Unicode code points, in order; to dim instead of hiding them."""
        return ranges(message, protocols, element)

    def add_fallback(
        self, message: Message, protocol: str, start: int | None = None, end: int | None = None, element: str = "body"
    ) -> None:
        """Say that a part of a message's text is there only for those who do not know a protocol.

        :param protocol: its namespace.
        :param start: the first code point; None: the text begins with the part.
        :param end: the code point behind the last; None: the text ends with the part. If neither is said, all of the
            body and of the subject is meant.
        :param element: ``body`` or ``subject``.
        :raises InvalidValue: there is no such part of the text, or no such text.
        """
        kind: type[FallbackBody] | type[FallbackSubject] = FallbackBody if element == "body" else FallbackSubject
        made, part = Fallback(), kind()
        made.for_ = protocol
        if start is not None or end is not None:
            part.start, part.end = start, end
            if part.range_in(message[element] or "") is None or element not in ("body", "subject"):
                raise InvalidValue(f"from {start} to {end} there is no text", f"message[{element!r}]")
            made.append(part)
        message.append(made)


register_plugin(XEP_0428)
