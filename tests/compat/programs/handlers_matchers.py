# SPDX-License-Identifier: MIT
"""All handlers and matchers, on a stream that hears what it says itself (no network)."""

import asyncio

import slixmpp
from slixmpp import Callback, Collector, MatcherId, MatchMany, MatchXMLMask, MatchXPath, StanzaPath, Waiter, XMLCallback
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import XMLWaiter
from slixmpp.xmlstream.matcher.base import MatcherBase
from slixmpp.xmlstream.matcher.idsender import MatchIDSender


class Loud(MatcherBase):
    def match(self, xml):
        return xml["body"].isupper() and self._criteria in xml["body"]


def message(xmpp, body, **values):
    msg = xmpp.make_message("me@localhost/x", mbody=body, mtype=values.pop("type", "chat"), mfrom="you@localhost/y")
    for key, value in values.items():
        msg[key] = value
    return msg


async def main():
    xmpp = slixmpp.ClientXMPP("me@localhost/x", "secret")
    seen = []

    def note(name):
        return lambda got: seen.append(name + ":" + (got.tag.split("}")[1] if hasattr(got, "attrib") else got["body"]))

    mask = "<message xmlns='jabber:client' type='headline'><body /></message>"
    sender = MatchIDSender({"id": "7", "self": xmpp.boundjid, "peer": slixmpp.JID("you@localhost/y")})
    xmpp.register_handler(Callback("Path", StanzaPath("message@type=chat"), note("path")))
    xmpp.register_handler(
        Callback("Once", MatchXPath("{jabber:client}message/{jabber:client}body"), note("once"), once=True)
    )
    xmpp.register_handler(XMLCallback("Mask", MatchXMLMask(mask), note("mask")))
    xmpp.register_handler(Callback("Id", MatcherId("42"), note("id")))
    xmpp.register_handler(Callback("Sender", sender, note("sender")))
    xmpp.register_handler(Callback("Any", MatchMany([MatcherId("43"), StanzaPath("message@type=normal")]), note("any")))
    xmpp.register_handler(Callback("Loud", Loud("HEY"), note("loud")))
    xmpp.register_handler(Callback("First", StanzaPath("message"), note("instream"), instream=True))
    collector = Collector("All", StanzaPath("message/subject"))
    xmpp.register_handler(collector)
    waiter = Waiter("Wait", StanzaPath("message@id=50"))
    xmpp.register_handler(waiter)
    raw = XMLWaiter("Raw", MatcherId("51"))
    xmpp.register_handler(raw)

    for msg in (
        message(xmpp, "one", id="1"),
        message(xmpp, "two", id="42", type="headline"),
        message(xmpp, "HEY YOU", id="7"),
        message(xmpp, "four", id="43", type="groupchat", subject="s"),
        message(xmpp, "five", id="50", type="normal", subject="t"),
        message(xmpp, "six", id="51", type="error"),
    ):
        xmpp.recv_stanza(msg)
        print(" ".join(seen))
        seen.clear()
    print(
        (await waiter.wait(60))["body"],
        (await raw.wait(60)).attrib["id"],
        await Waiter("No", MatcherId("x"), xmpp).wait(0.05),
    )
    print([msg["subject"] for msg in collector.stop()])
    print(xmpp.remove_handler("Path"), xmpp.remove_handler("Path"), xmpp.remove_handler("Once"))
    xmpp.recv_stanza(xmpp.Message(xml=ET.fromstring("<message xmlns='jabber:client'><body>last</body></message>")))
    print(" ".join(seen))


asyncio.get_event_loop_policy().new_event_loop().run_until_complete(main())
