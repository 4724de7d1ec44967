# SPDX-License-Identifier: MIT
"""A chat bot framework's connection: attributes set one by one, handlers as a table, commands, serve_once()."""

import asyncio
import logging
import ssl
import sys

from slixmpp import JID, ClientXMPP
from slixmpp.exceptions import IqError

log = logging.getLogger(__name__)


def verify_gtalk_cert(raw_cert):
    log.debug("certificate of %d letters", len(raw_cert))


class XMPPConnection:
    def __init__(
        self,
        jid,
        password,
        feature=None,
        keepalive=None,
        ca_cert=None,
        server=None,
        use_ipv6=None,
        bot=None,
        ssl_version=None,
    ):
        self._bot = bot
        self.connected = False
        self.server = server
        self.client = ClientXMPP(str(jid), password, plugin_config={"feature_mechanisms": feature})
        self.client.register_plugin("xep_0030")
        self.client.register_plugin("xep_0199")
        if keepalive is not None:
            self.client.whitespace_keepalive = True
            self.client.whitespace_keepalive_interval = keepalive
        if use_ipv6 is not None:
            self.client.use_ipv6 = use_ipv6
        self.client.ssl_version = ssl_version
        self.client.ca_certs = ca_cert
        self.client.add_event_handler("session_start", self.session_start)
        self.client.add_event_handler("ssl_cert", verify_gtalk_cert)

    async def session_start(self, _):
        self.client.send_presence()
        await self.client.get_roster()
        self.connected = True

    def connect(self):
        self.client.connect(*self.server)
        return self

    def serve_forever(self):
        self.client.loop.run_until_complete(self.client.disconnected)

    def add_event_handler(self, name, cb):
        self.client.add_event_handler(name, cb)


class Bot:
    def __init__(self, identity, server):
        self.conn = XMPPConnection(
            identity["username"], identity["password"], {}, 30, None, server, False, self, ssl.PROTOCOL_TLSv1_2
        )
        self.jid = JID(identity["username"])
        for name in "message", "got_online", "changed_status", "roster_update", "disconnected":
            self.conn.add_event_handler(name, getattr(self, name))
        self.seen = set()

    def message(self, msg):
        command, _, rest = msg["body"].partition(" ")
        print("command", command, rest, msg["from"].bare)
        if command == "!stop":
            self.conn.client.disconnect(wait=True)

    def got_online(self, event):
        self.seen.add("online %s" % event["from"].bare)

    def changed_status(self, event):
        self.seen.add(event["type"])

    def roster_update(self, event):
        client = self.conn.client
        client.send_message(mto="friend@localhost/desk", mbody="echo !status all", mtype="chat", mhtml=None)
        client.send_message(mto="friend@localhost/desk", mbody="echo !stop", mtype="chat", mnick=None)

    def disconnected(self, event):
        print("disconnected", sorted(self.seen))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    try:
        bot = Bot({"username": sys.argv[1], "password": sys.argv[2]}, (sys.argv[3], int(sys.argv[4])))
        bot.conn.connect().serve_forever()
    except IqError as error:
        log.error("%s", error)
    print(bot.conn.connected, asyncio.get_event_loop() is bot.conn.client.loop)
