# SPDX-License-Identifier: MIT
"""Echo bot with coroutine handlers, within asyncio.run()."""

import asyncio
import sys

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout


class EchoBot(ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.message)
        self.add_event_handler("disconnected", self.gone)

    async def start(self, event):
        self.send_presence()
        try:
            await self.get_roster()
        except IqError as err:
            print("There was an error getting the roster", err.iq["error"]["condition"])
            self.disconnect()
        except IqTimeout:
            print("Server is taking too long to respond")
            self.disconnect()
        print("ready", flush=True)

    async def message(self, msg):
        if msg["type"] not in ("chat", "normal"):
            return
        await asyncio.sleep(0)
        if msg["body"] == "bye":
            reply = msg.reply()
            reply["body"] = "Bye, " + msg["from"].user
            reply.send()
            await self.disconnect()
        else:
            msg.reply(msg["body"][::-1]).send()

    def gone(self, reason):
        print("disconnected")


async def main():
    jid, password, host, port = sys.argv[1:]
    xmpp = EchoBot(jid, password)
    for name in "xep_0030", "xep_0092", "xep_0199":
        xmpp.register_plugin(name)
    xmpp.connect(host, int(port))
    await xmpp.disconnected


if __name__ == "__main__":
    asyncio.run(main())
