# SPDX-License-Identifier: MIT
"""Names of namespaces as PyXMPP2 programs know them; ``…_QNP`` is what stands before a local name: ``{namespace}``."""

from __future__ import annotations

from typing import Final

from xmppkit.xml import names

__all__ = [
    "BIND_NS",
    "BIND_QNP",
    "PYXMPP_ERROR_NS",
    "PYXMPP_ERROR_QNP",
    "SASL_NS",
    "SASL_QNP",
    "SESSION_NS",
    "SESSION_QNP",
    "STANZA_CLIENT_NS",
    "STANZA_CLIENT_QNP",
    "STANZA_ERROR_NS",
    "STANZA_ERROR_QNP",
    "STANZA_NAMESPACES",
    "STANZA_SERVER_NS",
    "STANZA_SERVER_QNP",
    "STREAM_ERROR_NS",
    "STREAM_ERROR_QNP",
    "STREAM_NS",
    "STREAM_QNP",
    "STREAM_ROOT_TAG",
    "TLS_NS",
    "TLS_QNP",
    "XML_LANG_QNAME",
    "XML_NS",
    "XML_QNP",
]

XML_NS: Final = names.XML
XML_QNP: Final = f"{{{XML_NS}}}"
XML_LANG_QNAME: Final = names.XML_LANG
STREAM_NS: Final = names.STREAM
STREAM_QNP: Final = f"{{{STREAM_NS}}}"
STREAM_ROOT_TAG: Final = names.STREAM_ROOT
BIND_NS: Final = names.BIND
BIND_QNP: Final = f"{{{BIND_NS}}}"
SESSION_NS: Final = names.SESSION
SESSION_QNP: Final = f"{{{SESSION_NS}}}"
STANZA_CLIENT_NS: Final = names.CLIENT
STANZA_CLIENT_QNP: Final = f"{{{STANZA_CLIENT_NS}}}"
STANZA_SERVER_NS: Final = names.SERVER
STANZA_SERVER_QNP: Final = f"{{{STANZA_SERVER_NS}}}"
#: What a stanza of this interface may be in.
STANZA_NAMESPACES: Final = (STANZA_CLIENT_NS, STANZA_SERVER_NS)
STANZA_ERROR_NS: Final = names.STANZA_ERRORS
STANZA_ERROR_QNP: Final = f"{{{STANZA_ERROR_NS}}}"
STREAM_ERROR_NS: Final = names.STREAM_ERRORS
STREAM_ERROR_QNP: Final = f"{{{STREAM_ERROR_NS}}}"
#: For errors that are neither a stanza's nor a stream's; it never goes over the wire.
PYXMPP_ERROR_NS: Final = "urn:x-xmppkit:pyxmpp2:errors"
PYXMPP_ERROR_QNP: Final = f"{{{PYXMPP_ERROR_NS}}}"
SASL_NS: Final = names.SASL
SASL_QNP: Final = f"{{{SASL_NS}}}"
TLS_NS: Final = names.TLS
TLS_QNP: Final = f"{{{TLS_NS}}}"
