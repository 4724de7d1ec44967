# SPDX-License-Identifier: MIT
"""A client in a thread of its own, used by others through call_soon_threadsafe and run_coroutine_threadsafe."""

import asyncio
import sys
import threading

import slixmpp


class XMPPThread(threading.Thread):
    def __init__(self, jid, password, host, port):
        super().__init__(name="xmpp", daemon=True)
        self.args = jid, password, host, port
        self.ready = threading.Event()
        self.answered = threading.Event()
        self.answers = []

    def run(self):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        jid, password, host, port = self.args
        self.client = slixmpp.ClientXMPP(jid, password)
        self.client.add_event_handler("session_start", self.started)
        self.client.add_event_handler("message", self.message)
        self.client.connect(host, int(port))
        loop.run_until_complete(self.client.disconnected)
        loop.close()

    async def started(self, event):
        self.client.send_presence()
        self.ready.set()

    def message(self, msg):
        self.answers.append(msg["body"])
        if len(self.answers) == 5:
            self.answered.set()

    def say(self, text):
        loop = self.client.loop
        loop.call_soon_threadsafe(
            lambda: self.client.send_message("friend@localhost/desk", "echo " + text, mtype="chat")
        )


xmpp = XMPPThread(*sys.argv[1:])
xmpp.start()
if not xmpp.ready.wait(60):
    sys.exit("no session")
talkers = [threading.Thread(target=xmpp.say, args=("word %d" % n,)) for n in range(5)]
for thread in talkers:
    thread.start()
print(xmpp.answered.wait(60), sorted(xmpp.answers))


async def ask():
    iq = xmpp.client.make_iq_get("urn:xmpp:nothing", ito="localhost")
    try:
        await iq.send()
    except slixmpp.exceptions.IqError as error:
        return error.condition


print(asyncio.run_coroutine_threadsafe(ask(), xmpp.client.loop).result(10))
xmpp.client.loop.call_soon_threadsafe(xmpp.client.disconnect)
xmpp.join(60)
print(xmpp.is_alive())
