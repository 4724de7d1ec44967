# SPDX-License-Identifier: MIT
"""Preparation of the parts of an address: RFC 7622 §3 with PRECIS (RFC 8264, 8265) and IDNA (RFC 5890 ff.).

These are the slow, complete rules; `address` passes plain ASCII by on a fast path. The libraries with the
Unicode tables are loaded when the first address needs them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from xmppkit.exceptions import InvalidJID

if TYPE_CHECKING:
    from precis_i18n.profile import Profile

__all__ = ["MAX_BYTES", "prepare_domain", "prepare_local", "prepare_resource"]

#: Bytes of UTF-8 that each part may have (RFC 7622 §3.2, §3.3, §3.4).
MAX_BYTES: Final = 1023

# RFC 7622 §3.3.1 takes these out of what the UsernameCaseMapped profile allows.
_NOT_IN_LOCAL: Final = frozenset("\"&'/:<>@")
# Letters, digits and hyphens; the underscore is no host name's, but servers use it in names of services.
# It is compiled when it is first needed, for few addresses come here; so is the next.
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z"
# An IPv6 address in brackets, with a zone or without (RFC 6874 §2). What a zone may consist of is checked here:
# the ipaddress module takes anything, also a slash, and the address would not be read again as it was written.
_IP_LITERAL: Final = r"\[([0-9A-Fa-f:.]+(?:%25[A-Za-z0-9._~-]+)?)\]\Z"


@cache
def _profile(name: str) -> Profile:
    from precis_i18n import get_profile  # its tables take 20 ms to load, and few programs need them

    return get_profile(name)


def _enforce(profile: str, part: str, value: str) -> str:
    _check_length(part, value)
    try:
        prepared = _profile(profile).enforce(value)
    except UnicodeError as error:
        reason = getattr(error, "reason", "") or "not allowed"
        raise InvalidJID(part, f"RFC 8265 does not allow it ({reason})", value) from None
    return prepared


def _check_length(part: str, value: str) -> None:
    """Refuse before any work what is too long anyhow: preparation costs time for each character."""
    if len(value) > MAX_BYTES:
        raise InvalidJID(part, f"it is longer than {MAX_BYTES} bytes", value)


def _bounded(part: str, prepared: str, value: str) -> str:
    if len(prepared.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidJID(part, f"it is longer than {MAX_BYTES} bytes", value)
    return prepared


def prepare_local(value: str) -> str:
    """The local part `value` in its canonical form (RFC 7622 §3.3); raises `InvalidJID`."""
    prepared = _enforce("UsernameCaseMapped", "local", value)
    for character in prepared:
        if character in _NOT_IN_LOCAL:
            raise InvalidJID("local", f"{character!r} is not allowed there", value)
    return _bounded("local", prepared, value)


def prepare_resource(value: str) -> str:
    """The resource `value` in its canonical form (RFC 7622 §3.4); raises `InvalidJID`."""
    return _bounded("resource", _enforce("OpaqueString", "resource", value), value)


def prepare_domain(value: str) -> str:
    """The domain `value` in its canonical form: U-labels, or an IP address (RFC 7622 §3.2); raises `InvalidJID`.

    One trailing dot is dropped; an IPv6 address stands in brackets.
    """
    if value[:1] == "[" and value[-1:] == "]":
        import ipaddress  # such domains are rare

        found = re.match(_IP_LITERAL, value)
        try:
            address = ipaddress.IPv6Address(found[1] if found else "")
        except ValueError:
            raise InvalidJID("domain", "what stands in brackets is no IPv6 address", value) from None
        if address.ipv4_mapped is not None:
            # RFC 5952 §5; Python does so only since 3.13.
            zone = f"%{address.scope_id}" if address.scope_id else ""
            return f"[::ffff:{address.ipv4_mapped}{zone}]"
        return f"[{address}]"
    if len(value) > MAX_BYTES + 1:  # with a trailing dot; idna refuses it too, but does not say why
        raise InvalidJID("domain", f"it is longer than {MAX_BYTES} bytes", value)
    import idna

    try:
        mapped = idna.uts46_remap(value, std3_rules=False, transitional=False)
    except UnicodeError:
        raise InvalidJID("domain", "it has a character that no domain can have", value) from None
    mapped = mapped.removesuffix(".")
    labels = [_prepare_label(label, value) for label in mapped.split(".")]
    return _bounded("domain", ".".join(labels), value)


def _prepare_label(label: str, value: str) -> str:
    import idna

    if re.match(_LABEL, label) and not label.startswith("xn--"):
        return label
    if not label:
        raise InvalidJID("domain", "it has an empty label", value)
    try:
        # To the A-label and back: what does not survive that is no label of a domain.
        return idna.ulabel(idna.alabel(label))
    except UnicodeError:
        raise InvalidJID("domain", f"{label[:63]!r} is no label of a domain", value) from None
