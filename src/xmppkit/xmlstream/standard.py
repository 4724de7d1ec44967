# SPDX-License-Identifier: MIT
"""The handlers that every client and every component has; see `BaseXMPP`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from xmppkit.dispatch.handlers import Callback, SharedCallback
from xmppkit.dispatch.matchers import MatchXPath, StanzaPath
from xmppkit.xml.names import STREAM

if TYPE_CHECKING:
    from xmppkit.stanza.base import StanzaBase

__all__ = ["ROSTER_UPDATE", "standard_handlers"]


def _method(name: str) -> Any:
    def call(stream: Any, stanza: StanzaBase) -> Any:
        return getattr(stream, name)(stanza)

    return call


#: The handler that every client has beside those.
ROSTER_UPDATE: Final = SharedCallback("Roster Update", StanzaPath("iq@type=set/roster"), _method("_handle_roster_push"))


@lru_cache(16)
def standard_handlers(namespace: str) -> tuple[Callback, ...]:
    """The handlers of streams whose stanzas are in a namespace. They hand their stanzas to methods of the stream."""
    name = f"{{{namespace}}}"
    return (
        SharedCallback("IM", MatchXPath(f"{name}message/{name}body"), _method("_handle_message")),
        SharedCallback("IMError", MatchXPath(f"{name}message/{name}error"), _method("_handle_message_error")),
        SharedCallback("Presence", MatchXPath(f"{name}presence"), _method("_handle_presence")),
        SharedCallback("Stream Error", MatchXPath(f"{{{STREAM}}}error"), _method("_handle_stream_error")),
    )
