# SPDX-License-Identifier: MIT
"""Which URLs that came from others a program may open (RFC 3986).

A URL in a stanza is a stranger's wish that this machine connects somewhere. What it could reach from here and not from
outside, as the own network or the machine itself, is none of the stranger's business. A name says where it leads only
when it is resolved: so whoever connects asks `is_public_address` about each address that it is about to connect to.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

__all__ = ["fault_of_url", "is_public_address"]

#: What RFC 3986 §2 lets stand in a URL: others are to be percent-encoded.
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
#: A last label that makes the whole host a number to resolvers: 127.1, 0x7f.1, 2130706433.
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
#: IPv6 addresses that stand for IPv4 ones behind a translator (RFC 6052 §2.1).
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def is_public_address(address: str) -> bool:
    """Whether an IP address is one of the public internet: not of this machine, of a private network or a link, no
    multicast, and no IPv6 form of such an IPv4 address.

    :raises ValueError: it is no IP address.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = inner or found
    return found.is_global and not found.is_multicast


def fault_of_url(url: str, schemes: Collection[str] = ("https",), *, private: bool = False) -> str | None:
    """Why a URL from a stranger must not be opened; None: nothing in the URL itself speaks against it.

    :param url: the URL.
    :param schemes: those that are allowed, in lower case.
    :param private: addresses that are not of the public internet are allowed.
    """
    if not _CHARACTERS.fullmatch(url):
        return "it has characters that no URL has"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"it is no URL: {error}"
    if parts.scheme.lower() not in schemes:
        return f"its scheme is not {' or '.join(schemes)}"
    if not host:
        return "it names no host"
    if "@" in parts.netloc:
        return "it has a user's name or password"
    return None if private else _fault_of_host(host)


def _fault_of_host(host: str) -> str | None:
    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            return None if is_public_address(host) else f"{host} is no address of the public internet"
        except ValueError:
            return f"{host} is no address"
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761 §6.3
        return f"{host} is this machine itself"
    return None
