# SPDX-License-Identifier: MIT
"""A plugin and stanzas of one's own, as the documentation teaches it: two clients play rock, paper, scissors."""

import asyncio
import sys

import slixmpp
from slixmpp import Message
from slixmpp.plugins.base import BasePlugin, register_plugin
from slixmpp.xmlstream import ElementBase, register_stanza_plugin
from slixmpp.xmlstream.handler import Callback, CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath, StanzaPath


class Note(ElementBase):
    name = "note"
    namespace = "urn:example:game"
    plugin_attrib = "note"
    plugin_multi_attrib = "notes"
    interfaces = {"by", "text"}
    sub_interfaces = {"text"}


class Move(ElementBase):
    name = "move"
    namespace = "urn:example:game"
    plugin_attrib = "move"
    interfaces = {"choice", "round", "comment", "final"}
    sub_interfaces = {"comment"}
    bool_interfaces = {"final"}

    def set_round(self, value):
        self._set_attr("round", str(value))

    def get_round(self):
        return int(self._get_attr("round", "0"))


class Game(BasePlugin):
    name = "game"
    description = "Rock, paper, scissors"
    dependencies = {"xep_0030"}
    default_config = {"favourite": "rock"}

    def plugin_init(self):
        self.xmpp.register_handler(Callback("Move", StanzaPath("message@type=chat/move"), self._handle_move))
        self.xmpp.register_handler(
            CoroutineCallback("Move 2", MatchXPath("{jabber:client}message/{urn:example:game}move"), self._coroutine)
        )
        register_stanza_plugin(Message, Move)
        register_stanza_plugin(Move, Note, iterable=True)

    def plugin_end(self):
        self.xmpp.remove_handler("Move")
        self.xmpp.remove_handler("Move 2")
        self.xmpp["xep_0030"].del_feature(feature=Move.namespace)

    def session_bind(self, jid):
        self.xmpp["xep_0030"].add_feature(Move.namespace)

    def play(self, to, number, **move):
        msg = self.xmpp.Message()
        msg["to"] = to
        msg["type"] = "chat"
        msg["move"]["choice"] = self.favourite
        msg["move"]["round"] = number
        msg["move"].values = move
        for text in "a", "b":
            note = Note()
            note["by"], note["text"] = self.xmpp.boundjid.user, text
            msg["move"].append(note)
        msg.send()

    def _handle_move(self, msg):
        self.xmpp.event("game_move", msg)

    async def _coroutine(self, msg):
        await asyncio.sleep(0)
        print("seen", msg["move"]["comment"])


register_plugin(Game)


async def main():
    jid, password, host, port = sys.argv[1:]
    one, two = (slixmpp.ClientXMPP(jid + "/" + r, password) for r in ("one", "two"))
    one.register_plugin("game", {"favourite": "paper"})
    two.register_plugin("game")
    for each in one, two:
        each.connect(host, int(port))
    await asyncio.gather(*(each.wait_until("session_start") for each in (one, two)))
    moved = asyncio.ensure_future(two.wait_until("game_move", 60))
    await asyncio.sleep(0)
    one["game"].play(two.boundjid, 3, comment="Mine", final=True)
    move = (await moved)["move"]
    print(move["choice"], move["round"], move["comment"], move["final"], two["game"].favourite)
    print([(note["by"], note["text"]) for note in move["notes"]], len(move), move["substanzas"][0].name)
    info = await one["xep_0030"].get_info(two.boundjid)
    print("urn:example:game" in info["disco_info"]["features"])
    two.plugin.disable("game")
    print(two.plugin.enabled("game"), "game" in two.plugin, sorted(one.plugin)[-2:])
    await asyncio.gather(one.disconnect(), two.disconnect())


asyncio.run(main())
