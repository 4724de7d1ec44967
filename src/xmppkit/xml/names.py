# SPDX-License-Identifier: MIT
"""Namespace names of RFC 6120, RFC 6121 and the core extensions, and Clark notation.

Qualified names are written the way `xml.etree.ElementTree` writes them: ``{namespace}local``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

XML: Final = "http://www.w3.org/XML/1998/namespace"
XMLNS: Final = "http://www.w3.org/2000/xmlns/"
STREAM: Final = "http://etherx.jabber.org/streams"
CLIENT: Final = "jabber:client"
SERVER: Final = "jabber:server"
COMPONENT: Final = "jabber:component:accept"
FRAMING: Final = "urn:ietf:params:xml:ns:xmpp-framing"
STREAM_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-streams"
STANZA_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
TLS: Final = "urn:ietf:params:xml:ns:xmpp-tls"
SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
SASL2: Final = "urn:xmpp:sasl:2"
BIND2: Final = "urn:xmpp:bind:0"
FAST: Final = "urn:xmpp:fast:0"
SASL_UPGRADE: Final = "urn:xmpp:sasl:upgrade:0"
SCRAM_UPGRADE: Final = "urn:xmpp:scram-upgrade:0"
CARBONS: Final = "urn:xmpp:carbons:2"
CHANNEL_BINDING: Final = "urn:xmpp:sasl-cb:0"
BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"
SESSION: Final = "urn:ietf:params:xml:ns:xmpp-session"
ROSTER: Final = "jabber:iq:roster"
ROSTER_VERSIONING: Final = "urn:xmpp:features:rosterver"
PRE_APPROVAL: Final = "urn:xmpp:features:pre-approval"
STREAM_LIMITS: Final = "urn:xmpp:stream-limits:0"
STREAM_MANAGEMENT: Final = "urn:xmpp:sm:3"
DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"
DISCO_ITEMS: Final = "http://jabber.org/protocol/disco#items"
VERSION: Final = "jabber:iq:version"
PING: Final = "urn:xmpp:ping"
DELAY: Final = "urn:xmpp:delay"

#: The qualified name of the ``xml:lang`` attribute.
XML_LANG: Final = f"{{{XML}}}lang"
#: The qualified name of the stream's root element.
STREAM_ROOT: Final = f"{{{STREAM}}}stream"

#: The three namespaces that stanzas can have, by kind of stream.
STANZA_NAMESPACES: Final = frozenset((CLIENT, SERVER, COMPONENT))


def clark(namespace: str, local: str) -> str:
    """The name `local` in `namespace`, as ``{namespace}local``; just `local` when the namespace is empty."""
    return f"{{{namespace}}}{local}" if namespace else local


#: `clark` for names of our own, which are asked for again and again.
known_clark = lru_cache(maxsize=1024)(clark)


def split(tag: str) -> tuple[str, str]:
    """The namespace (may be empty) and the local name of a qualified name."""
    if tag[:1] == "{":
        namespace, _, local = tag[1:].rpartition("}")
        return namespace, local
    return "", tag
