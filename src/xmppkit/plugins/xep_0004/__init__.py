# SPDX-License-Identifier: MIT
"""Data Forms (XEP-0004)."""

from __future__ import annotations

from xmppkit.plugins.xep_0004 import stanza
from xmppkit.plugins.xep_0004.dataforms import XEP_0004
from xmppkit.plugins.xep_0004.stanza import FieldOption, FieldRule, FieldType, FieldValue, Form, FormField, FormType

__all__ = [
    "XEP_0004",
    "FieldOption",
    "FieldRule",
    "FieldType",
    "FieldValue",
    "Form",
    "FormField",
    "FormType",
    "stanza",
]
