# SPDX-License-Identifier: MIT
"""Data Forms Validation (XEP-0122)."""

from __future__ import annotations

from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.plugins.xep_0122 import stanza

__all__ = ["XEP_0122"]


class XEP_0122(BasePlugin):  # noqa: N801  # slixmpp's name
    """Data Forms Validation. What it does, it does by `FormValidation`, which `Form.check` and `Form.submission`
    ask."""

    name = "xep_0122"
    description = "XEP-0122: Data Forms Validation"
    dependencies = frozenset({"xep_0004"})
    stanza = stanza
    disco_features = (stanza.VALIDATE,)


register_plugin(XEP_0122)
