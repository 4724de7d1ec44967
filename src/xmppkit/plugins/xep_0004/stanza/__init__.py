# SPDX-License-Identifier: MIT
"""The stanzas of XEP-0004. A plugin whose stanzas hold forms imports `Form` and registers it with its classes:
``register_stanza_plugin(Command, Form)``, with ``iterable=True`` where there may be several.

Answers of service discovery have forms (XEP-0128 §2), whoever reads them: ``info["forms"]`` is the list of them."""

from __future__ import annotations

from xmppkit.plugins.xep_0004.stanza.field import FieldOption, FieldRule, FieldType, FieldValue, FormField
from xmppkit.plugins.xep_0004.stanza.form import Form, FormType
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.stanza.registry import register_stanza_plugin

__all__ = ["FieldOption", "FieldRule", "FieldType", "FieldValue", "Form", "FormField", "FormType"]

register_stanza_plugin(DiscoInfo, Form, iterable=True)
