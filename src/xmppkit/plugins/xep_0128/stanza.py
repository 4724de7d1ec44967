# SPDX-License-Identifier: MIT
"""Forms in the information of service discovery (XEP-0128 §2): ``info["forms"]`` is the list of them. The classes
of XEP-0004 and XEP-0030 are all that it takes."""

from __future__ import annotations

from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0030.stanza import DiscoInfo

__all__ = ["DiscoInfo", "Form"]
