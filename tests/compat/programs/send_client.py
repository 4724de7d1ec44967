# SPDX-License-Identifier: MIT
"""Sends one message and ends, in the style of slixmpp 1.8: connect((host, port)) and process()."""

import sys

import slixmpp


class SendMsgBot(slixmpp.ClientXMPP):
    def __init__(self, jid, password, recipient, message):
        slixmpp.ClientXMPP.__init__(self, jid, password)
        self.recipient = recipient
        self.msg = message
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.answered)

    async def start(self, event):
        self.send_presence()
        await self.get_roster()
        self.send_message(mto=self.recipient, mbody=self.msg, msubject="Greetings", mtype="chat")

    def answered(self, msg):
        print(msg["from"].bare, "answers:", msg["body"])
        self.disconnect(wait=True)


if __name__ == "__main__":
    jid, password, host, port, to = sys.argv[1:]
    xmpp = SendMsgBot(jid, password, to, "echo Hello")
    xmpp.register_plugin("xep_0030")
    xmpp.register_plugin("xep_0199")
    xmpp.connect((host, int(port)))
    xmpp.process(forever=False)
    print("done")
