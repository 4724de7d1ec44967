# SPDX-License-Identifier: MIT
"""A program that was written for slixmpp, with its import changed and types added."""

from __future__ import annotations

import logging
from typing import Any, assert_type

import xmppkit as slixmpp
from xmppkit.exceptions import IqError, IqTimeout
from xmppkit.plugins.xep_0030 import XEP_0030
from xmppkit.xmlstream import ElementBase, register_stanza_plugin
from xmppkit.xmlstream.handler import Callback
from xmppkit.xmlstream.matcher import StanzaPath


class Action(ElementBase):
    name = "action"
    namespace = "slixmpp:custom:actions"
    plugin_attrib = "action"
    interfaces = {"method", "param", "status"}
    sub_interfaces = interfaces


class EchoBot(slixmpp.ClientXMPP):
    def __init__(self, jid: str, password: str) -> None:
        slixmpp.ClientXMPP.__init__(self, jid, password)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.message)
        self.register_handler(Callback("Some custom iq", StanzaPath("iq@type=set/action"), self.handle_action))
        register_stanza_plugin(slixmpp.Iq, Action)

    async def start(self, event: Any) -> None:
        self.send_presence()
        try:
            await self.get_roster()
        except (IqError, IqTimeout) as error:
            logging.error(error.condition)
            self.disconnect()

    def message(self, msg: slixmpp.Message) -> None:
        if msg["type"] in ("chat", "normal"):
            msg.reply("Thanks for sending\n%(body)s" % msg).send()  # noqa: UP031  # as programs of its time do

    def handle_action(self, iq: slixmpp.Iq) -> None:
        rep = iq.reply()
        rep["action"]["status"] = "done"
        rep.send()


def main() -> None:
    xmpp = EchoBot("bot@example.org", "secret")
    xmpp.register_plugin("xep_0030")
    xmpp.register_plugin("xep_0199")
    assert_type(xmpp.plugin["xep_0030"], XEP_0030)
    assert_type(xmpp.boundjid, slixmpp.JID)
    xmpp.connect()
    xmpp.loop.run_forever()
