# SPDX-License-Identifier: MIT
"""Two clients on an event loop of the program's, run_forever, keepalive, signals, other tasks beside."""

import asyncio
import logging
import signal
import sys

from slixmpp import ClientXMPP

logging.basicConfig(level=logging.ERROR)
jid, password, host, port = sys.argv[1:]
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
ticks = []


class Quiet(ClientXMPP):
    def __init__(self, name):
        ClientXMPP.__init__(self, jid + "/" + name, password, sasl_mech="SCRAM-SHA-256", lang="de", loop=loop)
        self.whitespace_keepalive = True
        self.whitespace_keepalive_interval = 0.05
        self.add_event_handler("session_start", self.start)
        self.name = name

    def start(self, event):
        self.send_presence(ppriority=3 if self.name == "b" else -1)
        print(self.name, self.loop is loop, "Whitespace Keepalive" in self.scheduled_events, self.default_lang)
        online.append(self)
        if self.name == "a":
            loop.call_later(0.1, clients[1].connect, host, int(port))
        else:
            loop.call_later(0.3, loop.stop)


async def heartbeat():
    while True:
        ticks.append(1)
        await asyncio.sleep(0.02)


online = []
clients = [Quiet("a"), Quiet("b")]
task = loop.create_task(heartbeat())
loop.add_signal_handler(signal.SIGTERM, loop.stop)
clients[0].connect(host, int(port))
try:
    loop.run_forever()
finally:
    for client in clients:
        client.disconnect(wait=1)
    loop.run_until_complete(asyncio.wait([client.disconnected for client in clients], timeout=5))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
print(len(ticks) > 1, [client.is_connected() for client in clients])
