# SPDX-License-Identifier: MIT
"""Disco nodes answered by handlers: per node, per JID, through the API registry and back to the default."""

import asyncio
import sys

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError, XMPPError
from slixmpp.plugins.xep_0030 import DiscoInfo, DiscoItems


async def items_of(jid, node, ifrom, data):
    items = DiscoItems()
    items["node"] = node
    for n in range(3):
        items.add_item("item%d.localhost" % n, node="%s/%d" % (node, n), name="No. %d" % n)
    await asyncio.sleep(0)
    return items


def info_of(jid, node, ifrom, data):
    if node == "secret":
        raise XMPPError("forbidden", text="for %s" % ifrom.user, etype="auth")
    info = DiscoInfo()
    info["node"] = node
    info.add_identity("automation", "command-node", name="Dynamic " + node)
    info.add_feature("urn:example:" + node)
    return info


async def main():
    jid, password, host, port = sys.argv[1:]
    xmpp = ClientXMPP(jid, password)
    xmpp.register_plugin("xep_0030")
    xmpp.connect(host, int(port))
    await xmpp.wait_until("session_start", 60)
    disco, me = xmpp.plugin["xep_0030"], xmpp.boundjid.full
    disco.set_node_handler("get_items", node="list", handler=items_of)
    disco.set_node_handler("get_info", jid=me, node="secret", handler=info_of)
    xmpp.api.register(info_of, "xep_0030", "get_info", node="open")

    got = await disco.get_items(jid=me, node="list")
    for item in got["disco_items"]:
        print(item["jid"], item["node"], item["name"])
    got = await disco.get_info(jid=me, node="open", cached=False, local=False)
    print(got["disco_info"]["node"], got["disco_info"]["features"], got["disco_info"]["identities"])
    try:
        await disco.get_info(jid=me, node="secret", local=False)
    except IqError as e:
        print(e.iq["error"]["condition"], e.iq["error"]["type"], e.text)
    data = await xmpp.api.run("xep_0030", "get_info", me, "open", me, {})
    print(type(data).__name__, data["node"])
    disco.restore_defaults(jid=me, node="secret", handlers=["get_info"])
    try:
        await disco.get_info(jid=me, node="secret", local=False)
    except IqError as e:
        print("now", e.condition)
    disco.del_node_handler("get_items", None, "list")
    await xmpp.disconnect()


asyncio.run(main())
