# SPDX-License-Identifier: MIT
"""Preparation of the parts of an address as RFC 6122 had it: nodeprep, resourceprep, IDNA 2003.

For programs that prepare strings by these rules themselves. `JID` follows RFC 7622, which took their place.
"""

from __future__ import annotations

import encodings.idna
import stringprep
from typing import Final

from xmppkit.exceptions import StringPrepError
from xmppkit.util.stringprep_profiles import b1_mapping, create

__all__ = ["StringPrepError", "StringprepError", "idna", "nodeprep", "punycode", "resourceprep"]

#: The name that it has in slixmpp's module of this name.
StringprepError = StringPrepError

_TABLES: Final = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)
# RFC 6122 §A.5: blanks, and what separates the parts of an address or has a meaning in XML.
_NOT_IN_NODE: Final = frozenset(" \"&'/:<>@")

_nodeprep = create(
    mappings=(b1_mapping, stringprep.map_table_b2),
    prohibited=(_NOT_IN_NODE.__contains__, *_TABLES),
)
_resourceprep = create(mappings=(b1_mapping,), prohibited=_TABLES)


def nodeprep(node: str) -> str:
    """A local part as RFC 6122 Appendix A prepares it; characters that Unicode 3.2 did not know are let through.

    :raises StringPrepError: it is not allowed.
    """
    return _nodeprep(node)


def resourceprep(resource: str) -> str:
    """A resource as RFC 6122 Appendix B prepares it; characters that Unicode 3.2 did not know are let through.

    :raises StringPrepError: it is not allowed.
    """
    return _resourceprep(resource)


def _labels(domain: str) -> list[str]:
    try:
        return [encodings.idna.nameprep(label) for label in domain.split(".")]
    except UnicodeError as error:
        raise StringPrepError(f"{domain!r} is no domain: {error}") from None


def idna(domain: str) -> str:
    """A domain with its labels in Unicode, prepared by nameprep (RFC 3491).

    :raises StringPrepError: a label is none.
    """
    return ".".join(_unicode_label(label, domain) for label in _labels(domain))


def _unicode_label(label: str, domain: str) -> str:
    try:
        return encodings.idna.ToUnicode(_ascii_label(label, domain))
    except UnicodeError as error:
        raise StringPrepError(f"{domain!r} is no domain: {error}") from None


def _ascii_label(label: str, domain: str) -> str:
    try:
        written = encodings.idna.ToASCII(label).decode("ascii")
    except UnicodeError as error:
        raise StringPrepError(f"{domain!r} is no domain: {error}") from None
    if not written.replace("-", "").isalnum() or written[0] == "-" or written[-1] == "-":  # RFC 3490 §4.1, step 3
        raise StringPrepError(f"{domain!r} is no domain: {label!r} is no label of a host name")
    return written


def punycode(domain: str) -> bytes:
    """A domain in ASCII, as DNS takes it (RFC 3490 §4.1).

    :raises StringPrepError: a label is none.
    """
    return ".".join(_ascii_label(label, domain) for label in _labels(domain)).encode("ascii")
