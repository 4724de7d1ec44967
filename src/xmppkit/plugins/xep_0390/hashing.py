# SPDX-License-Identifier: MIT
"""The text that is hashed (XEP-0390 §4.1), and what a hash proves (§4.4)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from typing import Final

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0030.stanza.info import DISCO_INFO
from xmppkit.plugins.xep_0115.verification import hashed_part
from xmppkit.plugins.xep_0300.functions import canonical, digests
from xmppkit.xml.names import XML_LANG, clark

__all__ = ["NODE", "certified", "hash_input", "node_of", "parse_node", "with_languages"]

#: What the node of a hash begins with (§4.3).
NODE: Final = "urn:xmpp:caps#"
_IDENTITY: Final = clark(DISCO_INFO, "identity")
_KNOWN: Final = frozenset({_IDENTITY, clark(DISCO_INFO, "feature"), Form.tag_name()})
_TABLE: Final = (clark(Form.namespace, "reported"), clark(Form.namespace, "item"))
#: The separators, from the smallest parts to the largest. XML cannot express them (§8.1).
_UNIT, _RECORD, _GROUP, _FILE = b"\x1f", b"\x1e", b"\x1d", b"\x1c"
#: SHA-1 and weaker ones MUST NOT be used (XEP-0300 §5).
_WEAK: Final = frozenset({"sha-1"})


def _unit(text: str | None) -> bytes:
    return (text or "").encode("utf-8", "surrogatepass") + _UNIT


def _joined(parts: Iterable[bytes]) -> bytes:
    return b"".join(sorted(parts))


def hash_input(info: DiscoInfo) -> bytes:
    """What is hashed of an answer (§4.1).

    :param info: the answer, with languages where they are said: see `with_languages`.
    :raises InvalidValue: something in it is no part of the hash: another element, a table, a form without FORM_TYPE.
    """
    if any(element.tag not in _KNOWN for element in info.xml):
        raise InvalidValue("it has other elements than identities, features and forms", "DiscoInfo")
    forms = []
    for form in info["forms"]:
        form_type = form.field.get("FORM_TYPE")
        if any(form.xml.find(tag) is not None for tag in _TABLE):
            raise InvalidValue("a form in it is a table", "DiscoInfo")
        if form_type is None or form_type["type"] != "hidden" or len(form_type.texts) != 1:
            raise InvalidValue("a form in it has no FORM_TYPE", "DiscoInfo")
        fields = [_unit(field["var"]) + _joined(map(_unit, field.texts)) + _RECORD for field in form.fields]
        forms.append(_joined(fields) + _GROUP)
    identities = [b"".join(map(_unit, (each.category, each.type, each.lang, each.name))) for each in info.identities]
    return b"".join(
        (
            _joined(map(_unit, info.features)) + _FILE,
            _joined(identity + _RECORD for identity in identities) + _FILE,
            _joined(forms) + _FILE,
        )
    )


def with_languages(info: DiscoInfo, lang: str | None) -> DiscoInfo:
    """A copy in which identities say their language where it is only implied (§6.2.1).

    :param lang: the language of what is around them.
    """
    made = DiscoInfo(xml=info.__copy__().xml)
    if lang:
        for element in made.xml.iterfind(_IDENTITY):
            if not element.get(XML_LANG):
                element.set(XML_LANG, lang)
    return made


def node_of(function: str, digest: bytes) -> str:
    """The node of a hash (§4.3)."""
    return f"{NODE}{function}.{base64.b64encode(digest).decode('ascii')}"


def parse_node(node: str) -> tuple[str, bytes] | None:
    """The function and the hash of a node; None: it is none, or of a function that is not known or weak."""
    function, dot, packed = node.removeprefix(NODE).rpartition(".")
    known = canonical(function)
    if not (node.startswith(NODE) and dot) or known is None or known in _WEAK:
        return None
    try:
        digest = base64.b64decode(packed.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return (function, digest) if len(digest) == len(digests((), [known])[known]) else None


def certified(info: DiscoInfo, node: str) -> DiscoInfo | None:
    """What of an answer is proved by the hash that a node names: identities with their languages, features, and the
    values of forms. None: it does not prove anything.

    :param info: the answer, in its stanza: the language of that holds for it.
    """
    parsed = parse_node(node)
    if parsed is None:
        return None
    function, digest = parsed
    # Servers do not always say the language of a stanza (RFC 6120 §8.1.5), so what it is without may be what was meant.
    for lang in dict.fromkeys((info.get_lang(), "")):
        candidate = with_languages(info, lang)
        try:
            given = hash_input(candidate)
            proved = hashed_part(candidate)
            is_whole = hash_input(proved) == given
        except ValueError:
            return None
        if is_whole and hmac.compare_digest(digests([given], [function])[function], digest):
            return proved
    return None
