# SPDX-License-Identifier: MIT
"""Access by key on every core stanza (no network)."""

from slixmpp import JID, ClientXMPP, Iq, Message, Presence
from slixmpp.stanza import Error, Handshake, StreamError, StreamFeatures
from slixmpp.stanza.roster import Roster, RosterItem
from slixmpp.xmlstream import ET

xmpp = ClientXMPP("me@localhost/here", "secret")

msg = xmpp.Message()
print(repr(msg["subject"]), repr(msg["body"]), repr(msg["thread"]), msg["type"], msg["lang"])
msg["to"] = "you@localhost/r"
msg["from"] = JID("me@localhost")
msg["body"] = "Hi"
msg["body|fr"] = "Salut"
msg["subject"] = ""
msg["thread"] = "t1"
msg["parent_thread"] = "t0"
print(msg["to"].resource, msg["from"].user, repr(msg["subject"]), msg["thread"], msg["parent_thread"])
print(sorted(map(str, msg["body|*"].items())), msg["body|fr"], msg["body|de"])
print("%(to)s|%(body)s" % msg, msg.get("mucnick", "none"), "body" in msg, "error" in msg)
msg.chat()
print(msg["type"], msg.reply("Yes")["to"], msg.reply("Yes")["thread"], msg.reply("Yes")["body"])
room = Message()
room["type"], room["from"] = "groupchat", "room@muc.localhost/nick"
print(room["mucroom"], room["mucnick"], room.reply("x")["to"], room["type"])
del msg["body"]
print(repr(msg["body"]), msg.values["thread"], sorted(msg.keys())[:3])

pres = xmpp.make_presence(pshow="away", pstatus="Out", ppriority=5, pto="you@localhost")
print(pres["type"], pres["show"], pres["status"], pres["priority"], pres["to"])
pres["type"] = "unavailable"
print(pres["type"], repr(pres["show"]), Presence()["type"], Presence()["priority"])
pres["type"] = "nonsense"
print(pres["type"], pres.reply()["type"])
ask = Presence()
ask["type"], ask["from"] = "subscribe", "you@localhost"
print(ask.reply()["type"], ask.reply()["to"])

iq = xmpp.make_iq_get(queryxmlns="jabber:iq:roster", ito="you@localhost")
print(iq["type"], iq["query"], iq["to"], bool(iq["id"]), iq.xml[0].tag)
iq["error"]["condition"] = "item-not-found"
iq["error"]["text"] = "Where?"
print(iq["type"], iq["error"]["type"], iq["error"]["condition"], iq["error"]["text"], repr(iq["error"]["code"]))
error = Error()
error["condition"], error["redirect"] = "gone", "xmpp:a@b"
error["gone"] = "xmpp:new@localhost"
print(error["condition"], error["gone"], error["by"])

push = xmpp.make_iq_set()
push["roster"]["items"] = {"a@localhost": {"name": "A", "subscription": "both", "groups": ["x", "y"]}}
for jid, item in push["roster"]["items"].items():
    print(type(jid).__name__, jid, item["name"], item["subscription"], item["groups"])
extra = RosterItem()
extra["jid"], extra["name"] = "b@localhost", "B"
push["roster"].append(extra)
push["roster"]["ver"] = "v1"
print(len(push["roster"]["items"]), push["roster"]["ver"], isinstance(push["roster"], Roster))

features = StreamFeatures(
    xml=ET.fromstring(
        "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required /></starttls>"
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind' /></stream:features>"
    )
)
print(sorted(features["features"]), [each.name for each in features["required"]])
fault = StreamError()
fault["condition"], fault["text"] = "see-other-host", "There"
fault["see_other_host"] = "other.localhost:5222"
print(fault["condition"], fault["text"], fault["see_other_host"])
shake = Handshake()
shake["value"] = "abc"
print(shake["value"], Iq()["id"], Message(stype="headline", sto="x@y", sid="9")["id"])
