# SPDX-License-Identifier: MIT
"""The stanzas of XEP-0004. A plugin whose stanzas hold forms imports `Form` and registers it with its classes:
``register_stanza_plugin(Command, Form)``, with ``iterable=True`` where there may be several."""

from __future__ import annotations

from xmppkit.plugins.xep_0004.stanza.field import FieldOption, FieldRule, FieldType, FieldValue, FormField
from xmppkit.plugins.xep_0004.stanza.form import Form, FormType

__all__ = ["FieldOption", "FieldRule", "FieldType", "FieldValue", "Form", "FormField", "FormType"]
