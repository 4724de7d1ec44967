# SPDX-License-Identifier: MIT
"""``serve``: the embedded server in a terminal."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from xmppkit.cli.command import Command, CommandFailed
from xmppkit.server import EmbeddedServer

__all__ = ["SERVE", "serve"]

_DESCRIPTION = """\
Serve one domain, for development and tests only: accounts and components are those
named here, rosters and messages are forgotten at the end, and it listens on loopback
unless told otherwise.

Clients must use TLS. The server makes a certificate for itself; what signed it is the
CA certificate whose path is printed at the start: clients need it to trust the server,
as in client.ca_certs = "/that/path/ca.pem".
"""

_EXAMPLES = (
    "serve --user alice:secret --user bot:secret",
    "serve --domain example.test --user alice:secret --port 0 --ca-file ca.pem",
    "serve --user alice:secret --component echo.localhost:shared",
)


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: take 0 to 65535, where 0 means a free one")
    return port


def _port_or_none(text: str) -> int | None:
    return None if text == "none" else _port(text)


def _named_secret(text: str) -> tuple[str, str]:
    name, colon, secret = text.partition(":")
    if not (name and colon and secret):
        # The text is not repeated: it may be a password.
        raise argparse.ArgumentTypeError("expected a name, a colon and a password, as in alice:secret")
    return name, secret


def _configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--domain", default="localhost", help="the domain to serve (default: localhost)")
    add(
        "--user",
        dest="users",
        metavar="NAME:PASSWORD",
        type=_named_secret,
        action="append",
        default=[],
        help="an account; may be repeated",
    )
    add(
        "--component",
        dest="components",
        metavar="DOMAIN:SECRET",
        type=_named_secret,
        action="append",
        default=[],
        help="a component that may connect (XEP-0114); may be repeated",
    )
    add("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1, loopback)")
    add("--port", type=_port, default=5222, help="for clients, with STARTTLS (default: 5222; 0: a free one)")
    add(
        "--direct-tls-port",
        metavar="PORT",
        type=_port_or_none,
        default=5223,
        help="for clients, with TLS from the start (default: 5223; 0: a free one; none: not at all)",
    )
    add(
        "--component-port",
        metavar="PORT",
        type=_port,
        default=5347,
        help="for components, if any are named (default: 5347; 0: a free one)",
    )
    add(
        "--http-port",
        metavar="PORT",
        type=_port_or_none,
        help="for WebSocket and BOSH, over TLS; needs aiohttp (default: none, which is not at all; 0: a free one)",
    )
    add("--ca-file", metavar="PATH", type=Path, help="also write the CA certificate to this file")
    add(
        "--directory",
        metavar="PATH",
        type=Path,
        help="keep the certificates there, and use the CA that is there already (default: a temporary one)",
    )
    add("--verbose", "-v", action="store_true", help="log what happens")


def _collected(pairs: Iterable[tuple[str, str]], what: str) -> dict[str, str]:
    """The pairs as a dictionary.

    :raises CommandFailed: one is named twice.
    """
    found: dict[str, str] = {}
    for name, secret in pairs:
        if name in found:
            raise CommandFailed(f"the {what} {name!r} is named twice")
        found[name] = secret
    return found


def _server(options: argparse.Namespace) -> EmbeddedServer:
    users, components = _collected(options.users, "account"), _collected(options.components, "component")
    if not users and not components:
        raise CommandFailed("nobody could log in: name an account, as in --user alice:secret")
    return EmbeddedServer(
        options.domain,
        users,
        components,
        host=options.host,
        port=options.port,
        direct_tls_port=options.direct_tls_port,
        component_port=options.component_port,
        directory=options.directory,
        http_port=options.http_port,
    )


def _banner(server: EmbeddedServer, ca_file: Path) -> str:
    """What the user needs to know to connect. No passwords."""
    rows = [("domain", server.domain), ("clients", f"{server.host} port {server.port}, STARTTLS")]
    if server.direct_tls_port is not None:
        rows.append(("", f"{server.host} port {server.direct_tls_port}, direct TLS"))
    if server.http_port is not None:
        place = f"{server.domain}:{server.http_port}"
        rows += [("", f"wss://{place}/xmpp-websocket"), ("", f"https://{place}/http-bind, BOSH")]
    if server.components:
        rows.append(("components", f"{server.host} port {server.component_port}, no TLS"))
        rows += [("", domain) for domain in server.components]
    rows += [("accounts" if number == 0 else "", jid) for number, jid in enumerate(server.users)]
    rows.append(("CA certificate", str(ca_file)))
    lines = [f"  {name:<15} {value}" for name, value in rows]
    return "\n".join(["xmppkit's embedded server, for development and tests only", *lines, "Ctrl-C stops it."])


def _failure(error: OSError, options: argparse.Namespace) -> CommandFailed:
    """What the user can do about a server that could not start."""
    if error.errno == errno.EADDRINUSE:
        return CommandFailed(f"a port is in use: {_plain(error)}; choose another one, or 0 for a free one")
    if error.errno == errno.EACCES and error.filename is None:
        return CommandFailed(f"{_plain(error)}; ports below 1024 are for the administrator")
    if error.filename is not None:
        return CommandFailed(f"{error.filename}: {error.strerror}")
    return CommandFailed(f"cannot listen at {options.host}: {_plain(error)}")


def _plain(error: OSError) -> str:
    return error.strerror or str(error)


async def serve(options: argparse.Namespace, stop: asyncio.Event, out: TextIO) -> None:
    """Serve until `stop` is set.

    :param options: what was parsed.
    :param out: where to say what is served.
    :raises CommandFailed: it cannot start.
    """
    server = _server(options)
    try:
        await server.start()
    except OSError as error:
        raise _failure(error, options) from error
    try:
        ca_file = server.ca_file
        if options.ca_file is not None:
            try:
                shutil.copyfile(ca_file, options.ca_file)
            except OSError as error:
                raise _failure(error, options) from error
            ca_file = options.ca_file.absolute()
        print(_banner(server, ca_file), file=out, flush=True)
        await stop.wait()
        print("\nstopping …", file=out, flush=True)
    finally:
        await server.stop()


async def _until_signal(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if os.name == "posix":
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
    await serve(options, stop, sys.stdout)


def _run(options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    asyncio.run(_until_signal(options))
    return 0


SERVE = Command(
    name="serve",
    summary="run a server for development and tests",
    description=_DESCRIPTION,
    examples=_EXAMPLES,
    configure=_configure,
    run=_run,
)
"""The command."""
