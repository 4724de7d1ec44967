# SPDX-License-Identifier: MIT
"""Verification strings: making them (XEP-0115 §5.1), and what is checked before one is believed (§5.4).

A verification string is the hash of all strings of an answer, with ``<`` between them. What is an identity, a feature
or a form is not hashed, so that an attacker can make an answer of another meaning with the same hash (§9.3): a form
whose FORM_TYPE is what was the last feature, say. `certified` therefore refuses answers in which a string could stand
elsewhere, beyond what §5.4 demands.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from xmppkit.plugins.xep_0004.stanza import Form, FormType
from xmppkit.plugins.xep_0030.stanza import DiscoInfo, Identity
from xmppkit.plugins.xep_0128 import stanza as _forms_in_disco  # noqa: F401  # makes info["forms"] known

__all__ = ["ALGORITHMS", "certified", "forms_of", "generate_verstring"]

#: The hash functions that are understood. Each resists the search for another text with the same hash, which is what
#: counts here (§9.2), MD5 too.
ALGORITHMS: Final[dict[str, Callable[[bytes], Any]]] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha-1": partial(hashlib.sha1, usedforsecurity=False),
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
    "sha-224": hashlib.sha224,
    "sha-256": hashlib.sha256,
    "sha-384": hashlib.sha384,
    "sha-512": hashlib.sha512,
}

#: A category or a type, as the registry has them: not the beginning of a URI.
_NAME: Final = re.compile(r"[A-Za-z0-9_+.-]+")
#: The beginning of what could be an identity.
_LIKE_IDENTITY: Final = re.compile(r"[A-Za-z0-9_+.-]+/[A-Za-z0-9_+.-]*/[A-Za-z0-9-]*/")

#: What is a FORM_TYPE, and no feature of anybody.
_FORM_TYPES: Final = frozenset({"urn:xmpp:dataforms:softwareinfo", "http://jabber.org/network/serverinfo"})


class _Unusable(ValueError):
    """What is to be hashed can mean several things, or the same twice."""


def forms_of(info: DiscoInfo) -> dict[str, Form]:
    """The forms by FORM_TYPE. A form without a hidden FORM_TYPE is left out (§5.4).

    :raises ValueError: there are two of one FORM_TYPE, or a FORM_TYPE has several values.
    """
    found: dict[str, Form] = {}
    for form in info["forms"]:
        names = [field for field in form.fields if field["var"] == "FORM_TYPE"]
        if not names or names[0]["type"] != "hidden":
            continue
        values = {text for field in names for text in field.texts}
        if len(values) != 1 or found.setdefault(values.pop(), form) is not form:
            raise _Unusable("the FORM_TYPE is not clear")
    return found


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _identity_text(identity: Identity) -> str:
    return "/".join((identity.category, identity.type, identity.lang or "", identity.name or ""))


def generate_verstring(info: DiscoInfo, hash: str = "sha-1") -> str | None:
    """The verification string of an answer (§5.1).

    :param info: the answer.
    :param hash: the hash function, as ``sha-1``.
    :returns: the hash as base64; None when there is no such function, or the answer is ill-formed (§5.4).
    """
    digest = ALGORITHMS.get(hash.lower())
    if digest is None:
        return None
    identities, features = info.identities, info.features
    try:
        forms = forms_of(info)
        if len(set(identities)) < len(identities) or len(set(features)) < len(features):
            return None
    except _Unusable:
        return None
    parts = [_identity_text(each) for each in sorted(identities, key=_by_octets)]
    parts += sorted(features, key=_octets)
    for form_type in sorted(forms, key=_octets):
        parts.append(form_type)
        fields = [field for field in forms[form_type].fields if field["var"] != "FORM_TYPE"]
        for field in sorted(fields, key=lambda field: _octets(field["var"])):
            parts.append(field["var"])
            parts += sorted(field.texts, key=_octets)
    text = "".join(f"{part}<" for part in parts)
    return base64.b64encode(digest(_octets(text)).digest()).decode("ascii")


def _by_octets(identity: Identity) -> tuple[bytes, ...]:
    return tuple(_octets(part or "") for part in identity)


def certified(info: DiscoInfo, ver: str, hash: str) -> DiscoInfo | None:
    """What of an answer is proved by a verification string: identities, features, and the values of forms that have a
    FORM_TYPE. None: it does not prove anything.

    :param info: the answer.
    :param ver: the string that was announced.
    :param hash: the function that was announced with it.
    """
    made = generate_verstring(info, hash)
    if made is None or not hmac.compare_digest(_octets(made), _octets(ver)) or not _is_clear(info):
        return None
    return hashed_part(info)


def hashed_part(info: DiscoInfo) -> DiscoInfo:
    """A copy with nothing but what is hashed: labels of fields, say, are not, and others could be slipped in with
    them."""
    proved = DiscoInfo()
    proved.features = info.features
    proved.identities = info.identities
    for form_type, form in forms_of(info).items():
        clean = Form()
        clean.type_ = FormType.RESULT
        clean.form_type = form_type
        for field in form.fields:
            if field["var"] != "FORM_TYPE":
                clean.add_field(field["var"]).texts = field.texts
        proved.append(clean)
    return proved


def _is_clear(info: DiscoInfo) -> bool:
    """Whether no string of an answer could stand elsewhere with the same hash."""
    identities, features, forms = info.identities, info.features, forms_of(info)
    strings = [*features, *forms, *(identity.name or "" for identity in identities)]
    for form in forms.values():
        strings += [text for field in form.fields for text in (field["var"], *field.texts)]
    if any("<" in each for each in strings):
        return False
    # Where identities end and features begin: neither may look like the other.
    for identity in identities:
        names = (identity.category, identity.type)
        if not all(map(_NAME.fullmatch, names)) or "/" in (identity.lang or ""):
            return False
    if any(map(_LIKE_IDENTITY.match, features)):
        return False
    # Where features end and forms begin: features are sorted, so that the first FORM_TYPE is none of them if it comes
    # before the last of them, or if nobody has such a feature. And what is in a form is no FORM_TYPE.
    if not forms:
        return True
    first = min(forms, key=_octets)
    is_apart = first in _FORM_TYPES or _octets(first) < max(map(_octets, features), default=b"")
    return is_apart and all(":" in form_type for form_type in forms)
