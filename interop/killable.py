# SPDX-License-Identifier: MIT
"""A bot that echoes, whose session is in a storage: ``killable.py JID PASSWORD HOST PORT CA_FILE STORAGE LOG``. Tests
kill it, and start it again.

What it has handled is in the log, line by line: the text of each message, and ``= NAME`` for each event.
"""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial

from xmppkit import ClientXMPP
from xmppkit.stanza.message import Message

EVENTS = ("session_start", "session_resumed", "sm_failed")


def main(jid: str, password: str, host: str, port: str, ca_file: str, storage: str, log: str) -> None:
    """Run until somebody kills us."""
    bot = ClientXMPP(jid, password)
    bot.ca_certs = ca_file
    bot.custom_address = (host, int(port))
    bot.use_storage(storage)
    bot.register_plugin("xep_0198")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(line: str) -> None:
        os.write(descriptor, f"{line}\n".encode())

    def mark(name: str, payload: object) -> None:
        note(f"= {name}")

    async def handle(message: Message) -> None:
        await asyncio.sleep(0.005)  # somewhere in the middle of this it is killed
        note(message["body"])
        message.reply(message["body"]).send()

    bot.add_event_handler("message", handle)
    bot.add_event_handler("session_start", lambda _: bot.send_presence())
    for name in EVENTS:
        bot.add_event_handler(name, partial(mark, name))
    bot.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
