# SPDX-License-Identifier: MIT
"""Two clients: one keeps bits of binary in a store of its own, the other fetches them; versions and pings beside."""

import asyncio
import sys

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0231 import BitsOfBinary


class Client(ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.register_plugin("xep_0231")
        self.register_plugin("xep_0092")
        self.plugin["xep_0092"].software_name = "Binary"
        self.plugin["xep_0092"].version = "0.1"
        self.add_event_handler("bob", lambda stanza: print("bob", stanza.name))


async def main():
    jid, password, host, port = sys.argv[1:]
    one, two = Client(jid + "/one", password), Client(jid + "/two", password)
    store = {}

    def set_bob(jid, node, ifrom, bob):
        store[bob["cid"]] = bob

    def get_bob(jid, node, ifrom, cid):
        return store.get(cid)

    one.api.register(set_bob, "xep_0231", "set_bob")
    one.plugin["xep_0231"].api.register(get_bob, "get_bob")
    for each in one, two:
        each.connect(host, int(port))
    await asyncio.gather(*(each.wait_until("session_start") for each in (one, two)))

    cid = await one["xep_0231"].set_bob(b"some bytes", "text/plain", max_age=3600)
    print(cid, list(store) == [cid])
    iq = await two["xep_0231"].get_bob(one.boundjid, cid, ifrom=two.boundjid)
    print(isinstance(iq["bob"], BitsOfBinary), iq["bob"]["data"], iq["bob"]["type"], iq["bob"]["max_age"])
    try:
        await two["xep_0231"].get_bob(one.boundjid, "sha1+0@bob.xmpp.org".replace("0", "0" * 40), timeout=5)
    except IqError as error:
        print(error.condition)
    version = await two["xep_0092"].get_version(one.boundjid.full)
    print(version["software_version"].values["name"], version["software_version"]["version"])
    await asyncio.gather(one.disconnect(), two.disconnect())


asyncio.run(main())
