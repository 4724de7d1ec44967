# SPDX-License-Identifier: MIT
"""A client in a session, with all plugins: whatever the server sends, nothing raises out of the protocol, and the
program's handlers are not the ones that fail.

    python fuzz/fuzz_client.py --seconds 60
"""

from __future__ import annotations

import asyncio
import logging
import sys

from _runner import main

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.testing.wire import Wire

#: What may leave the code under test: nothing.
ALLOWED: tuple[type[Exception], ...] = ()
SEEDS = [
    b"<message from='a@localhost/x' type='chat' id='1'><body>hello</body><thread parent='p'>t</thread></message>",
    b"<presence from='a@localhost/x'><show>away</show><priority>5</priority><status xml:lang='de'>x</status>"
    b"</presence><presence from='a@localhost' type='subscribe'/>",
    b"<presence type='error' from='b@c'><error type='cancel'/></presence>",
    b"<iq type='set' id='p'><query xmlns='jabber:iq:roster' ver='1'><item jid='a@b' subscription='both'/></query></iq>",
    b"<iq type='get' id='d' from='a@localhost/x'><query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>",
    b"<iq type='get' id='i' from='a@localhost/x'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
    b"<iq type='get' id='b' from='a@b/c'><data xmlns='urn:xmpp:bob' "
    b"cid='sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org'/></iq>",
    b"<message from='a@b/c'><body/><data xmlns='urn:xmpp:bob' cid='sha1+x@bob.xmpp.org' "
    b"type='image/png' max-age='x'>QQ==</data></message>",
    b"<iq type='get' id='v' from='a@b/c'><query xmlns='jabber:iq:version'/></iq>"
    b"<iq type='get' id='g'><ping xmlns='urn:xmpp:ping'/></iq>",
    b"<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>h:1</see-other-host></stream:error>",
    b"<iq type='result' id='q1' from='a@localhost/x'><query xmlns='jabber:iq:version'><name/></query></iq>"
    b"</stream:stream>",
]

logging.disable()


async def session(data: bytes) -> None:
    """A session in which the server sends `data`."""
    failures: list[BaseException] = []
    client = ClientXMPP("bot@localhost/here", "secret")
    client.auto_reconnect = False
    client.exception = failures.append  # type: ignore[method-assign,assignment]
    client.register_plugins()
    client.add_event_handler("message", lambda message: message.reply(message["body"]).send())
    wire = Wire(client)
    asking = client.plugin["xep_0092"].get_version("a@localhost/x")
    asking = asyncio.ensure_future(asking)
    wire.protocol.data_received(data)
    await wire.sent()
    assert not failures, failures
    if client.is_connected():
        client.abort()
    await wire.end()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


def target(data: bytes) -> None:
    """One input."""
    LOOP.run_until_complete(session(data))


if __name__ == "__main__":
    LOOP = asyncio.new_event_loop()
    sys.exit(main(target, SEEDS, ALLOWED))
