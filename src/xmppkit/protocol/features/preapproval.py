# SPDX-License-Identifier: MIT
"""Pre-approval of subscriptions (RFC 6121 §3.4): the server announces that it keeps them."""

from __future__ import annotations

from xmppkit.protocol.features.announced import announced
from xmppkit.xml import names

__all__ = ["PREAPPROVAL"]

PREAPPROVAL = announced("preapproval", 9001, names.clark(names.PRE_APPROVAL, "sub"))
"""The declaration of subscription pre-approval."""
