# SPDX-License-Identifier: MIT
"""The stanzas of RFC 6120 §6; they are in `xmppkit.stanza.negotiation.sasl`."""

from __future__ import annotations

from xmppkit.stanza.negotiation.sasl import Abort, Auth, Challenge, Failure, Mechanisms, Response, Success

__all__ = ["Abort", "Auth", "Challenge", "Failure", "Mechanisms", "Response", "Success"]
