# SPDX-License-Identifier: MIT
"""`StreamError`: why a stream is over (RFC 6120 §4.9)."""

from __future__ import annotations

from typing import ClassVar
from xml.etree.ElementTree import Element

from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.fields import LangText
from xmppkit.stanza.registry import register_root
from xmppkit.xml.names import STREAM, STREAM_ERRORS, clark

__all__ = ["STREAM_CONDITIONS", "StreamError"]

#: The defined conditions of a stream error (§4.9.3).
STREAM_CONDITIONS = frozenset({
    "bad-format", "bad-namespace-prefix", "conflict", "connection-timeout", "host-gone", "host-unknown",
    "improper-addressing", "internal-server-error", "invalid-from", "invalid-namespace", "invalid-xml",
    "not-authorized", "not-well-formed", "policy-violation", "remote-connection-failed", "reset",
    "resource-constraint", "restricted-xml", "see-other-host", "system-shutdown", "undefined-condition",
    "unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", "unsupported-version",
})  # fmt: skip


@register_root
class StreamError(Error, StanzaBase):
    """A stream error, after which nothing comes but the closing tag."""

    __slots__ = ()

    name = "error"
    namespace = STREAM
    plugin_attrib = "stream_error"
    follows_namespace = False
    interfaces: ClassVar[set[str]] = {"condition", "text", "see_other_host"}
    conditions: ClassVar[set[str]] = set(STREAM_CONDITIONS)
    condition_ns: ClassVar[str] = STREAM_ERRORS

    text = LangText(namespace=STREAM_ERRORS, doc="a sentence for a human")
    see_other_host = Derived(str, doc="where else to connect (§4.9.3.19), as the server wrote it: host or host:port")

    def setup(self, xml: Element | None = None) -> bool:
        """Make the element if there is none."""
        return ElementBase.setup(self, xml)

    def get_see_other_host(self) -> str:
        """Where else to connect (§4.9.3.19), as the server wrote it: ``host`` or ``host:port``; ``''`` if nothing."""
        return self._detail("see-other-host")

    def set_see_other_host(self, value: str) -> None:
        """Make the condition ``see-other-host``, with where else to connect."""
        self._set_detail("see-other-host", value)

    def del_see_other_host(self) -> None:
        """Remove the condition ``see-other-host``."""
        found = self.xml.find(clark(STREAM_ERRORS, "see-other-host"))
        if found is not None:
            self.xml.remove(found)
