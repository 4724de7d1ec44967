#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Echo bot with argparse, getpass and logging, its handlers plain functions; it leaves when told "bye"."""

import asyncio
import logging
from argparse import ArgumentParser
from getpass import getpass

import slixmpp


class EchoBot(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        slixmpp.ClientXMPP.__init__(self, jid, password)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.message)

    def start(self, event):
        self.send_presence(pstatus="I repeat")
        self.get_roster()
        print("ready", flush=True)

    def message(self, msg):
        if msg["type"] in ("chat", "normal"):
            if msg["body"] == "bye":
                self.send_message(mto=msg["from"], mbody="So long", mtype="chat")
                self.disconnect()
            else:
                msg.reply("You said: %(body)s" % msg).send()


if __name__ == "__main__":
    parser = ArgumentParser(description=EchoBot.__doc__)
    parser.add_argument(
        "-q",
        "--quiet",
        help="only errors",
        action="store_const",
        dest="loglevel",
        const=logging.ERROR,
        default=logging.INFO,
    )
    parser.add_argument("-d", "--debug", action="store_const", dest="loglevel", const=logging.DEBUG)
    parser.add_argument("-j", "--jid", dest="jid", help="JID to use")
    parser.add_argument("-p", "--password", dest="password", help="password to use")
    parser.add_argument("-s", "--server", default="", help="host:port")
    args = parser.parse_args()
    logging.basicConfig(level=args.loglevel, format="%(levelname)-8s %(message)s")

    if args.jid is None:
        args.jid = input("Username: ")
    if args.password is None:
        args.password = getpass("Password: ")

    xmpp = EchoBot(args.jid, args.password)
    xmpp.register_plugin("xep_0030")  # Service Discovery
    xmpp.register_plugin("xep_0199", {"keepalive": True, "interval": 60})  # XMPP Ping
    host, _, port = args.server.partition(":")
    xmpp.connect(host, int(port))
    asyncio.get_event_loop().run_until_complete(xmpp.disconnected)
