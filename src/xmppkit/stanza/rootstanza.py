# SPDX-License-Identifier: MIT
"""`RootStanza`: what message, presence and IQ have in common, foremost how errors are answered (RFC 6120 §8.3)."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from xmppkit.exceptions import IqError, IqTimeout, XMPPError
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import clark

__all__ = ["RootStanza"]

#: What the peer is told of a failure that is ours alone. The exception's own text may hold anything.
_INTERNAL = "an error in the program prevented an answer"


class RootStanza(StanzaBase):
    """Message, presence or IQ."""

    __slots__ = ()

    #: The types that are answers themselves: an error in handling one is never answered (§8.3.1).
    _never_answered: frozenset[str] = frozenset({"error"})

    def exception(self, e: BaseException) -> None:
        """Answer with what a handler of the stanza has raised.

        An `XMPPError` is the answer; an `IqError` or `IqTimeout` tells that somebody else failed. Of anything else
        the peer learns nothing, and the stream's `exception` is told. Error stanzas are not answered.
        """
        expected = isinstance(e, XMPPError)
        if not expected:
            self._report(e)
        if self.xml.get("type") in self._never_answered or self.stream is None:
            return
        answer: Any = self.reply(clear=not (isinstance(e, XMPPError) and not e.clear))
        answer["error"]["condition"] = "undefined-condition"
        error = answer["error"]
        if isinstance(e, IqError):
            error["text"] = "External error"
        elif isinstance(e, IqTimeout):
            error["condition"] = "remote-server-timeout"
            error["type"] = "wait"
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
