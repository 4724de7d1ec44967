# SPDX-License-Identifier: MIT
"""Send the lines of standard input to somebody, and lose none, whatever happens.

    echo "the backup has failed" | python examples/outbox_bot.py bot@example.org admin@example.org

Each line is on the disk before the next one is read: also while there is no network, and if the program is killed. When
it is started again, it sends what is left. It ends when the server has everything; with --confirm, when the recipient's
client has said that it has everything.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys

from xmppkit import ClientXMPP
from xmppkit.exceptions import StorageError, XMPPKitError
from xmppkit.xmlstream.delivery import Receipt


def told(receipt: Receipt) -> None:
    """Say how far a message has come."""
    print(f"{receipt.id[:8]} {receipt.state.name.lower()}{f': {receipt.error}' if receipt.error else ''}", flush=True)


async def send_lines(bot: ClientXMPP, to: str) -> None:
    """Send what is on standard input, line by line, and wait until the outbox is empty."""
    assert bot.outbox is not None
    for line in sys.stdin:
        bot.send_message(to, line.rstrip("\n"), mtype="chat")  # from here on it is on the disk
    async with bot:
        await bot.outbox.join()


def main() -> int:
    parser = argparse.ArgumentParser(description="Send the lines of standard input, and lose none.")
    parser.add_argument("jid", help="the bot's address, as bot@example.org")
    parser.add_argument("to", help="to whom, as admin@example.org")
    parser.add_argument("--outbox", default="outbox.db", help="where messages wait (default: outbox.db)")
    parser.add_argument("--confirm", action="store_true", help="each line is to be confirmed by its recipient")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    try:
        bot = ClientXMPP(arguments.jid, os.environ.get("XMPP_PASSWORD") or getpass.getpass("Password: "))
        if arguments.ca_file:
            bot.ca_certs = arguments.ca_file
        if arguments.host:
            bot.custom_address = (arguments.host, arguments.port)
        bot.add_event_handler("delivery", told)
        left = len(bot.use_outbox(arguments.outbox, confirm=arguments.confirm))
        print(f"{left} messages are left from before", flush=True)
        asyncio.run(send_lines(bot, arguments.to))
    except StorageError as error:
        print(f"error: nothing more can be kept: {error}", file=sys.stderr)
        return 1
    except XMPPKitError as error:
        print(f"error: {error}\nWhat was read is in {arguments.outbox}, and is sent next time.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
