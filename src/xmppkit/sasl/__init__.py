# SPDX-License-Identifier: MIT
"""Authentication mechanisms (RFC 4422), both halves of each, as exchanges of bytes."""

from __future__ import annotations

from xmppkit.sasl.base import (
    Attempt,
    Challenge,
    ChannelBinding,
    ClientMechanism,
    Failure,
    NeedAccount,
    ServerMechanism,
    ServerStep,
    Success,
)
from xmppkit.sasl.credentials import AccountRecord, Credentials, ScramRecord
from xmppkit.sasl.policy import MECHANISMS, SaslPolicy
from xmppkit.sasl.registry import choose, random_nonce, server_mechanism, server_mechanisms
from xmppkit.sasl.scram import make_scram_record

__all__ = [
    "MECHANISMS",
    "AccountRecord",
    "Attempt",
    "Challenge",
    "ChannelBinding",
    "ClientMechanism",
    "Credentials",
    "Failure",
    "NeedAccount",
    "SaslPolicy",
    "ScramRecord",
    "ServerMechanism",
    "ServerStep",
    "Success",
    "choose",
    "make_scram_record",
    "random_nonce",
    "server_mechanism",
    "server_mechanisms",
]
