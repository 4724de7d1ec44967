# SPDX-License-Identifier: MIT
"""Two programs that are killed while they work, and started again: ``crash_programs.py sender|receiver ARGUMENTS``.

The sender writes numbered messages through an outbox, and notes each whose `send` has returned. The receiver notes each
message that it has handled. What they note is appended to a file, which survives them.
"""

from __future__ import annotations

import argparse
import asyncio
import os

from xmppkit import ClientXMPP
from xmppkit.stanza.message import Message
from xmppkit.types import DeliveryState
from xmppkit.xmlstream.outbox import Outbox

#: Seconds without a receipt after which no more are to come.
PATIENCE = 20.0


class Log:
    """Lines that are there when `note` returns."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())


def client(arguments: argparse.Namespace) -> ClientXMPP:
    """The client of either."""
    made = ClientXMPP(arguments.jid, arguments.password)
    made.ca_certs = arguments.ca_file
    made.custom_address = (arguments.host, arguments.port)
    return made


async def send(arguments: argparse.Namespace) -> None:
    """Send messages that bear the number of the run and their own; end when the server has all of them, and their
    recipient has confirmed them, or nothing new is confirmed any more."""
    log = Log(arguments.log)
    sender = client(arguments)
    # Who is killed all the time falls behind.
    outbox = sender.use_outbox(arguments.file, max_messages=100_000, confirm=arguments.confirm)
    if not arguments.counted:
        sender.plugin.disable("xep_0198")
    if arguments.state:
        sender.use_storage(f"sqlite:///{arguments.file}.state")
    log.note(f"= {arguments.run}")

    def write(number: int) -> None:
        text = f"{arguments.run}-{number}"
        sender.send_message(arguments.to, text, mtype="chat")
        log.note(text)

    for number in range(3):
        write(number)  # before there is a connection
    async with sender:
        for number in range(3, arguments.count):
            write(number)
            if number % 5 == 0:
                await asyncio.sleep(0)
        await emptied(outbox)
    log.note(f"= over, {len(outbox)} not confirmed")


async def emptied(outbox: Outbox) -> None:
    """Wait until an outbox is empty. Who is killed again and again may have sent something as often as it may be, and
    have got no receipt each time: that is not waited for."""
    left = -1
    while len(outbox) != left or any(each.receipt.state < DeliveryState.ACKED for each in outbox.pending()):
        left = len(outbox)
        try:
            async with asyncio.timeout(PATIENCE):
                await outbox.join()
        except TimeoutError:
            pass  # look whether some were confirmed


async def receive(arguments: argparse.Namespace) -> None:
    """Handle messages for ever."""
    log = Log(arguments.log)
    receiver = client(arguments)
    receiver.use_storage(f"sqlite:///{arguments.file}")
    receiver.register_plugin("xep_0198")

    def handle(message: Message) -> None:
        log.note(message["body"])

    receiver.add_event_handler("message", handle)
    receiver.add_event_handler("message_doubled", lambda message: log.note(f"= again {message['body']}"))
    async with receiver:
        receiver.send_presence()
        log.note(f"= {arguments.run}")
        await asyncio.Event().wait()


def main() -> None:
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", choices=("sender", "receiver"))
    for name in ("jid", "password", "host", "ca-file", "file", "log", "to"):
        parser.add_argument(f"--{name}", default="")
    for name in ("port", "run", "count"):
        parser.add_argument(f"--{name}", type=int, default=0)
    parser.add_argument("--counted", action="store_true", help="use stream management")
    parser.add_argument("--confirm", action="store_true", help="have messages confirmed by their recipient")
    parser.add_argument("--state", action="store_true", help="keep its state in a storage")
    arguments = parser.parse_args()
    asyncio.run(send(arguments) if arguments.program == "sender" else receive(arguments))


if __name__ == "__main__":
    main()
