# SPDX-License-Identifier: MIT
"""Old ways that published bots still have: xmpp['xep_…'], xmpp.jid, fulljid, JID.unescape, register_plugins."""

import logging
import sys

import slixmpp

logging.basicConfig(level=logging.ERROR)


class Bot(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        slixmpp.ClientXMPP.__init__(
            self,
            jid,
            password,
            plugin_whitelist=["xep_0030", "xep_0199"],
            plugin_config={"xep_0199": {"interval": 120}},
        )
        self.register_plugins()
        self.init_plugins()
        self.add_event_handler("session_start", self.start)

    def start(self, event):
        print(sorted(name for name in self.plugin if name.startswith("xep_")), self["xep_0199"].interval)
        print(self["xep_0030"] is self.plugin["xep_0030"], self.get("xep_9999", "none"), self["xep_9999"])
        print(self.jid, self.fulljid, self.username, self.server, self.resource == self.boundjid.resource)
        print(self.getjidbare("a@b/c"), self.getjidresource("a@b/c"), event)
        self.sendPresence = self.send_presence
        self.sendPresence()
        self.make_query_roster()
        iq = self.make_iq_query(xmlns="jabber:iq:private", ito="localhost")
        print(iq["query"], self.make_iq_error("7", condition="conflict", text="x")["error"]["condition"])
        print(self.make_iq_result("8", ito="a@b")["type"], self.make_iq(id="9", itype="set")["id"])
        self.get_roster(callback=self.got_roster)

    def got_roster(self, iq):
        print("roster", iq["type"], self.authenticated, "mechanisms" in self.features)
        self.send(self.make_presence(ptype="unavailable"))
        self.disconnect(wait=True)


if __name__ == "__main__":
    jid, password, host, port = sys.argv[1:]
    if sys.version_info < (3, 0):
        sys.exit("Python 3 is needed")
    xmpp = Bot(jid + "/old", password)
    print(slixmpp.JID("d\\27artagnan@localhost").unescape().user, bool(slixmpp.JID()), slixmpp.JID("a@b/c", bare=True))
    jid = slixmpp.JID("a@b")
    jid.resource = "x"
    jid.user = "c"
    print(jid.full, jid.host, jid.local, jid == "c@b/x", {jid: 1}[slixmpp.JID("c@b/x")])
    if xmpp.connect((host, int(port))):
        xmpp.process(forever=False)
    else:
        print("Unable to connect.")
