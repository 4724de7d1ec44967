# SPDX-License-Identifier: MIT
"""The style of slixmpp 1.8: keyword address, process(timeout=…) in pieces, timeout_callback, an end from outside."""

import sys
import time

from slixmpp import ClientXMPP

jid, password, host, port = sys.argv[1:]
xmpp = ClientXMPP(jid, password)
online = []


def on_roster(iq):
    online.append(iq["type"])
    print("roster", iq["type"], len(iq["roster"]["items"]))


def start(event):
    xmpp.send_presence()
    xmpp.get_roster(callback=on_roster, timeout=10, timeout_callback=lambda iq: print("no roster"))


xmpp.add_event_handler("session_start", start)
xmpp.use_ipv6 = False
xmpp.connect(address=(host, int(port)), use_ssl=False, force_starttls=True, disable_starttls=False)
end = time.time() + 60
while not online and time.time() < end:
    xmpp.process(timeout=0.1)
xmpp.disconnect()
xmpp.process(forever=False, timeout=5)
print("connected" if xmpp.is_connected() else "ended")
