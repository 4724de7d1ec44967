# SPDX-License-Identifier: MIT
"""A client with a wrong password, and one for whom nobody listens: both tell it by their exit status."""

import asyncio
import logging
import socket
import sys

from slixmpp import ClientXMPP


class Client(ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.reasons = []
        self.add_event_handler("failed_auth", self.failed_auth)
        self.add_event_handler("failed_all_auth", self.failed_all)
        self.add_event_handler("connection_failed", self.connection_failed)
        self.add_event_handler("session_start", lambda event: self.reasons.append("never"))

    def failed_auth(self, failure):
        self.reasons.append("failed_auth " + failure["condition"])

    def failed_all(self, event):
        self.reasons.append("failed_all_auth")
        self.disconnect()

    def connection_failed(self, error):
        self.reasons.append("connection_failed %s" % isinstance(error, OSError))
        self.cancel_connection_attempt()
        self.disconnect()


def main():
    logging.disable(logging.CRITICAL)
    jid, password, host, port = sys.argv[1:]
    xmpp = Client(jid, password + "?")
    xmpp.connect(host, int(port))
    asyncio.get_event_loop().run_until_complete(xmpp.disconnected)
    print(xmpp.reasons, xmpp.authenticated)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        xmpp = Client(jid, password)
        xmpp.connect("127.0.0.1", unused.getsockname()[1])
        asyncio.get_event_loop().run_until_complete(xmpp.disconnected)
    print(xmpp.reasons)
    return 3


if __name__ == "__main__":
    sys.exit(main())
