# SPDX-License-Identifier: MIT
"""A plugin as packages of others bring them: typed, registered by the program, loaded from a module, configured."""

import asyncio
import sys
import types
from typing import Any

import slixmpp.plugins
from slixmpp.basexmpp import BaseXMPP
from slixmpp.clientxmpp import ClientXMPP
from slixmpp.jid import JID
from slixmpp.plugins.base import BasePlugin, PluginNotFound
from slixmpp.roster import RosterNode
from slixmpp.stanza import Iq, Message
from slixmpp.xmlstream import XMLStream
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import ElementBase, register_stanza_plugin

NS = "urn:example:vault"


class Secret(ElementBase):
    name = "secret"
    namespace = NS
    plugin_attrib = "secret"
    interfaces = {"secret"}
    is_extension = True

    def get_secret(self) -> str:
        return (self.xml.text or "")[::-1]

    def set_secret(self, value: str) -> None:
        self.xml.text = value[::-1]

    def del_secret(self) -> None:
        self.xml.text = None


class XEP_9384(BasePlugin):
    name = "xep_9384"
    description = "XEP-9384: a vault"
    dependencies: set[str] = {"xep_0030"}
    default_config: dict[str, Any] = {"fallback": "[encrypted]", "storage": None}
    xmpp: BaseXMPP
    fallback: str

    def plugin_init(self) -> None:
        register_stanza_plugin(Message, Secret)
        self.opened = []
        self.api.register(self._open, "open", default=True)
        self.xmpp.register_handler(
            CoroutineCallback(
                "Vault", MatchXPath("{%s}message/{%s}secret" % (self.xmpp.default_ns, NS)), self._on_message
            )
        )

    def session_bind(self, jid: JID) -> None:
        self.xmpp.plugin["xep_0030"].add_feature(NS)

    def plugin_end(self) -> None:
        self.xmpp.remove_handler("Vault")

    def _open(self, jid: JID, node: str | None, ifrom: JID, args: Message) -> str:
        return args["secret"]

    async def _on_message(self, stanza: Message) -> None:
        self.opened.append(await self.api["open"](stanza["to"], None, stanza["from"], stanza))
        self.xmpp.event("vault_opened", stanza)


async def main():
    jid, password, host, port = sys.argv[1:]
    module = types.ModuleType("vault")
    module.xep_9384 = module.XEP_9384 = XEP_9384
    slixmpp.plugins.register_plugin(XEP_9384)
    xmpp = ClientXMPP(jid, password)
    xmpp.register_plugin("xep_9384", {"fallback": "[sealed]"}, module=module)
    vault = xmpp.plugin["xep_9384"]
    print(vault.fallback, vault.config["storage"], sorted(set(xmpp.plugin) & {"xep_0030", "xep_9384"}))
    try:
        xmpp.register_plugin("xep_9999")
    except PluginNotFound as error:
        print(error.name)
    xmpp.connect(host, int(port))
    await xmpp.wait_until("session_start", 60)
    print(isinstance(xmpp.client_roster, RosterNode), isinstance(xmpp, XMLStream), vault.xmpp is xmpp)
    msg = xmpp.make_message(xmpp.boundjid, mbody=vault.fallback, mtype="chat")
    msg["secret"] = "xyz"
    print(msg["secret"], msg.xml[-1].text)
    msg.send()
    got = await xmpp.wait_until("vault_opened", 60)
    print(got["body"], vault.opened)
    vault.api.register(lambda jid, node, ifrom, args: "other " + ifrom.user, "open", xmpp.boundjid)
    msg.send()
    await xmpp.wait_until("vault_opened", 60)
    vault.api.restore_default("open", xmpp.boundjid)
    print(vault.opened, await vault.api["open"](None, None, None, msg), Iq().name)
    await xmpp.disconnect()


asyncio.run(main())
