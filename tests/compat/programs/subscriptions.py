# SPDX-License-Identifier: MIT
"""Subscription policies of a client: all, none, and asking somebody first."""

import asyncio
import sys

from slixmpp import ClientXMPP


class Bot(ClientXMPP):
    def __init__(self, jid, password, name):
        super().__init__(jid + "/" + name, password)
        self.log = []
        self.asked = asyncio.Event()
        for kind in "request", "authorized", "remove", "removed":
            self.add_event_handler("roster_subscription_" + kind, lambda pres, kind=kind: self.note(kind, pres))
        self.add_event_handler("session_start", self.start)

    async def start(self, event):
        await self.get_roster()
        self.send_presence()

    def note(self, kind, pres):
        if kind == "request":
            self.asked.set()
        self.log.append("%s from %s" % (kind, pres["from"].user))


async def main():
    jid, password, host, port = sys.argv[1:]
    bot = Bot(jid, password, "bot")
    bot.connect(host, int(port))
    await bot.wait_until("session_start", 60)
    print(bot.auto_authorize, bot.auto_subscribe, bot.roster.auto_authorize)

    # One asks; it is for the program to decide.
    bot.auto_authorize = None
    bot.auto_subscribe = False
    bot.send_presence(pto="friend@localhost", ptype="subscribe")
    pres = await bot.wait_until("presence_subscribed", 60)
    print(pres["type"], pres["from"].bare)
    friend = bot.client_roster["friend@localhost"]
    while friend["subscription"] == "none":
        await bot.wait_until("roster_update", 60)
    print(friend["to"], bot.client_roster.auto_authorize, bot.client_roster.auto_subscribe)
    await asyncio.wait_for(bot.asked.wait(), 60)
    print("asked for", friend["from"])
    friend.authorize()
    while not friend["from"]:
        await bot.wait_until("roster_update", 60)
    print(friend["subscription"], bot.client_roster.presence("friend@localhost").keys())

    bot.auto_authorize = False
    bot.send_presence_subscription("friend@localhost", ptype="unsubscribe")
    while friend["to"]:
        await bot.wait_until("roster_update", 60)
    await bot.client_roster.remove("friend@localhost")
    print(sorted(bot.log), "friend@localhost" in list(bot.client_roster))
    await bot.disconnect()


asyncio.run(main())
