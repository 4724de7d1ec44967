# SPDX-License-Identifier: MIT
"""Pings several addresses; the exit status is the number of those that did not answer."""

import asyncio
import logging
import sys

import slixmpp
from slixmpp import JID
from slixmpp.exceptions import IqError, IqTimeout

log = logging.getLogger(__name__)


class PingTest(slixmpp.ClientXMPP):
    def __init__(self, jid, password, targets):
        super().__init__(jid, password)
        self.targets = [JID(each) for each in targets]
        self.failed = 0
        self.add_event_handler("session_start", self.start)
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0199")

    async def start(self, event):
        self.send_presence()
        for target in self.targets:
            try:
                rtt = await self["xep_0199"].ping(target, timeout=10)
                print("Success! %s" % target, isinstance(rtt, float) and 0 <= rtt < 10)
            except IqError as e:
                print("Error pinging %s: %s" % (target, e.iq["error"]["condition"]))
                self.failed += 1
            except IqTimeout:
                print("No response from %s" % target)
                self.failed += 1
        iq = await self.plugin["xep_0199"].send_ping(self.boundjid.domain)
        print(iq["type"], iq["from"])
        await self.disconnect()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR, format="%(levelname)-8s %(message)s")
    jid, password, host, port, *targets = sys.argv[1:]
    xmpp = PingTest(jid, password, targets)
    xmpp.connect(host, int(port))
    asyncio.get_event_loop().run_until_complete(xmpp.disconnected)
    sys.exit(xmpp.failed)
