# SPDX-License-Identifier: MIT
"""Capabilities on the wire."""

from __future__ import annotations

from xmppkit.plugins.xep_0115 import Capabilities
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.stream_features import StreamFeatures


def test_the_wire() -> None:
    for parent in (Presence, StreamFeatures):
        stanza = parent()
        for key, value in {"hash": "sha-1", "node": "http://psi-im.org", "ver": "abc=", "ext": "a b"}.items():
            stanza["caps"][key] = value
        assert dict(stanza.xml[0].attrib) == {"hash": "sha-1", "node": "http://psi-im.org", "ver": "abc=", "ext": "a b"}
        caps = Capabilities.of(stanza)
        assert caps is not None
        assert (caps.hash_, caps.node, caps.ver, caps.ext) == ("sha-1", "http://psi-im.org", "abc=", "a b")
    assert Capabilities().hash_ is None
    assert Capabilities()["hash"] == ""
