# SPDX-License-Identifier: MIT
"""A stream feature of one's own, order of negotiation, and the events around logging in."""

import asyncio
import sys

from slixmpp import ClientXMPP


class Client(ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.log = []
        self.register_feature("rosterver", self._versions, restart=False, order=9000)
        self.register_feature("register", self._never, restart=False, order=50)
        self.unregister_feature("register", 50)
        for name in ["connected", "tls_success", "auth_success", "session_bind", "session_start", "stream_negotiated"]:
            self.add_event_handler(name, lambda data, name=name: self.log.append(name))
        self.add_event_handler("ssl_cert", lambda pem: self.log.append(pem.splitlines()[0].strip("-").split()[-1]))

    async def _versions(self, features):
        await asyncio.sleep(0)
        self.log.append("%s %s" % (features.name, "rosterver" in features["features"]))
        self.features.add("rosterver")

    def _never(self, features):
        self.log.append("never")


async def main():
    jid, password, host, port = sys.argv[1:]
    xmpp = Client(jid + "/home", password)
    xmpp.connect(host, int(port))
    await xmpp.wait_until("stream_negotiated", 60)
    await asyncio.sleep(0)
    for line in xmpp.log:
        print(line)
    print(sorted(xmpp.features), xmpp.authenticated, xmpp.bound, xmpp.sessionstarted, xmpp.bindfail)
    print(xmpp.boundjid, xmpp.requested_jid, xmpp.session_bind_event.is_set(), xmpp.is_connected())
    print(xmpp.transport is not None, xmpp.socket.version()[:5], xmpp.stream_version, bool(xmpp.stream_id))
    await xmpp.disconnect()


asyncio.run(main())
