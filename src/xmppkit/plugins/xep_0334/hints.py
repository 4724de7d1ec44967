# SPDX-License-Identifier: MIT
"""Message Processing Hints (XEP-0334)."""

from __future__ import annotations

from collections.abc import Iterable

from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.plugins.xep_0334 import stanza
from xmppkit.plugins.xep_0334.stanza import Hint, hints_of
from xmppkit.stanza.message import Message

__all__ = ["XEP_0334"]


class XEP_0334(BasePlugin):  # noqa: N801  # slixmpp's name
    """Message Processing Hints."""

    name = "xep_0334"
    description = "XEP-0334: Message Processing Hints"
    stanza = stanza

    def get_hints(self, message: Message) -> frozenset[Hint]:
        """The hints in a message; none of those in an error (§5)."""
        return hints_of(message)

    def add_hints(self, message: Message, hints: Iterable[Hint | str]) -> None:
        """Put hints into a message.

        :raises ValueError: there is no such hint.
        """
        for hint in [Hint(each) for each in hints]:
            message.enable(hint.value)


register_plugin(XEP_0334)
