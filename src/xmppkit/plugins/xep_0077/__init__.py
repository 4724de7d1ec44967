# SPDX-License-Identifier: MIT
"""In-Band Registration (XEP-0077)."""

from __future__ import annotations

from xmppkit.plugins.xep_0077 import stanza
from xmppkit.plugins.xep_0077.register import XEP_0077
from xmppkit.plugins.xep_0077.registration import Registration, RegistrationElsewhere
from xmppkit.plugins.xep_0077.stanza import Register, RegisterFeature

__all__ = ["XEP_0077", "Register", "RegisterFeature", "Registration", "RegistrationElsewhere", "stanza"]
