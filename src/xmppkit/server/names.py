# SPDX-License-Identifier: MIT
"""What a server, its components and its host may be called."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from xmppkit.exceptions import ConfigurationError, InvalidJID
from xmppkit.jid.address import JID

__all__ = ["domain_of", "is_loopback", "secrets_of"]


def domain_of(text: str) -> str:
    """The canonical form of a domain.

    :raises ConfigurationError: it is none.
    """
    try:
        jid = JID(text)
    except InvalidJID as error:
        raise ConfigurationError(f"{text!r} is no domain: {error}") from error
    if not jid.domain or jid.local or jid.resource:
        raise ConfigurationError(f"{text!r} is no domain")
    return jid.domain


def secrets_of(components: Mapping[str, str], own: str) -> dict[str, str]:
    """The secrets of the components, by domain.

    :param own: the server's own domain.
    :raises ConfigurationError: a name is no domain, or the server's own; or a secret is empty.
    """
    secrets = {domain_of(name): secret for name, secret in components.items()}
    if own in secrets:
        raise ConfigurationError(f"{own!r} is the server's own domain: a component needs another one")
    for name, secret in secrets.items():
        if not secret:
            raise ConfigurationError(f"the component {name!r} needs a secret")
    return secrets


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: ``localhost``, or such an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
