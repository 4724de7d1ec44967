# SPDX-License-Identifier: MIT
"""An archive that answers as XEP-0313 says, in the network in memory."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import XMPPError
from xmppkit.plugins.xep_0313 import stanza as _stanza  # noqa: F401  # registers the classes
from xmppkit.stanza.iq import Iq

OWN = "romeo@montague.lit"
HOME = f"{OWN}/home"
JULIET = "juliet@capulet.lit/balcony"
ROOM = "coven@muc.shakespeare.lit"
NS = "urn:xmpp:mam:2"
BEGIN = datetime.datetime(2010, 7, 10, 23, 0, 0, tzinfo=datetime.UTC)


class Stored(NamedTuple):
    """A message in an archive, as it was sent."""

    id: str
    xml: str
    stamp: datetime.datetime


class Archive:
    """An entity with an archive.

    :param announces: the features that it announces.
    """

    def __init__(
        self, network: Any, jid: str = OWN, announces: tuple[str, ...] = (NS, "urn:xmpp:sid:0"), *, most: int = 50
    ) -> None:
        self.jid = jid
        self.station = network.join(jid, "xep_0030", component=True)
        if jid == OWN:
            network.stations[""] = self.station
        self.stored: list[Stored] = []
        #: What a page has at most, whatever is asked for.
        self.most = most
        #: What was asked, as the dict view of the query says it.
        self.asked: list[dict[str, Any]] = []
        #: Called before a page is sent.
        self.before_page: Callable[[], object] = lambda: None
        #: Called with each stanza that is to be sent for a page: returns what is sent.
        self.change: Callable[[str], str] = lambda text: text
        self.refuses: str | None = None
        self.complete = self.stable = True
        self.station.plugin["xep_0030"].static.announce(announces)
        self.station.register_handler(Callback("mam", StanzaPath("iq@type=set/mam"), self._answer))
        #: How often carbons were asked for.
        self.carbons = 0
        self.station.register_handler(Callback("carbons", StanzaPath("iq@type=set/carbon_enable"), self._enable))

    def store(self, text: str = "hello", *, sender: str = JULIET, to: str = OWN, id: str = "", more: str = "") -> str:
        """Put a message into the archive; its XML, as it would come live."""
        number = len(self.stored)
        kind = "groupchat" if self.jid == ROOM else "chat"
        xml = (
            f"<message xmlns='jabber:client' type='{kind}' from='{sender}' to='{to}' id='{id or f'm{number}'}'>"
            f"<body>{text}</body>{more}</message>"
        )
        stamp = BEGIN + datetime.timedelta(seconds=number)
        self.stored.append(Stored(f"{self.jid.partition('@')[0]}-{number}", xml, stamp))
        return self.live(number)

    def live(self, number: int) -> str:
        """A stored message as it comes live: with its id in the archive."""
        found = self.stored[number]
        given = f"<stanza-id xmlns='urn:xmpp:sid:0' by='{self.jid}' id='{found.id}'/>"
        return found.xml.replace("</message>", f"{given}</message>")

    def _select(self, query: Any) -> tuple[list[Stored], bool]:
        part = query["rsm"]
        ids = [each.id for each in self.stored]
        found = self.stored
        for id in filter(None, (part.after, part.before)):
            if id not in ids:
                raise XMPPError("item-not-found")
        if part.after:
            found = self.stored[ids.index(part.after) + 1 :]
        if part.before:
            found = found[: ids.index(part.before)]
        if query["start"]:
            found = [each for each in found if each.stamp >= query["start"]]
        if query["end"]:
            found = [each for each in found if each.stamp <= query["end"]]
        amount = min(self.most, self.most if part.max is None else part.max)
        page = found[len(found) - min(amount, len(found)) :] if part.before is not None else found[:amount]
        return page, self.complete and len(page) == len(found)

    def _enable(self, iq: Iq) -> None:
        self.carbons += 1
        iq.reply().send()

    def _answer(self, iq: Iq) -> None:
        query = iq["mam"]
        keys = ("start", "end", "with", "before_id", "after_id", "ids", "flip_page", "include_groupchat")
        part = {key: query["rsm"][key] for key in ("max", "after", "before") if query["rsm"][key] != ""}
        self.asked.append({key: query[key] for key in keys if query[key]} | part)
        if self.refuses is not None:
            raise XMPPError(self.refuses)
        self.before_page()
        page, complete = self._select(query)
        for each in page:
            self.send(self.result(each, query["queryid"], str(iq["from"])))
        ends = f"<first>{page[0].id}</first><last>{page[-1].id}</last>" if page else ""
        answer = iq.reply()
        fin = f"<fin xmlns='{NS}' complete='{str(complete).lower()}' stable='{str(self.stable).lower()}'>"
        answer.xml.append(
            ET.fromstring(f"{fin}<set xmlns='http://jabber.org/protocol/rsm'>{ends}<count>9</count></set></fin>")
        )
        answer.send()

    def result(self, each: Stored, queryid: str, to: str) -> str:
        """The message in which an archived one is sent."""
        stamp = each.stamp.isoformat().replace("+00:00", "Z")
        return (
            f"<message from='{self.jid}' to='{to}'><result xmlns='{NS}' queryid='{queryid}' id='{each.id}'>"
            f"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>{each.xml}"
            "</forwarded></result></message>"
        )

    def send(self, text: str) -> None:
        """Send a stanza on the way of all others, so that what comes behind it comes later."""
        changed = self.change(text)
        if changed:
            self.station.network.deliver(self.station, ET.fromstring(changed.replace("<message", CLIENT_MESSAGE, 1)))


CLIENT_MESSAGE = "<message xmlns='jabber:client'"


@pytest.fixture
def archive(network: Any) -> Archive:
    return Archive(network)


@pytest.fixture
def make_world(network: Any) -> Callable[..., tuple[Archive, Archive, Any]]:
    """Makes an own archive, that of a room, and a client, in a network of their own."""

    def make(**options: Any) -> tuple[Archive, Archive, Any]:
        world = type(network)()
        account, room = Archive(world, OWN, **options), Archive(world, ROOM, **options)
        return account, room, world.join(HOME, "xep_0313")

    return make


def carbon(text: str, what: str = "received", *, sender: str = OWN) -> str:
    """A carbon of a message."""
    return (
        f"<message from='{sender}' to='{HOME}'><{what} xmlns='urn:xmpp:carbons:2'>"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{text}</forwarded></{what}></message>"
    )


@pytest.fixture
def romeo(network: Any, archive: Archive) -> Any:
    return network.join(HOME, "xep_0313")
