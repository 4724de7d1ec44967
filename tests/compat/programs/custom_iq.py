# SPDX-License-Identifier: MIT
"""IQs of one's own: answers, errors of all kinds, callbacks, timeouts."""

import asyncio
import logging
import sys

from slixmpp import ClientXMPP, Iq
from slixmpp.exceptions import IqError, IqTimeout, XMPPError
from slixmpp.xmlstream import ET, ElementBase, register_stanza_plugin
from slixmpp.xmlstream.handler import Callback, CoroutineCallback
from slixmpp.xmlstream.matcher import StanzaPath


class Action(ElementBase):
    name = "action"
    namespace = "slixmpp:custom:actions"
    plugin_attrib = "action"
    interfaces = {"method", "param", "status"}
    sub_interfaces = interfaces


class ActionBot(ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        register_stanza_plugin(Iq, Action)
        self.register_handler(Callback("Some custom iq", StanzaPath("iq@type=set/action"), self._handle_action))
        self.register_handler(CoroutineCallback("Get", StanzaPath("iq@type=get/action"), self._handle_get))

    def _handle_action(self, iq):
        method = iq["action"]["method"]
        if method == "is_prime" and iq["action"]["param"] == "2":
            iq.reply().send()
            reply = self.make_iq_set(ito=iq["from"])
            reply["action"]["status"] = "done"
        elif method == "bye":
            raise XMPPError(
                "resource-constraint", text="tired", etype="wait", extension="sleep", extension_ns="urn:x", clear=False
            )
        elif method == "crash":
            raise KeyError("private")
        elif method != "silence":
            reply = iq.reply(clear=False)
            reply["error"]["condition"] = "feature-not-implemented"
            reply["error"]["text"] = "I don't know how to do that"
            reply.send()

    async def _handle_get(self, iq):
        await asyncio.sleep(0.01)
        reply = iq.reply()
        reply["action"]["status"] = "ready"
        reply.send()


async def main():
    logging.disable(logging.CRITICAL)  # a crash is tried on purpose
    jid, password, host, port = sys.argv[1:]
    bot, user = ActionBot(jid + "/bot", password), ClientXMPP(jid + "/user", password)
    for each in bot, user:
        each.connect(host, int(port))
    await asyncio.gather(*(each.wait_until("session_start") for each in (bot, user)))

    async def action(itype="set", timeout=10, callback=None, **values):
        iq = user.Iq()
        iq["to"], iq["type"] = bot.boundjid, itype
        iq["action"].values = values
        return await iq.send(callback=callback, timeout=timeout)

    answer = await action(method="is_prime", param="2")
    print(answer["type"], answer["from"] == bot.boundjid, list(answer.xml))
    got = await action("get", callback=lambda iq: print("callback", iq["action"]["status"]))
    print(got["action"]["status"])
    for method in "dance", "bye", "crash":
        try:
            await action(method=method)
        except IqError as e:
            print(e.condition, e.etype, e.text, sorted(child.tag for child in e.iq["error"].xml)[-1])
    try:
        await action(method="silence", timeout=0.2)
    except IqTimeout as e:
        print("timeout", e.condition, e.iq["action"]["method"])
    iq = user.make_iq_get(queryxmlns="urn:nobody:knows", ito=bot.boundjid)
    iq.xml[0].append(ET.Element("{urn:nobody:knows}child"))
    try:
        await iq.send()
    except XMPPError as e:
        print(type(e).__name__, e.format())
    await asyncio.gather(bot.disconnect(), user.disconnect())


asyncio.run(main())
