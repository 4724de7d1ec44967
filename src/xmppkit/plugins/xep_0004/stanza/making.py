# SPDX-License-Identifier: MIT
"""Fields of forms, made of what programs say of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xmppkit.plugins.xep_0004.stanza.field import FormField
from xmppkit.stanza.element import ElementBase

__all__ = ["bare_field", "described", "make_field", "remove_all"]


def bare_field(var: str, kind: str | None, label: str, desc: str) -> FormField:
    """A field without an answer."""
    field = FormField()
    field["var"], field["type"], field["label"], field["desc"] = var, kind, label, desc
    return field


def make_field(
    var: str = "",
    ftype: str | None = None,
    label: str = "",
    desc: str = "",
    required: bool = False,
    value: Any = None,
    options: Iterable[Any] | None = None,
    **kwargs: Any,
) -> FormField:
    """What `Form.add_field` adds."""
    field = bare_field(var, kwargs.get("type", ftype), label, desc)
    field.required = required
    field.set_value(value)
    if options:
        field.set_options(options)
    return field


def described(var: str | None, about: Any) -> FormField:
    """The field that `make_field` makes of a description.

    :param var: its name; None: the description has it.
    :param about: a field, which is returned, or a dict of the parameters.
    """
    if isinstance(about, FormField):
        return about
    said: dict[str, Any] = dict(about) if var is None else {"var": var, **about}
    return make_field(**said)


def remove_all(stanza: ElementBase, tag: str) -> None:
    """Remove the children with a name."""
    for element in stanza.xml.findall(tag):
        stanza.xml.remove(element)
