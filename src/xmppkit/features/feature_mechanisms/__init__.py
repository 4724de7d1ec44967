# SPDX-License-Identifier: MIT
"""Stream Feature: SASL (RFC 6120 §6)."""

from __future__ import annotations

from xmppkit.features.feature_mechanisms.mechanisms import FeatureMechanisms
from xmppkit.features.feature_mechanisms.stanza import Abort, Auth, Challenge, Failure, Mechanisms, Response, Success

__all__ = ["Abort", "Auth", "Challenge", "Failure", "FeatureMechanisms", "Mechanisms", "Response", "Success"]
