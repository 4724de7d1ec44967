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
from xmppkit.sasl.custom import CustomMechanism, Exposure, register_mechanism, unregister_mechanism
from xmppkit.sasl.policy import MECHANISMS, ON_REQUEST, SaslPolicy, known_mechanisms
from xmppkit.sasl.registry import choose, random_nonce, server_mechanism, server_mechanisms, wanted_credentials
from xmppkit.sasl.scram import make_scram_record

__all__ = [
    "MECHANISMS",
    "ON_REQUEST",
    "AccountRecord",
    "Attempt",
    "Challenge",
    "ChannelBinding",
    "ClientMechanism",
    "Credentials",
    "CustomMechanism",
    "Exposure",
    "Failure",
    "NeedAccount",
    "SaslPolicy",
    "ScramRecord",
    "ServerMechanism",
    "ServerStep",
    "Success",
    "choose",
    "known_mechanisms",
    "make_scram_record",
    "random_nonce",
    "register_mechanism",
    "server_mechanism",
    "server_mechanisms",
    "unregister_mechanism",
    "wanted_credentials",
]
