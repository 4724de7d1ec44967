# SPDX-License-Identifier: MIT
"""A plugin and its test-suite: SlixTest over a mocked socket, as client and as component."""

import asyncio
import unittest

from slixmpp import Iq, Message
from slixmpp.exceptions import IqError, XMPPError
from slixmpp.plugins import BasePlugin, register_plugin
from slixmpp.test import SlixTest
from slixmpp.xmlstream import ElementBase, register_stanza_plugin
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath


class Dice(ElementBase):
    name = plugin_attrib = "dice"
    namespace = "urn:example:dice"
    interfaces = {"sides"}


class DicePlugin(BasePlugin):
    name = "dice"
    dependencies = {"xep_0030"}

    def plugin_init(self):
        register_stanza_plugin(Iq, Dice)
        register_stanza_plugin(Message, Dice)
        self.xmpp.register_handler(Callback("Dice", StanzaPath("iq@type=get/dice"), self.roll))

    def roll(self, iq):
        if not iq["dice"]["sides"]:
            raise XMPPError("bad-request", "How many?")
        reply = iq.reply()
        reply["dice"]["sides"] = "6"
        reply.send()


register_plugin(DicePlugin, "dice")


class TestDice(SlixTest):
    def test_stanza(self):
        msg = self.Message()
        msg["dice"]["sides"] = "20"
        self.check(msg, "<message><dice xmlns='urn:example:dice' sides='20' /></message>", use_values=False)

    def test_client(self):
        self.stream_start(mode="client", plugins=["dice"])
        self.recv("<iq type='get' id='1' from='a@b/c'><dice xmlns='urn:example:dice' sides='6' /></iq>")
        self.send("<iq type='result' id='1' to='a@b/c'><dice xmlns='urn:example:dice' sides='6' /></iq>")
        self.recv("<iq type='get' id='2' from='a@b/c'><dice xmlns='urn:example:dice' /></iq>")
        self.send(
            """
            <iq type="error" id="2" to="a@b/c">
              <error type="modify">
                <bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" />
                <text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">How many?</text>
              </error>
            </iq>""",
            use_values=False,
            method="mask",
        )

    def test_component_and_events(self):
        self.stream_start(mode="component", jid="dice.localhost", plugins=["dice"])
        events = []
        self.xmpp.add_event_handler("message", lambda msg: events.append(msg["body"]))
        self.recv("<message from='a@b/c' to='x@dice.localhost'><body>Hi</body></message>")
        self.wait_()
        self.assertEqual(events, ["Hi"])
        self.xmpp.send_message("a@b", "Ho", mfrom="x@dice.localhost")
        self.send("<message to='a@b' from='x@dice.localhost'><body>Ho</body></message>")

    def test_asking(self):
        self.stream_start(plugins=["dice"])
        errors = []

        async def ask():
            iq = self.xmpp.make_iq_get(ito="a@b/c")
            iq["dice"]["sides"] = "2"
            try:
                await iq.send(timeout=1)
            except IqError as error:
                errors.append(error.condition)

        task = asyncio.ensure_future(ask(), loop=self.xmpp.loop)
        self.wait_()
        self.send("<iq type='get' id='1' to='a@b/c'><dice xmlns='urn:example:dice' sides='2' /></iq>")
        self.recv(
            "<iq type='error' id='1' from='a@b/c'><error type='cancel'>"
            "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' /></error></iq>"
        )
        self.run_coro(task)
        self.assertEqual(errors, ["conflict"])

    def tearDown(self):
        self.stream_close()


suite = unittest.TestLoader().loadTestsFromTestCase(TestDice)

if __name__ == "__main__":
    result = unittest.TextTestRunner(stream=open("log.txt", "w")).run(suite)
    for _, trace in result.failures + result.errors:
        print(trace)
    print(result.testsRun, result.wasSuccessful())
