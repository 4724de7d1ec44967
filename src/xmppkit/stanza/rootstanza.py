# SPDX-License-Identifier: MIT
"""`RootStanza`: what message, presence and IQ have in common, foremost how errors are answered (RFC 6120 §8.3)."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from xmppkit.exceptions import IqError, IqTimeout, PresenceError, XMPPError
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import clark

__all__ = ["RootStanza"]

#: What the peer is told of a failure that is ours alone. The exception's own text may hold anything.
_INTERNAL = "an error in the program prevented an answer"

#: What somebody else has answered: nothing that the sender of the stanza is to read.
_FAILED_ELSEWHERE = (IqError, IqTimeout, PresenceError)


class RootStanza(StanzaBase):
    """Message, presence or IQ."""

    __slots__ = ()

    #: The types that are answers themselves: an error in handling one is never answered (§8.3.1).
    _never_answered: frozenset[str] = frozenset({"error"})

    def _goes_to_many(self) -> bool:
        """Whether others got the stanza too. They learn only what a handler means to tell them."""
        return False

    def _is_answered(self, e: BaseException) -> bool:
        """Whether the stanza's sender is told of what a handler has raised."""
        if self.stream is None or self.xml.get("type") in self._never_answered:
            return False
        return not self._goes_to_many() or (isinstance(e, XMPPError) and not isinstance(e, _FAILED_ELSEWHERE))

    def exception(self, e: BaseException) -> None:
        """Answer with what a handler of the stanza has raised.

        An `XMPPError` is the answer; an `IqError`, `IqTimeout` or `PresenceError` tells that somebody else failed. Of
        anything else the peer learns nothing, and the stream's `exception` is told. Error stanzas are not answered;
        presences and messages to many only with an `XMPPError`. What is not answered, the stream's `exception` is told.
        """
        answered = self._is_answered(e)
        if not answered or not isinstance(e, XMPPError):
            self._report(e)
        if not answered:
            return
        answer: Any = self.reply(clear=not (isinstance(e, XMPPError) and not e.clear))
        if (own := self.xml.get("id")) is not None:
            answer.xml.set("id", own)  # §8.1.3; another reply to a message has an id of its own
        answer["error"]["condition"] = "undefined-condition"
        error = answer["error"]
        if isinstance(e, IqTimeout):
            error["condition"] = "remote-server-timeout"
            error["type"] = "wait"
        elif isinstance(e, _FAILED_ELSEWHERE):
            error["text"] = "External error"
        elif isinstance(e, XMPPError):
            error["condition"] = e.condition
            error["type"] = e.etype
            if e.text:
                error["text"] = e.text
            if e.by:
                error["by"] = e.by
            if e.extension is not None:
                error.append(Element(clark(e.extension_ns or "", e.extension), dict(e.extension_args)))
        else:
            error["text"] = _INTERNAL
        answer.send()


register_stanza_plugin(RootStanza, Error)
