# SPDX-License-Identifier: MIT
"""A component's rosters kept by a backend of the program's; subscriptions to several of its addresses."""

import asyncio
import sys

from slixmpp import ComponentXMPP


class MemoryDB:
    def __init__(self):
        self.rows = {}

    def entries(self, owner, db_state=None):
        return [jid for (own, jid) in self.rows if own == owner] if owner else {own for own, _ in self.rows}

    def load(self, owner, jid, db_state):
        db_state["loaded"] = True
        return dict(self.rows.get((owner, jid), {})) or None

    def save(self, owner, jid, item_state, db_state):
        if item_state.get("removed"):
            self.rows.pop((owner, jid), None)
        else:
            self.rows[owner, jid] = dict(item_state)


async def main():
    jid, secret, host, port = sys.argv[1:]
    db = MemoryDB()
    db.save("shop@" + jid, "old@localhost", {"from": True, "to": False, "name": "Old", "groups": ["Past"]}, {})
    xmpp = ComponentXMPP(jid, secret, host, int(port))
    xmpp.roster.set_backend(db)
    xmpp.auto_authorize = True
    xmpp.auto_subscribe = False
    xmpp.connect()
    await xmpp.wait_until("session_start", 60)
    shop = xmpp.roster["shop@" + jid]
    print(sorted(shop.keys()), shop["old@localhost"]["name"], shop["old@localhost"]["subscription"], shop.groups())
    shop.add("friend@localhost", name="A friend", save=True)
    shop.subscribe("friend@localhost")
    while not shop["friend@localhost"]["to"]:
        await xmpp.wait_until("presence_subscribed", 60)
    for _ in range(1200):  # the friend subscribes as well; that is saved
        if shop["friend@localhost"]["subscription"] == "both":
            break
        await asyncio.sleep(0.05)
    row = db.rows["shop@" + jid, "friend@localhost"]
    print(row["from"], row["to"], row["name"], row["pending_out"], row["groups"])
    shop.send_presence(pshow="away", pstatus="lunch")
    xmpp.make_presence(pfrom="shop@" + jid, pto="friend@localhost", pstatus="hi").send()
    shop["friend@localhost"].unauthorize()
    shop.remove("old@localhost")
    print(sorted(shop), sorted(each for own, each in db.rows), shop.has_jid("friend@localhost"))
    print(xmpp.roster["other@" + jid].keys(), sorted(map(str, xmpp.roster)))
    await xmpp.disconnect()


asyncio.run(main())
