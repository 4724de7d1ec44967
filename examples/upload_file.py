# SPDX-License-Identifier: MIT
"""Upload a file to the server, and print its URL, or send it to somebody (XEP-0363, XEP-0066).

python examples/upload_file.py me@example.org cat.jpg                  (asks for the password)
python examples/upload_file.py me@example.org cat.jpg --to you@example.org
XMPP_PASSWORD=… python examples/upload_file.py me@localhost cat.jpg --host 127.0.0.1 --ca-file ca.pem --own-network

Needs aiohttp: pip install "xmppkit[http]".
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import sys
from pathlib import Path

from xmppkit import ClientXMPP
from xmppkit.exceptions import XMPPKitError
from xmppkit.plugins.xep_0363 import Progress


def show(progress: Progress) -> None:
    """Draw how far the upload is, where somebody sees it."""
    if sys.stderr.isatty():
        end = "\n" if progress.sent == progress.total else ""
        print(f"\r{progress.sent} of {progress.total} bytes, {progress.fraction:.0%}", end=end, file=sys.stderr)


async def upload(arguments: argparse.Namespace, password: str) -> None:
    """Log in, upload the file, tell where it is, log out."""
    client = ClientXMPP(arguments.jid, password)
    client.register_plugin("xep_0066")
    client.register_plugin("xep_0363", {"allow_private_hosts": arguments.own_network})
    client.auto_reconnect = False
    if arguments.ca_file:
        client.ca_certs = arguments.ca_file
    if arguments.host:
        client.custom_address = (arguments.host, arguments.port)
    async with client:
        url = await client.plugin["xep_0363"].upload_file(arguments.file, progress=show, domain=arguments.service)
        print(url)
        if arguments.to:
            message = client.make_message(arguments.to, url)
            message["oob"]["url"] = url  # so that a client shows the file, not the link
            message.send()


def main() -> int:
    parser = argparse.ArgumentParser(description="Upload a file and print its URL, or send it to somebody.")
    parser.add_argument("jid", help="your address, as me@example.org")
    parser.add_argument("file", type=Path, help="the file")
    parser.add_argument("--to", help="send the URL to this address, too")
    parser.add_argument("--service", help="where to look for an upload service (default: your server)")
    parser.add_argument("--own-network", action="store_true", help="the file may go to a private address")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    logging.basicConfig(level=logging.CRITICAL)  # what ends the program is told below
    try:
        asyncio.run(upload(arguments, password))
    except (XMPPKitError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
