# SPDX-License-Identifier: MIT
"""Make an account at a server, or delete one (XEP-0077).

python examples/register_account.py me@example.org                    (asks for a password, and what the server wants)
python examples/register_account.py me@example.org --answer email=me@mail.example --answer nick=Me
python examples/register_account.py me@example.org --delete
XMPP_PASSWORD=… python examples/register_account.py me@localhost --host 127.0.0.1 --ca-file ca.pem
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import sys

from xmppkit import ClientXMPP
from xmppkit.exceptions import XMPPKitError
from xmppkit.plugins.xep_0077 import Registration
from xmppkit.stanza import Iq


class Account:
    """Makes the account that a client is for.

    :param client: not yet connected.
    :param answers: what is said beside name and password.
    """

    def __init__(self, client: ClientXMPP, answers: dict[str, str]) -> None:
        self.client = client
        self.answers = {"username": client.boundjid.local, "password": client.password, **answers}
        #: Why there is no account.
        self.error: XMPPKitError | None = None
        client.add_event_handler("register", self.register)

    async def register(self, offer: Iq) -> None:
        """Give the server what it wants to know."""
        registration = Registration.of(offer)
        values = {name: value for name, value in self.answers.items() if name in registration.fields}
        missing = [name for name, known in registration.fields.items() if not known and name not in values]
        if missing:
            print(f"the server wants to know also: {', '.join(missing)} (--answer NAME=VALUE)", file=sys.stderr)
        try:
            await self.client.plugin["xep_0077"].register(values, offer=offer)
        except XMPPKitError as error:
            self.error = error
            await self.client.disconnect()


def make_client(arguments: argparse.Namespace, password: str) -> ClientXMPP:
    """The client, on its way to the server."""
    client = ClientXMPP(arguments.jid, password)
    client.register_plugin("xep_0077", {"force_registration": arguments.force})
    client.auto_reconnect = False
    if arguments.ca_file:
        client.ca_certs = arguments.ca_file
    if arguments.host:
        client.custom_address = (arguments.host, arguments.port)
    return client


async def make(client: ClientXMPP, answers: dict[str, str]) -> None:
    """Make the account, and log in to see that it is there."""
    account = Account(client, answers)
    try:
        async with client:
            print(f"the account {client.boundjid.bare} is there")
    except XMPPKitError as error:
        raise account.error or error from None


async def delete(client: ClientXMPP) -> None:
    """Log in, and delete the account."""
    client.plugin["xep_0077"].create_account = False
    async with client:
        await client.plugin["xep_0077"].cancel_registration()
        print(f"the account {client.boundjid.bare} is gone")


def answer(text: str) -> tuple[str, str]:
    """A NAME=VALUE of the command line."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("it is NAME=VALUE")
    return name, value


def main() -> int:
    parser = argparse.ArgumentParser(description="Make an account at a server, or delete one.")
    parser.add_argument("jid", help="the account, as me@example.org")
    parser.add_argument(
        "--answer", type=answer, action="append", default=[], metavar="NAME=VALUE", help="something the server asks for"
    )
    parser.add_argument("--delete", action="store_true", help="delete the account instead")
    parser.add_argument("--force", action="store_true", help="try it at a server that does not announce it, too")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    logging.basicConfig(level=logging.CRITICAL)  # what ends the program is told below
    client = make_client(arguments, password)
    try:
        asyncio.run(delete(client) if arguments.delete else make(client, dict(arguments.answer)))
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
