# SPDX-License-Identifier: MIT
"""Connecting to the first of several endpoints that can be reached (RFC 6120 §3.2.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from xmppkit.exceptions import ConnectionRefused, HostNotFound, RemoteError
from xmppkit.transports.base import Connector, ReceiverT
from xmppkit.transports.endpoints import Endpoint

__all__ = ["connect"]


async def connect(
    endpoints: Iterable[Endpoint],
    connector: Connector,
    make_receiver: Callable[[Endpoint], ReceiverT],
    *,
    on_failure: Callable[[Endpoint, RemoteError], object] | None = None,
) -> ReceiverT:
    """Connect to the first endpoint that can be reached.

    :param endpoints: in the order to try.
    :param connector: makes the connection.
    :param make_receiver: makes what faces the network, as a driver with a stream that does TLS as the
        endpoint says.
    :param on_failure: told of each endpoint that cannot be reached.
    :returns: that receiver; it has been told of the connection.
    :raises HostNotFound: no endpoint's host name resolves.
    :raises ConnectionRefused: no endpoint can be reached; the message names each.
    """
    failures: list[RemoteError] = []
    for endpoint in endpoints:
        try:
            return await connector.connect(endpoint, partial(make_receiver, endpoint))
        except (HostNotFound, ConnectionRefused) as error:
            failures.append(error)
            if on_failure is not None:
                on_failure(endpoint, error)
    if len(failures) == 1:
        raise failures[0]
    if failures and all(isinstance(error, HostNotFound) for error in failures):
        raise HostNotFound("; ".join(f"{error.where}: {error.reason}" for error in failures))
    said = "; ".join(f"{error.where}: {error.reason}" for error in failures) or "there is no endpoint to connect to"
    raise ConnectionRefused(said)
