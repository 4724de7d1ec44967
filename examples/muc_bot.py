# SPDX-License-Identifier: MIT
"""A bot that joins a room, greets who comes, and answers ``!commands``.

    python examples/muc_bot.py bot@example.org garden@muc.example.org            (asks for the password)
    python examples/muc_bot.py bot@example.org garden@muc.example.org --nick gardener --server 127.0.0.1:5222 \\
        --ca-file ca.pem

What it understands in the room: ``!who`` lists the occupants, ``!subject TEXT`` changes the subject, ``!kick NICK`` and
``!leave`` are for the room's moderators. It comes when it is invited to another room. XMPP_PASSWORD in the environment
is its password, ROOM_PASSWORD the room's. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys

from xmppkit import ClientXMPP, Message
from xmppkit.exceptions import IqError, PresenceError, XMPPKitError
from xmppkit.plugins.xep_0045 import OccupantJoined, Role, Room


class MUCBot(ClientXMPP):
    """Is in one room, or in several."""

    def __init__(self, jid: str, password: str, nick: str) -> None:
        super().__init__(jid, password)
        self.nick = nick
        for plugin in ("xep_0045", "xep_0249", "xep_0410"):
            self.register_plugin(plugin)
        self.add_event_handler("muc_occupant_joined", self.greet)
        self.add_event_handler("groupchat_invite", self.invited)
        self.add_event_handler("groupchat_direct_invite", self.invited)

    async def enter(self, address: str, password: str | None = None) -> None:
        """Join a room, and answer there until we are not in it any more."""
        alternatives = [f"{self.nick}{number}" for number in range(2, 6)]
        room = await self.plugin["xep_0045"].join(
            address, self.nick, alternatives=alternatives, password=password, maxstanzas=0, timeout=30
        )
        if room.created:
            await room.configure()  # as the service thinks fit
        self.plugin["xep_0410"].enable_self_ping(room.address)
        say(f"joined {room.jid} as {room.nick}; there are {len(room)} occupants")
        async for message in room:
            try:
                await self.answer(room, message)
            except IqError as error:
                room.send(f"the room says no: {error.condition}")
        if room.departure is not None:
            say(f"not in {room.jid} any more: {room.departure.why.value} {room.departure.reason}".rstrip())

    async def answer(self, room: Room, message: Message) -> None:
        """Do what somebody has asked for in the room."""
        author = room.occupants.get(message["mucnick"])
        command, _, rest = message["body"].partition(" ")
        moderates = author is not None and author.role is Role.MODERATOR
        match command:
            case "!who":
                room.send(", ".join(f"{each.nick} ({each.role.value})" for each in room.occupants.values()))
            case "!subject":
                room.set_subject(rest)
            case "!kick" if moderates:
                await room.kick(rest, f"{message['mucnick']} wants it")
            case "!leave" if moderates:
                await room.leave("bye")
            case "!kick" | "!leave":
                room.send(f"{message['mucnick']}: that is for moderators")
            case _:
                pass  # what people say to each other

    def greet(self, joined: OccupantJoined) -> None:
        room = self.plugin["xep_0045"].room(joined.room)
        if room is not None:
            room.send(f"hello {joined.occupant.nick}")

    async def invited(self, message: Message) -> None:
        direct = message.get_plugin("groupchat_invite", check=True)
        address = direct["jid"] if direct is not None else message["from"]
        password = direct["password"] if direct is not None else message["muc"]["invite"]["password"]
        say(f"invited to {address}")
        try:
            await self.enter(address, password or None)
        except (PresenceError, TimeoutError) as error:
            say(f"cannot join {address}: {error or 'it does not answer'}")


def say(text: str) -> None:
    print(text, flush=True)


async def run(bot: MUCBot, room: str) -> None:
    async with bot:
        bot.send_presence()  # invitations come to those who are available
        await bot.enter(room, os.environ.get("ROOM_PASSWORD"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Join a room, greet who comes, answer commands.")
    parser.add_argument("jid", help="the bot's address, as bot@example.org")
    parser.add_argument("room", help="the room, as garden@muc.example.org; it is made if it does not exist")
    parser.add_argument("--nick", default="gardener", help="the nickname there (default: gardener)")
    parser.add_argument("--server", metavar="HOST:PORT", help="connect there instead of asking the DNS")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    bot = MUCBot(arguments.jid, password, arguments.nick)
    if arguments.ca_file:
        bot.ca_certs = arguments.ca_file
    if arguments.server:
        host, _, port = arguments.server.rpartition(":")
        bot.custom_address = (host, int(port))
    try:
        asyncio.run(run(bot, arguments.room))
    except KeyboardInterrupt:
        return 0
    except TimeoutError:
        print(f"error: {arguments.room} does not answer", file=sys.stderr)
        return 1
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
