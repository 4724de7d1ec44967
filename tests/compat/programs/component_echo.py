# SPDX-License-Identifier: MIT
"""Echo component: answers messages to any of its addresses, IQs for a version, and all subscriptions."""

import asyncio
import logging
import sys

from slixmpp.componentxmpp import ComponentXMPP


class EchoComponent(ComponentXMPP):
    def __init__(self, jid, secret, server, port):
        ComponentXMPP.__init__(self, jid, secret, server, port)
        self.auto_authorize = True
        self.auto_subscribe = True
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.message)
        self.add_event_handler("presence_subscribe", self.wants)

    def start(self, event):
        print("ready", self.is_component, self.boundjid, self.default_ns, flush=True)

    def wants(self, pres):
        print("subscribe", pres["to"].bare, "from", pres["from"].bare)

    def message(self, msg):
        if msg["body"] == "bye":
            self.send_message(mto=msg["from"], mfrom="sales@" + self.boundjid.domain, mbody="closed", mtype="chat")
            self.disconnect()
            return
        # The reply method uses the to address of the message as from.
        msg.reply("%s got %s" % (msg["to"].user or "nobody", msg["body"])).send()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    jid, secret, host, port = sys.argv[1:]
    xmpp = EchoComponent(jid, secret, host, int(port))
    xmpp.register_plugin("xep_0030")
    xmpp.register_plugin("xep_0092", {"software_name": "Echo", "version": "2.1", "os": "none"})
    xmpp.register_plugin("xep_0199")
    xmpp.connect()
    asyncio.get_event_loop().run_until_complete(xmpp.disconnected)
