# SPDX-License-Identifier: MIT
"""An agent platform's set-up: several agents in one loop, events as futures, failed logins as exceptions."""

import asyncio
import logging
import sys

import slixmpp
from slixmpp import JID, ClientXMPP
from slixmpp.stanza import Message

logger = logging.getLogger("agents")


class AuthenticationFailure(Exception):
    pass


class Agent:
    def __init__(self, jid, password, server):
        self.jid, self.server, self.inbox = JID(jid), server, asyncio.Queue()
        self.client = ClientXMPP(self.jid, password)
        self.client["feature_mechanisms"].unencrypted_plain = False
        for name in "xep_0030", "xep_0092", "xep_0199":
            self.client.register_plugin(name)

    async def start(self):
        connected = asyncio.get_running_loop().create_future()

        def settle(value):
            return lambda event: connected.done() or connected.set_result(value)

        self.client.add_event_handler("session_start", settle(None))
        self.client.add_event_handler(
            "failed_all_auth", settle(AuthenticationFailure("Could not authenticate " + self.jid.bare))
        )
        self.client.add_event_handler("connection_failed", settle(ConnectionError()))
        self.client.add_event_handler("message", self.received)
        self.client.connect(host=self.server[0], port=int(self.server[1]))
        failure = await asyncio.wait_for(connected, 60)
        if failure is not None:
            self.client.disconnect()
            raise failure
        self.client.send_presence()
        self.client.client_roster.auto_authorize = self.client.client_roster.auto_subscribe = False

    def received(self, msg: Message):
        self.inbox.put_nowait((str(msg["from"]), msg["body"], msg["thread"], {"performative": msg["subject"]}))

    async def send(self, to, body, thread, performative):
        msg = self.client.Message()
        msg["to"], msg["body"], msg["thread"], msg["subject"] = to, body, thread, performative
        msg.chat()
        msg.send()

    async def stop(self):
        self.client.send_presence(ptype="unavailable")
        await self.client.disconnect()


async def main():
    jid, password, *server = sys.argv[1:]
    one, two = Agent(jid + "/1", password, server), Agent(jid + "/2", password, server)
    await asyncio.gather(one.start(), two.start())
    await one.send(str(two.jid), "ping", "th-1", "request")
    sender, body, thread, meta = await asyncio.wait_for(two.inbox.get(), 60)
    print(sender, body, thread, meta)
    await two.send(sender, body[::-1], thread, "inform")
    print(await asyncio.wait_for(one.inbox.get(), 60))
    logging.getLogger("slixmpp").setLevel(logging.CRITICAL)
    logging.getLogger("xmppkit").setLevel(logging.CRITICAL)
    try:
        await Agent(jid + "/3", "wrong", server).start()
    except AuthenticationFailure as error:
        print(error)
    await asyncio.gather(one.stop(), two.stop())
    print(one.client.is_connected(), slixmpp.__version__ != "")


asyncio.run(main())
