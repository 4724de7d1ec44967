# SPDX-License-Identifier: MIT
"""Disco browser: info and items of the server, the own entity, and a node with static items."""

import asyncio
import sys

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout


class Disco(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.register_plugin("xep_0030")
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("disco_info", lambda iq: self.seen.append(str(iq["from"])))
        self.seen = []

    async def start(self, event):
        disco = self["xep_0030"]
        disco.add_identity(category="client", itype="bot", name="Disco", lang="en")
        disco.add_feature("urn:example:one")
        disco.add_item(jid="catalog.localhost", name="Inside", node="inner", subnode="deep")
        self.send_presence()
        try:
            info = await disco.get_info(jid=self.boundjid.domain, node=None)
            items = await disco.get_items(jid=self.boundjid.domain, local=False)
            for category, type_, lang, name in sorted(info["disco_info"]["identities"], key=str):
                print("identity", category, type_)
            print("urn:xmpp:ping" in info["disco_info"]["features"], items["disco_items"]["node"] == "")
            local = await disco.get_info(jid=self.boundjid.full, local=True)
            print(sorted(local["features"]), local["identities"])
            own = await disco.get_info(jid=self.boundjid.full, local=False)
            print("urn:example:one" in own["disco_info"]["features"])
            inner = await disco.get_items(jid=self.boundjid.full, node="inner", local=True)
            for jid, node, name in inner["items"]:
                print("item", jid, node, name)
            print(await disco.supports(self.boundjid.domain, feature="urn:xmpp:ping"))
            print(await disco.has_identity(self.boundjid.domain, category="server", itype="im"))
            await disco.get_info(jid="nobody@localhost/x", timeout=5)
        except IqError as e:
            print("Entity returned an error: %s" % e.iq["error"]["condition"], e.condition, e.etype)
        except IqTimeout:
            print("No response received.")
        finally:
            print(self.seen)
            self.disconnect()


if __name__ == "__main__":
    xmpp = Disco(sys.argv[1] + "/disco", sys.argv[2])
    xmpp.connect(sys.argv[3], int(sys.argv[4]))
    asyncio.get_event_loop().run_until_complete(xmpp.disconnected)
