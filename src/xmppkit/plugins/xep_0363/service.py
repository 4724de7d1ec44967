# SPDX-License-Identifier: MIT
"""What a service says: of itself, and when it gives no slot (XEP-0363 §3, §5, §6)."""

from __future__ import annotations

import math
from typing import TypeAlias, cast

from xmppkit.exceptions import InvalidValue, IqError
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0363.errors import FileTooBig, SlotRefused
from xmppkit.plugins.xep_0363.stanza import PURPOSES, UPLOAD, EphemeralPurpose, FileTooLarge, Purpose
from xmppkit.stanza.codecs import INTEGER
from xmppkit.stanza.iq import Iq

__all__ = ["AnyPurpose", "limit_form", "limit_of", "purpose_of", "refusal"]

#: A purpose as programs may name it: an object, a class, or its name; None: none.
AnyPurpose: TypeAlias = Purpose | type[Purpose] | str | None


def limit_form(limit: int) -> Form:
    """What a service says of the bytes that a file may have (§3)."""
    form = Form()
    form.form_type = UPLOAD
    form.add_field("max-file-size", value=str(limit))
    return form


def limit_of(info: Iq) -> float:
    """The bytes that a file may have, as a service says in its ``disco_info`` (§3); infinity: it does not say."""
    form = Form.of_type(info["disco_info"], UPLOAD)
    field = None if form is None else form.field.get("max-file-size")
    try:
        return math.inf if field is None else max(0, INTEGER.decode(str(field.get_value())))
    except ValueError:
        return math.inf


def purpose_of(purpose: AnyPurpose) -> Purpose | None:
    """A purpose as a stanza.

    :raises InvalidValue: there is none of that name, or it says not when it ends.
    """
    kind = PURPOSES.get(purpose) if isinstance(purpose, str) else purpose
    if kind is None and purpose is not None:
        raise InvalidValue(f"{purpose!r} is none of {', '.join(PURPOSES)}", "purpose")
    made = kind() if isinstance(kind, type) else kind
    if isinstance(made, EphemeralPurpose) and made.expire_before is None:
        raise InvalidValue("it must say when: EphemeralPurpose with expire_before", "purpose")
    return made


def refusal(error: IqError, size: int) -> FileTooBig | SlotRefused:
    """What it means that a service has answered a request with an error (§6).

    :param size: what was asked for, in bytes.
    """
    too_large = FileTooLarge.of(error.iq["error"])
    return SlotRefused(cast(Iq, error.iq)) if too_large is None else FileTooBig(too_large.max_file_size, size)
