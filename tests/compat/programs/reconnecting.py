# SPDX-License-Identifier: MIT
"""Disconnecting and reconnecting: events, reasons, the disconnected future, sending while offline."""

import asyncio
import sys

from slixmpp import ClientXMPP
from slixmpp.xmlstream.xmlstream import NotConnectedError


class Bot(ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.log = []
        self.sessions = 0
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("session_end", lambda _: self.log.append("end"))
        self.add_event_handler("disconnected", self.on_disconnect)
        self.add_event_handler("connection_failed", lambda error: self.log.append("failed"))
        self.add_event_handler("stanza_not_sent", lambda stanza: self.log.append("later " + stanza["body"]))
        self.add_event_handler("message", lambda msg: self.log.append("message " + msg["body"]))

    async def start(self, event):
        self.sessions += 1
        self.log.append("start")
        self.send_presence()
        if self.sessions == 1:
            self.loop.call_later(0.1, self.reconnect)

    def on_disconnect(self, reason):
        self.log.append("disconnected (%s)" % (reason or ""))


async def main():
    jid, password, host, port = sys.argv[1:]
    bot = Bot(jid + "/again", password)
    try:
        bot.send_raw("<presence />")
    except NotConnectedError:
        print("not connected", bot.is_connected(), bot.is_connecting())
    first = bot.disconnected
    bot.connect(host, int(port))
    print(bot.is_connecting())
    await first
    print("first is over", first is not bot.disconnected)
    bot.send_message(bot.boundjid, "kept", mtype="chat")
    await bot.wait_until("message", 60)
    await bot.disconnect(reason="enough")
    for line in bot.log:
        print(line)
    bot.log.clear()
    await bot.disconnect()  # again: nothing is there to end
    bot.connect(host, int(port))
    await bot.wait_until("session_start", 60)
    bot.abort()
    await asyncio.sleep(0)
    print(bot.is_connected(), bot.sessions)
    await bot.disconnect()


asyncio.run(main())
