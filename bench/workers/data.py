# SPDX-License-Identifier: MIT
"""What goes over the wire in the benchmarks: every library gets the same bytes."""

from __future__ import annotations

#: Messages in one read.
MESSAGES = 20
#: Bytes in one read of a long stanza.
READ = 64 * 1024

HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    b"id='bench' version='1.0' from='localhost'>"
)

CHAT_STATES = "http://jabber.org/protocol/chatstates"
STABLE_IDS = "urn:xmpp:sid:0"
ATOM_TITLE = "{http://www.w3.org/2005/Atom}title"

_MESSAGE = (
    "<message xmlns='jabber:client' from='alice@localhost/desk{0}' to='bot@localhost/bench' type='chat' id='m{0}'>"
    "<body>hello world {0}</body>"
    f"<active xmlns='{CHAT_STATES}'/>"
    f"<origin-id xmlns='{STABLE_IDS}' id='m{{0}}'/></message>"
)

#: The answer to an IQ of the round trip, but for its id.
RESULT = b"<iq xmlns='jabber:client' type='result' id='%s' from='localhost' to='bot@localhost/bench'/>"

#: 100 KB with nothing to escape, as encoded data has; and of the kind that people write, with what must be escaped.
LONG_TEXTS = {
    "plain": ("iVBORw0KGgoAAAANSUhEUgAAAAUA" * 4000)[:100_000],
    "prose": ('"Fish & chips", she said, is <b>not</b> what it was; and 1 < 2. ' * 2000)[:100_000],
}

#: The plugins of the columns "24 plugins": what a well-equipped client enables.
PLUGINS_24 = tuple(
    f"xep_{number:04}"
    for number in (4, 30, 45, 50, 54, 59, 60, 66, 71, 77, 85, 92, 115, 163, 184, 198, 199, 203, 249, 280, 308, 313,
                   333, 363)
)  # fmt: skip


def message(number: int) -> bytes:
    """One chat message with two payloads."""
    return _MESSAGE.format(number).encode()


def one_read() -> bytes:
    """The messages of one read."""
    return b"".join(map(message, range(MESSAGES)))


def roster_reads(iq_id: str, items: int) -> list[bytes]:
    """The answer with a roster of `items` contacts, in reads of `READ` bytes."""
    contacts = "".join(
        f"<item jid='contact{n}@example{n % 100}.org' name='Contact {n}' subscription='both'>"
        f"<group>Group {n % 20}</group></item>"
        for n in range(items)
    )
    answer = (
        f"<iq xmlns='jabber:client' type='result' id='{iq_id}' to='bot@localhost/bench'>"
        f"<query xmlns='jabber:iq:roster'>{contacts}</query></iq>"
    ).encode()
    return [answer[start : start + READ] for start in range(0, len(answer), READ)]


def addresses(first: int, count: int, *, ascii_only: bool = True) -> list[str]:
    """Full JIDs that nobody has seen before, from the `first`-th on."""
    user = "user" if ascii_only else "Jörg"
    return [f"{user}{n}@host{n}.example.org/desk{n}" for n in range(first, first + count)]


#: The room of `room_reads`, and who joins it.
ROOM, NICK = "garden@muc.localhost", "bot"
_OCCUPANT = (
    "<presence xmlns='jabber:client' from='{0}/{1}' to='bot@localhost/bench' id='p{2}'>"
    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://client.example/' "
    "ver='QgayPKawpkPSDYmwT/WM94uAlu0='/><x xmlns='http://jabber.org/protocol/muc#user'>"
    "<item affiliation='{3}' role='{4}' jid='user{2}@host{5}.example.org/desk'/>{6}</x></presence>"
)


def room_reads(occupants: int) -> list[bytes]:
    """What comes when a room is joined: `occupants` presences, our own, one message of history and the subject, in
    reads of `READ` bytes."""
    presences = "".join(
        _OCCUPANT.format(ROOM, f"occupant{n}", n, "member" if n % 10 else "admin", "participant", n % 100, "")
        for n in range(occupants)
    )
    own = _OCCUPANT.format(ROOM, NICK, occupants, "owner", "moderator", 0, "<status code='110'/>")
    start = f"<message xmlns='jabber:client' from='{ROOM}/occupant1' to='bot@localhost/bench' type='groupchat'"
    history = f"{start} id='h'><body>hello</body><delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/></message>"
    answer = f"{presences}{own}{history}{start} id='s'><subject>Roses</subject></message>".encode()
    return [answer[start : start + READ] for start in range(0, len(answer), READ)]


def archive_reads(iq_id: str, query_id: str, count: int) -> list[bytes]:
    """A page of an archive: `count` messages and the answer, in reads of `READ` bytes."""
    page = "".join(
        f"<message from='bot@localhost' to='bot@localhost/bench'><result xmlns='urn:xmpp:mam:2' queryid='{query_id}' "
        f"id='28482-98726-{n}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' "
        f"stamp='2010-07-10T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z'/><message xmlns='jabber:client' "
        f"from='alice{n % 50}@localhost/desk' to='bot@localhost' type='chat' id='m{n}'><body>hello world {n}</body>"
        "</message></forwarded></result></message>"
        for n in range(count)
    )
    answer = (
        f"{page}<iq type='result' id='{iq_id}' to='bot@localhost/bench'><fin xmlns='urn:xmpp:mam:2' complete='true'>"
        f"<set xmlns='http://jabber.org/protocol/rsm'><first index='0'>28482-98726-0</first>"
        f"<last>28482-98726-{count - 1}</last><count>{count}</count></set></fin></iq>"
    ).encode()
    return [answer[start : start + READ] for start in range(0, len(answer), READ)]


def items_reads(iq_id: str, items: int) -> list[bytes]:
    """The items of a publish-subscribe node, each with a payload, in reads of `READ` bytes."""
    inner = "".join(
        f"<item id='item-{n}'><entry xmlns='http://www.w3.org/2005/Atom'><title>Entry {n}</title>"
        f"<summary>To be, or not to be: that is question {n}</summary></entry></item>"
        for n in range(items)
    )
    answer = (
        f"<iq xmlns='jabber:client' type='result' id='{iq_id}' from='pubsub.localhost' to='bot@localhost/bench'>"
        f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='news'>{inner}</items></pubsub></iq>"
    ).encode()
    return [answer[start : start + READ] for start in range(0, len(answer), READ)]


def info_reads(iq_id: str, features: int) -> list[bytes]:
    """What a service is and can do: one identity, and so many features."""
    inner = "".join(f"<feature var='urn:example:protocol:{n}#feature'/>" for n in range(features))
    answer = (
        f"<iq xmlns='jabber:client' type='result' id='{iq_id}' from='localhost' to='bot@localhost/bench'>"
        "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im' name='Example'/>"
        f"{inner}</query></iq>"
    ).encode()
    return [answer]
