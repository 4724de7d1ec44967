# SPDX-License-Identifier: MIT
"""``python -m xmppkit serve``: the embedded server, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import logging
import signal
import sys
from typing import Any

from xmppkit.exceptions import ConfigurationError
from xmppkit.server import EmbeddedServer

__all__ = ["add_parser", "run"]

_DESCRIPTION = """\
Serve one XMPP domain from memory, for development and tests only: accounts, rosters and messages are gone when the
server ends. It makes a certificate for itself; the file named at the start is that of its authority, for clients to
trust. Ctrl-C ends it.
"""

_EXAMPLES = """\
examples:
  A server with two accounts, on the usual port:
    python -m xmppkit serve --user alice:secret --user bot:secret

  With a component (XEP-0114), on free ports:
    python -m xmppkit serve --port 0 --user alice:secret --component echo.localhost:secret --component-port 0

  Then, elsewhere:
    XMPP_PASSWORD=secret python examples/echo_bot.py bot@localhost --host 127.0.0.1 --ca-file CA_FILE
"""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "serve",
        help="run a server for development and tests",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--domain", default="localhost", help="the domain to serve (default: %(default)s)")
    parser.add_argument(
        "--user",
        action="append",
        default=[],
        metavar="NAME:PASSWORD",
        help="an account; may be given several times. What stands behind the first colon is the password",
    )
    parser.add_argument(
        "--component",
        action="append",
        default=[],
        metavar="DOMAIN:SECRET",
        help="a component (XEP-0114); may be given several times",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=5222, help="for clients; 0: a free one (default: %(default)s)")
    parser.add_argument(
        "--direct-tls-port",
        type=_port,
        default=None,
        metavar="PORT",
        help="for clients with TLS from the first byte; 0: a free one (default: none)",
    )
    parser.add_argument(
        "--component-port", type=_port, default=5347, metavar="PORT", help="for components (default: %(default)s)"
    )
    parser.add_argument(
        "--certificates",
        metavar="DIRECTORY",
        help="keep the certificates there, and use them again (default: a temporary directory)",
    )
    parser.add_argument("--verbose", action="store_true", help="log what clients do")
    parser.set_defaults(run=run)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no port: 0 to 65535")
    return port


def _pairs(texts: list[str], option: str) -> dict[str, str]:
    """What stands before and behind the first colon of each.

    :raises ConfigurationError: there is no colon, or nothing on one of its sides, or a name comes twice.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        name, colon, secret = text.partition(":")
        if not (name and colon and secret):
            # The text may be a password: it is not repeated.
            raise ConfigurationError(f"{option} takes a name and a secret with a colon between them, as alice:secret")
        if name in pairs:
            raise ConfigurationError(f"{option} {name} was given twice")
        pairs[name] = secret
    return pairs


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C; the exit status."""
    if arguments.verbose:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    server = EmbeddedServer(
        domain=arguments.domain,
        users=_pairs(arguments.user, "--user"),
        components=_pairs(arguments.component, "--component"),
        host=arguments.host,
        port=arguments.port,
        direct_tls_port=arguments.direct_tls_port,
        component_port=arguments.component_port,
        directory=arguments.certificates,
    )
    try:
        return asyncio.run(_serve(server))
    except OSError as error:
        print(f"error: cannot listen at {arguments.host}: {error} (another port, or --port 0?)", file=sys.stderr)
        return 1


async def _serve(server: EmbeddedServer) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with server:
        _introduce(server)
        await stop.wait()
        print("stopping", flush=True)
    return 0


def _introduce(server: EmbeddedServer) -> None:
    """Say what there is."""
    print(f"Serving {server.domain} at {server.host}:{server.port}, for development and tests only.")
    if server.direct_tls_port is not None:
        print(f"  direct TLS:  port {server.direct_tls_port}")
    if server.components:
        print(f"  components:  port {server.component_port}: {', '.join(server.components)}")
    print(f"  accounts:    {', '.join(server.users) or 'none (add some with --user NAME:PASSWORD)'}")
    print(f"  CA file:     {server.ca_file}")
    if not _is_loopback(server.host):
        print(f"  WARNING: {server.host} is no loopback address: others can reach this server.")
    print("Ctrl-C ends it.", flush=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
