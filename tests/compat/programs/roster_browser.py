# SPDX-License-Identifier: MIT
"""Shows the roster in groups, with who is online, as roster_browser programs do."""

import asyncio
import sys

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout

FRIEND = "friend@localhost"


class RosterBrowser(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        slixmpp.ClientXMPP.__init__(self, jid, password)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("changed_status", self.wait_for_presences)
        self.add_event_handler("roster_update", lambda iq: self.updates.add(iq["type"]))
        self.received = set()
        self.updates = set()
        self.presences_received = asyncio.Event()

    async def start(self, event):
        try:
            await self.get_roster()
            await self.update_roster(FRIEND, name="A friend", groups=["Friends", "All"])
            await self.update_roster("nobody@localhost", name="Nobody")
        except IqError as err:
            print("Error: %s" % err.iq["error"]["condition"])
        except IqTimeout:
            print("Error: Request timed out")
        self.send_presence()
        self.send_presence_subscription(FRIEND)
        try:
            await asyncio.wait_for(self.presences_received.wait(), 60)
        except TimeoutError:
            print("nobody came")

        groups = self.client_roster.groups()
        for group in sorted(groups):
            print("[%s]" % group)
            for jid in groups[group]:
                item = self.client_roster[jid]
                name = item["name"] or jid
                print("   %s (%s) [%s]" % (name, jid, item["subscription"]))
                for res, pres in self.client_roster.presence(jid).items():
                    print("     - %s (%s) %s" % (res, pres["show"] or "available", pres["status"]))
        await self.del_roster_item("nobody@localhost")
        print(sorted(self.updates), sorted(self.client_roster.keys()), self.client_roster.has_jid("nobody@localhost"))
        self.disconnect()

    def wait_for_presences(self, pres):
        self.received.add(pres["from"].bare)
        if FRIEND in self.received:
            self.presences_received.set()


if __name__ == "__main__":
    xmpp = RosterBrowser(sys.argv[1], sys.argv[2])
    xmpp.connect(sys.argv[3], int(sys.argv[4]))
    xmpp.loop.run_until_complete(xmpp.disconnected)
