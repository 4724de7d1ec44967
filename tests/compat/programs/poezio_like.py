# SPDX-License-Identifier: MIT
"""What a large client imports and touches of the core: tabs, handlers by the dozen, caches, raw XML windows."""

import asyncio
import sys
import tempfile
from pathlib import Path

import slixmpp
from slixmpp import JID, InvalidJID, Message, Presence
from slixmpp.exceptions import IqError, IqTimeout, XMPPError
from slixmpp.plugins.xep_0030 import DiscoInfo
from slixmpp.plugins.xep_0030.stanza.items import DiscoItem
from slixmpp.roster import RosterItem
from slixmpp.util import FileSystemCache, FileSystemPerJidCache
from slixmpp.xmlstream import ET, StanzaBase, matcher
from slixmpp.xmlstream.handler import Callback, CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath, StanzaPath
from slixmpp.xmlstream.tostring import tostring
from slixmpp.xmlstream.xmlstream import InvalidCABundle, NotConnectedError


class MatchAll(matcher.base.MatcherBase):
    def match(self, xml):
        return True


class Connection(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        self.xml_tab = []
        super().__init__(jid, password, lang="fr", sasl_mech=None)
        self.ca_certs = None
        self.force_starttls = True
        self.auto_authorize = None
        self.auto_reconnect = False
        self.use_presence_ids = False
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0092")
        self.register_plugin("xep_0199")
        self.plugin["xep_0199"].enable_keepalive(60, 10)
        self.plugin["xep_0030"].set_identities(identities={("client", "console", None, "Poezio-like")})
        self.add_filter("in", self.incoming)
        self.add_filter("out", self.outgoing)
        self.register_handler(Callback("All", MatchAll(None), self.everything))
        self.add_event_handler("session_start", self.on_session_start)

    def incoming(self, stanza):
        self.xml_tab.append(("in", tostring(stanza.xml, xmlns="jabber:client")))
        return stanza

    def outgoing(self, stanza):
        self.xml_tab.append(("out", str(stanza)))
        return stanza

    def everything(self, stanza):
        assert isinstance(stanza, StanzaBase)

    async def on_session_start(self, _):
        iq = await self.get_roster()
        self.send_presence(ppriority=10, pstatus="there")
        print(iq["type"], self.boundjid.bare, self.default_ns, self.password == "secret", bool(self.new_id()))
        self.del_event_handler("session_start", self.on_session_start)


async def main():
    jid, password, host, port = sys.argv[1:]
    xmpp = Connection(JID(jid), password)
    xmpp.connect(host, int(port))
    await xmpp.wait_until("session_start", 60)
    message = xmpp.make_message(JID("friend@localhost/desk"), mbody="echo /me waves", mtype="chat")
    message.send()
    print((await xmpp.wait_until("message", 60))["body"])
    version = await xmpp.plugin["xep_0092"].get_version("friend@localhost/desk")
    print(
        version["software_version"]["name"], version["software_version"]["version"], version["software_version"]["os"]
    )
    info = await xmpp.plugin["xep_0030"].get_info(jid="friend@localhost/desk")
    print(isinstance(info["disco_info"], DiscoInfo), "jabber:iq:version" in info["disco_info"].get_features())
    print(await xmpp.plugin["xep_0030"].has_identity(xmpp.boundjid, category="client", itype="console"))
    text = "<iq xmlns='jabber:client' type='get' id='raw' to='localhost'><q xmlns='urn:none'/></iq>"
    raw = StanzaBase(stream=xmpp, xml=ET.fromstring(text))
    raw.send()
    while not any(way == "in" and "raw" in text for way, text in xmpp.xml_tab):
        await asyncio.sleep(0.02)
    await xmpp.update_roster("pal@localhost", name="Pal", groups=["A"])
    contact = xmpp.client_roster["pal@localhost"]
    print(isinstance(contact, RosterItem), contact["name"], list(contact["groups"]), dict(contact.resources))
    xmpp.plugin["xep_0199"].disable_keepalive()
    with tempfile.TemporaryDirectory() as directory:
        cache = FileSystemPerJidCache(Path(directory), "avatars", binary=True)
        cache.store_by_jid(JID(jid).bare, "key", b"data")
        print(cache.retrieve_by_jid(JID(jid).bare, "key"), FileSystemCache(Path(directory), "caps").retrieve("none"))
    try:
        JID("a@b@c d")
    except InvalidJID:
        print("invalid")
    await xmpp.disconnect()
    names = (
        XMPPError,
        IqError,
        IqTimeout,
        InvalidCABundle,
        NotConnectedError,
        Message,
        Presence,
        DiscoItem,
        CoroutineCallback,
    )
    print(all(isinstance(each, type) for each in (*names, MatchXPath, StanzaPath)))


asyncio.run(main())
