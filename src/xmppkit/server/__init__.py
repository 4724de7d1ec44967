# SPDX-License-Identifier: MIT
"""The embedded server: one domain, for development and tests.

::

    async with EmbeddedServer(domain="localhost", users={"alice": "secret"}) as server:
        client.ca_certs = server.ca_file
        client.connect(server.host, server.port)

What it does is in the files beside this one: ``server`` (sockets, certificates, life), ``sessions`` (one client, one
component), ``router`` (where stanzas go, RFC 6121 §8), ``presence``, ``subscriptions`` and ``rosters`` (RFC 6121 §2 to
§4), ``offline`` (XEP-0160), ``services`` (what the server answers itself), ``limits``.
"""

from __future__ import annotations

import logging

from xmppkit.server.limits import ServerLimits
from xmppkit.server.server import EmbeddedServer

__all__ = ["EmbeddedServer", "ServerLimits"]

# Whoever has not set up logging is not told on the standard error that this is a server for tests.
logging.getLogger(__name__).addHandler(logging.NullHandler())
