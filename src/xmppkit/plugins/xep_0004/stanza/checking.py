# SPDX-License-Identifier: MIT
"""Whether answers fit a form (XEP-0004 §3.3, §4)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xmppkit.exceptions import InvalidForm, InvalidValue
from xmppkit.plugins.xep_0004.stanza.field import FieldRule, FieldType, FieldValue, FormField, typed
from xmppkit.stanza.codecs import ADDRESS, BOOLEAN_DIGIT

if TYPE_CHECKING:
    from xmppkit.plugins.xep_0004.stanza.form import Form

__all__ = ["check", "fault", "submission"]

_SEVERAL = frozenset({FieldType.HIDDEN, FieldType.JID_MULTI, FieldType.LIST_MULTI, FieldType.TEXT_MULTI})
_SHOWN = 60


def fault(field: FormField, texts: list[str]) -> str | None:
    """What is wrong with texts as the answer to a field; None: nothing."""
    if field.required and not any(texts):
        return "an answer is required"
    kind = field.type_
    if len(texts) > 1 and kind not in _SEVERAL:
        return "it takes one answer"
    texts = [text for text in texts if text]
    if kind is FieldType.BOOLEAN:
        return _unreadable(BOOLEAN_DIGIT, texts)
    if kind in (FieldType.JID_SINGLE, FieldType.JID_MULTI):
        return _unreadable(ADDRESS, texts)
    rules = [child for child in field.plugins.values() if isinstance(child, FieldRule)]
    if kind in (FieldType.LIST_SINGLE, FieldType.LIST_MULTI) and not any(rule.open_list for rule in rules):
        options = {option.value for option in field.options}
        for text in texts:
            if options and text not in options:
                return f"{_shown(text)} is none of its options"
    return next((wrong for wrong in (rule.fault(field, texts) for rule in rules) if wrong), None)


def _unreadable(codec: Any, texts: list[str]) -> str | None:
    for text in texts:
        try:
            codec.decode(text)
        except ValueError as error:
            return str(error)
    return None


def _shown(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."


def check(form: Form, submitted: Form) -> dict[str, FieldValue]:
    """See `Form.check`."""
    answers = submitted.field
    faults: dict[str, str] = {}
    values: dict[str, FieldValue] = {}
    for var, field in form.field.items():
        if field.type_ is FieldType.FIXED:
            continue
        answer = answers.get(var)
        texts = [] if answer is None else answer.texts
        wrong = fault(field, texts)
        if wrong is not None:
            faults[var] = wrong
        elif answer is not None:
            values[var] = typed(field.type_, texts)
    if form.form_type and submitted.form_type not in (None, form.form_type):
        faults["FORM_TYPE"] = f"this form is {form.form_type}"
    if faults:
        raise InvalidForm(faults)
    return values


def submission(form: Form, values: Mapping[str, Any]) -> Form:
    """See `Form.submission`."""
    made = copy.copy(form)
    fields = made.field
    faults: dict[str, str] = {}
    for var, value in values.items():
        field = fields.get(var)
        if field is None:
            faults[var] = "the form has no such field"
            continue
        try:
            field.set_value(value)
        except InvalidValue as error:
            faults[var] = error.reason
            continue
        wrong = fault(field, field.texts)
        if wrong is not None:
            faults[var] = wrong
    for var, field in fields.items():
        if var not in faults and field.required and not any(field.texts):
            faults[var] = "an answer is required"
    if faults:
        raise InvalidForm(faults)
    # What nobody has answered is left out: it stays what it is (§3.5). So are texts for people.
    answered = [field for field in made.fields if field["var"] in values or field.texts]
    made.fields = [field for field in answered if field.kind is not FieldType.FIXED]
    made["type"] = "submit"
    del made.title, made.instructions
    return made
