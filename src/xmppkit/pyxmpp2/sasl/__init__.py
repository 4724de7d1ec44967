# SPDX-License-Identifier: MIT
"""SASL with PyXMPP2's surface, for both ends, over `xmppkit.sasl`.

SCRAM with SHA-1, SHA-256 and SHA-512, PLAIN, DIGEST-MD5 and, for clients, EXTERNAL.
"""

from __future__ import annotations

from collections.abc import Iterable

from xmppkit.pyxmpp2.sasl import digest_md5, external, plain, scram  # noqa: F401  # they register themselves
from xmppkit.pyxmpp2.sasl.core import (
    CLIENT_MECHANISMS,
    CLIENT_MECHANISMS_D,
    SECURE_CLIENT_MECHANISMS,
    SECURE_SERVER_MECHANISMS,
    SERVER_MECHANISMS,
    SERVER_MECHANISMS_D,
    Challenge,
    ClientAuthenticator,
    Failure,
    PasswordDatabase,
    Properties,
    Reply,
    Response,
    ServerAuthenticator,
    Success,
    default_nonce_factory,
    sasl_mechanism,
)

__all__ = [
    "CLIENT_MECHANISMS",
    "CLIENT_MECHANISMS_D",
    "SECURE_CLIENT_MECHANISMS",
    "SECURE_SERVER_MECHANISMS",
    "SERVER_MECHANISMS",
    "SERVER_MECHANISMS_D",
    "Challenge",
    "ClientAuthenticator",
    "Failure",
    "PasswordDatabase",
    "Reply",
    "Response",
    "ServerAuthenticator",
    "Success",
    "client_authenticator_factory",
    "default_nonce_factory",
    "filter_mechanism_list",
    "sasl_mechanism",
    "server_authenticator_factory",
]


def client_authenticator_factory(mechanism: str) -> ClientAuthenticator:
    """A new client's half of `mechanism`.

    :raises KeyError: there is none.
    """
    return CLIENT_MECHANISMS_D[mechanism]()


def server_authenticator_factory(mechanism: str, password_database: PasswordDatabase) -> ServerAuthenticator:
    """A new server's half of `mechanism`.

    :raises KeyError: there is none.
    """
    return SERVER_MECHANISMS_D[mechanism](password_database)


def filter_mechanism_list(
    mechanisms: Iterable[str], properties: Properties, allow_insecure: bool = False, server_side: bool = False
) -> list[str]:
    """Those of `mechanisms` that can be used, in their order.

    :param properties: what is known: ``security-layer`` without which only secure mechanisms are used, and for a client
        what the mechanisms need.
    :param allow_insecure: use the others without TLS, too.
    :param server_side: for a server.
    """
    known = SERVER_MECHANISMS if server_side else CLIENT_MECHANISMS
    secure = SECURE_SERVER_MECHANISMS if server_side else SECURE_CLIENT_MECHANISMS
    protected = bool(properties.get("security-layer")) or allow_insecure
    return [
        name
        for name in mechanisms
        if name in known and (protected or name in secure) and _is_sufficient(name, properties, server_side)
    ]


def _is_sufficient(name: str, properties: Properties, server_side: bool) -> bool:
    if server_side:
        return not name.endswith("-PLUS") or bool(properties.get("channel-binding"))
    return CLIENT_MECHANISMS_D[name].are_properties_sufficient(properties)
