# SPDX-License-Identifier: MIT
"""Filters in both directions: changing, dropping, slow coroutines, order."""

import asyncio
import sys

from slixmpp import ClientXMPP, Message
from slixmpp.stanza import Presence


class Bot(ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.got = []
        self.synced = []
        self.add_filter("in", self.incoming)
        self.add_filter("out", self.shout)
        self.add_filter("out", self.slow, 0)
        self.add_filter("out_sync", self.count)
        self.add_event_handler("message", self.message)

    def incoming(self, stanza):
        if isinstance(stanza, Message) and "spam" in stanza["body"].lower():
            return None
        return stanza

    def shout(self, stanza):
        if isinstance(stanza, Message):
            if stanza["body"] == "never":
                return None
            stanza["body"] = stanza["body"].upper()
        return stanza

    async def slow(self, stanza):
        if isinstance(stanza, Message) and stanza["body"].startswith("slow"):
            await asyncio.sleep(0.1)
        return stanza

    def count(self, stanza):
        if not isinstance(stanza, Presence) and hasattr(stanza, "name"):
            self.synced.append(stanza.name)
        return stanza

    def message(self, msg):
        self.got.append(msg["body"])
        if msg["body"] in ("THREE", "END"):
            self.event(msg["body"].lower(), msg)


async def main():
    jid, password, host, port = sys.argv[1:]
    bot = Bot(jid, password)
    bot.connect(host, int(port))
    await bot.wait_until("session_start")
    bot.synced.clear()
    for body in "slow one", "two", "never", "Spam", "three":
        bot.send_message(bot.boundjid, body, mtype="chat")
    await bot.wait_until("three", 60)
    bot.del_filter("out", bot.shout)
    bot.send_message(bot.boundjid, "four")
    bot.send_message(bot.boundjid, "END")
    await bot.wait_until("end", 60)
    print(bot.got)
    print(bot.synced)
    await bot.disconnect()


asyncio.run(main())
