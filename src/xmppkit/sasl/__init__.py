# SPDX-License-Identifier: MIT
"""Authentication mechanisms (RFC 4422), both halves of each, as exchanges of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.sasl.base import Attempt as Attempt
    from xmppkit.sasl.base import Challenge as Challenge
    from xmppkit.sasl.base import ChannelBinding as ChannelBinding
    from xmppkit.sasl.base import ClientMechanism as ClientMechanism
    from xmppkit.sasl.base import Failure as Failure
    from xmppkit.sasl.base import NeedAccount as NeedAccount
    from xmppkit.sasl.base import ServerMechanism as ServerMechanism
    from xmppkit.sasl.base import ServerStep as ServerStep
    from xmppkit.sasl.base import Success as Success
    from xmppkit.sasl.credentials import AccountRecord as AccountRecord
    from xmppkit.sasl.credentials import Credentials as Credentials
    from xmppkit.sasl.credentials import ScramRecord as ScramRecord
    from xmppkit.sasl.custom import CustomMechanism as CustomMechanism
    from xmppkit.sasl.custom import Exposure as Exposure
    from xmppkit.sasl.custom import register_mechanism as register_mechanism
    from xmppkit.sasl.custom import unregister_mechanism as unregister_mechanism
    from xmppkit.sasl.policy import MECHANISMS as MECHANISMS
    from xmppkit.sasl.policy import ON_REQUEST as ON_REQUEST
    from xmppkit.sasl.policy import Binding as Binding
    from xmppkit.sasl.policy import SaslPolicy as SaslPolicy
    from xmppkit.sasl.policy import known_mechanisms as known_mechanisms
    from xmppkit.sasl.registry import choose as choose
    from xmppkit.sasl.registry import random_nonce as random_nonce
    from xmppkit.sasl.registry import server_mechanism as server_mechanism
    from xmppkit.sasl.registry import server_mechanisms as server_mechanisms
    from xmppkit.sasl.registry import wanted_credentials as wanted_credentials
    from xmppkit.sasl.rules import Refusal as Refusal
    from xmppkit.sasl.rules import Rule as Rule
    from xmppkit.sasl.scram import make_scram_record as make_scram_record

_HOMES = {
    "AccountRecord": "credentials",
    "Attempt": "base",
    "Binding": "policy",
    "Challenge": "base",
    "ChannelBinding": "base",
    "ClientMechanism": "base",
    "Credentials": "credentials",
    "CustomMechanism": "custom",
    "Exposure": "custom",
    "Failure": "base",
    "MECHANISMS": "policy",
    "NeedAccount": "base",
    "ON_REQUEST": "policy",
    "Refusal": "rules",
    "Rule": "rules",
    "SaslPolicy": "policy",
    "ScramRecord": "credentials",
    "ServerMechanism": "base",
    "ServerStep": "base",
    "Success": "base",
    "choose": "registry",
    "known_mechanisms": "policy",
    "make_scram_record": "scram",
    "random_nonce": "registry",
    "register_mechanism": "custom",
    "server_mechanism": "registry",
    "server_mechanisms": "registry",
    "unregister_mechanism": "custom",
    "wanted_credentials": "registry",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
