# SPDX-License-Identifier: MIT
"""Sessions that wait for their client to come back, and who may come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.protocol.events import ResumptionFailed
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.options import StreamOptions, TlsPolicy, random_nonce
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.server.limits import ServerLimits
from xmppkit.server.resumption import Resumption

if TYPE_CHECKING:
    from conftest import Enter, Peer, Place, Tools

PATIENCE = 60.0
PLAIN = SaslPolicy(allowed=("PLAIN",), plain_without_tls=True)
COUNTED = ManagementOptions(window=1)
#: Why a stream did not go on with the session that it was given.
FAILED: dict[Any, ResumptionFailed] = {}


def session_of(peer: Peer) -> ManagedSession:
    found = peer.stream.session
    assert found is not None
    return found


async def resume(place: Place, session: ManagedSession, name: str = "alice") -> Peer:
    """Another connection of that account, which wants to go on with a session."""
    options = StreamOptions(tls=TlsPolicy.DISABLED, sasl=PLAIN, credentials=Credentials(name, name), management=COUNTED)
    session.closed = False
    stream = ClientStream(f"{name}@localhost/here", options, now=asyncio.get_running_loop().time(), resume=session)
    peer = place.peer(stream)
    take = peer._take

    def noting(event: Any) -> None:
        if isinstance(event, ResumptionFailed):
            FAILED.setdefault(peer.stream, event)
        take(event)

    peer.driver._on_event = noting
    return await peer.connect(place.server.host, place.server.port)


def failure_of(peer: Peer) -> ResumptionFailed | None:
    """Why no session went on; None: it did."""
    return FAILED.get(peer.stream)


async def cut(peer: Peer) -> None:
    """The connection is gone; nobody has said so."""
    peer.driver.abort()
    await asyncio.wait_for(peer.driver.wait_closed(), PATIENCE)


@pytest.fixture
async def alice(place: Place) -> Peer:
    return await place.login("alice", "here", presence="<presence/>", management=COUNTED)


@pytest.fixture
async def bob(place: Place) -> Peer:
    return await place.login("bob", "there", presence="<presence/>")


def waits(place: Place) -> list[str]:
    """The sessions without a connection."""
    return [session.jid.full for session in place.server._router.all_sessions() if session.waits]


async def until_waiting(place: Place, jid: str = "alice@localhost/here") -> None:
    async with asyncio.timeout(PATIENCE):
        while jid not in waits(place):  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0)


class TestGoingOn:
    async def test_nothing_is_lost(self, place: Place, alice: Peer, bob: Peer, tools: type[Tools]) -> None:
        for number in range(3):
            bob.send(f"<message to='alice@localhost/here'><body>{number}</body></message>")
        await cut(alice)
        await until_waiting(place)
        for number in range(3, 5):
            bob.send(f"<message to='alice@localhost/here'><body>{number}</body></message>")
        await bob.ping()
        assert place.server.sessions == [alice.stream.jid, bob.stream.jid]
        again = await resume(place, session_of(alice))
        await tools.settle(again, bob)
        texts = [each.findtext("{*}body") for each in (*alice.take(), *again.take())]
        assert texts == ["0", "1", "2", "3", "4"]
        assert again.jid == "alice@localhost/here"
        again.send("<message to='bob@localhost/there'><body>back</body></message>")
        await tools.settle(again, bob)
        assert bob.brief() == ["message alice@localhost/here back"]
        assert waits(place) == []

    async def test_what_the_client_has_sent_is_handled_once(
        self, place: Place, alice: Peer, bob: Peer, tools: type[Tools]
    ) -> None:
        for number in range(3):
            alice.send(f"<message to='bob@localhost/there'><body>{number}</body></message>")
        await cut(alice)
        session_of(alice).hold(  # it was on its way when the connection was cut
            fromstring("<message xmlns='jabber:client' to='bob@localhost/there'><body>3</body></message>")
        )
        again = await resume(place, session_of(alice))
        await tools.settle(again, bob)
        assert [each.findtext("{*}body") for each in bob.take()] == ["0", "1", "2", "3"]

    async def test_nobody_sees_that_it_was_gone(self, place: Place, tools: type[Tools]) -> None:
        await place.friends("alice", "bob")
        bob = await place.login("bob", "there", presence="<presence/>")
        alice = await place.login("alice", "here", presence="<presence/>", management=COUNTED)
        await tools.settle(alice, bob)
        bob.take()
        await cut(alice)
        await until_waiting(place)
        again = await resume(place, session_of(alice))
        await tools.settle(again, bob)
        assert bob.brief() == []
        await again.leave()
        await bob.ping()
        assert bob.brief() == ["presence[unavailable] alice@localhost/here"]

    async def test_a_connection_that_is_still_there_gives_way(
        self, place: Place, alice: Peer, bob: Peer, tools: type[Tools]
    ) -> None:
        session = ManagedSession("alice@localhost/here", COUNTED, id=session_of(alice).id, handled=0)
        session._settled = session_of(alice).sent
        session.handled = session.received = session_of(alice).received
        again = await resume(place, session)
        assert failure_of(again) is None
        ended = await alice.closed()
        assert ended.error is not None
        assert "conflict" in str(ended.error)
        bob.send("<message to='alice@localhost/here'><body>hello</body></message>")
        await tools.settle(bob, again)
        assert again.brief() == ["message bob@localhost/there hello"]
        assert len(place.server.sessions) == 2

    async def test_again_and_again(self, place: Place, alice: Peer, bob: Peer, tools: type[Tools]) -> None:
        peer = alice
        got = []
        for number in range(10):
            bob.send(f"<message to='alice@localhost/here'><body>{number}</body></message>")
            await cut(peer)
            got += peer.take()
            peer = await resume(place, session_of(peer))
        await tools.settle(bob, peer)
        got += peer.take()
        assert [each.findtext("{*}body") for each in got] == [str(number) for number in range(10)]


class TestWhoMayNot:
    async def refused(self, peer: Peer) -> ResumptionFailed:
        await peer.ping()
        failure = failure_of(peer)
        assert failure is not None
        assert failure.condition == "item-not-found"
        assert peer.stream.ready
        return failure

    async def test_spoof_another_account(self, place: Place, alice: Peer) -> None:
        await cut(alice)
        await until_waiting(place)
        theft = ManagedSession("bob@localhost/here", COUNTED, id=session_of(alice).id)
        failure = await self.refused(await resume(place, theft, "bob"))
        assert failure.element is not None
        assert failure.element.xml.get("h") is None
        assert waits(place) == ["alice@localhost/here"]
        assert failure_of(await resume(place, session_of(alice))) is None

    async def test_an_id_that_is_none(self, place: Place) -> None:
        await self.refused(await resume(place, ManagedSession("alice@localhost/here", id="guessed")))

    def test_ids_cannot_be_guessed(self) -> None:
        assert len(random_nonce()) * 6 >= 128

    async def test_when_its_address_was_taken(self, place: Place, alice: Peer) -> None:
        await cut(alice)
        await until_waiting(place)
        other = await place.login("alice", "here")
        failure = await self.refused(await resume(place, session_of(alice)))
        assert failure.element is not None
        assert failure.element.xml.get("h") == str(session_of(alice).sent)
        await other.closed()

    async def test_when_it_was_closed_in_order(self, place: Place, alice: Peer) -> None:
        await alice.leave()
        assert waits(place) == []
        await self.refused(await resume(place, session_of(alice)))

    async def test_who_says_to_have_handled_more_than_there_was(self, place: Place, alice: Peer) -> None:
        await cut(alice)
        await until_waiting(place)
        session = ManagedSession("alice@localhost/here", COUNTED, id=session_of(alice).id, handled=4_000_000)
        with pytest.raises(Exception, match="undefined-condition"):
            await resume(place, session)
        assert waits(place) == ["alice@localhost/here"]
        assert failure_of(await resume(place, session_of(alice))) is None

    async def test_while_it_is_connected_too(self, place: Place, alice: Peer) -> None:
        session = ManagedSession("alice@localhost/here", COUNTED, id=session_of(alice).id, handled=4_000_000)
        with pytest.raises(Exception, match="undefined-condition"):
            await resume(place, session)
        await alice.closed()
        assert waits(place) == ["alice@localhost/here"]


class TestTheEnd:
    async def test_after_its_time(self, enter: Enter) -> None:
        place = await enter(limits=ServerLimits(resume_seconds=1))
        bob = await place.login("bob", "there", presence="<presence/>")
        alice = await place.login("alice", "here", presence="<presence/>", management=COUNTED)
        await cut(alice)
        await until_waiting(place)
        (session,) = [each for each in place.server._router.all_sessions() if each.waits]
        bob.send("<message to='alice@localhost/here' type='chat'><body>kept</body></message>")
        bob.send("<message to='alice@localhost/here' type='groupchat'><body>room</body></message>")
        bob.send("<iq type='get' id='v' to='alice@localhost/here'><query xmlns='jabber:iq:version'/></iq>")
        bob.send("<presence to='alice@localhost/here'/>")
        bob.send("<message to='alice@localhost/here' type='headline'><body>news</body></message>")
        await bob.ping()
        bob.take()
        assert session.managed is not None
        place.server._resumption._expire(session, session.managed)
        await bob.ping()
        assert bob.brief() == [
            "message[error] alice@localhost/here service-unavailable",
            "iq[error] alice@localhost/here service-unavailable",
        ]
        assert waits(place) == []
        again = await place.login("alice", "here", presence=None)
        again.send("<presence/>")
        await again.ping()
        assert again.brief() == ["presence alice@localhost/here", "message[chat] bob@localhost/there kept"]

    async def test_it_ends_by_itself(self, enter: Enter) -> None:
        place = await enter(limits=ServerLimits(resume_seconds=1))
        alice = await place.login("alice", "here", management=COUNTED)
        assert session_of(alice).max_seconds == 1
        await cut(alice)
        await until_waiting(place)
        async with asyncio.timeout(PATIENCE):
            while waits(place):  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.05)
        assert place.server.sessions == []

    async def test_not_at_all(self, enter: Enter) -> None:
        place = await enter(limits=ServerLimits(resume_seconds=0))
        alice = await place.login("alice", "here", management=COUNTED)
        assert not session_of(alice).resumable
        await cut(alice)
        await place.without("alice@localhost/here")
        assert waits(place) == []

    async def test_a_server_that_stops(self, place: Place, alice: Peer, bob: Peer) -> None:
        await cut(alice)
        await until_waiting(place)
        bob.send("<message to='alice@localhost/here' type='chat'><body>kept</body></message>")
        await bob.ping()
        await place.server.restart()
        again = await resume(place, session_of(alice))
        again.send("<presence/>")
        await again.ping()
        failure = failure_of(again)
        assert failure is not None
        assert failure.condition == "item-not-found"
        assert "message[chat] bob@localhost/there kept" in again.brief()

    async def test_an_account_that_is_removed(self, place: Place, alice: Peer) -> None:
        await cut(alice)
        await until_waiting(place)
        place.server.remove_user("alice")
        assert waits(place) == []

    async def test_what_was_not_acknowledged_by_who_has_left(self, place: Place, alice: Peer, bob: Peer) -> None:
        alice.driver.pause_reading()
        bob.send("<message to='alice@localhost/here' type='chat'><body>kept</body></message>")
        await bob.ping()
        alice.driver.close()
        alice.driver.resume_reading()
        await alice.closed()
        again = await place.login("alice", "here")
        again.send("<presence/>")
        await again.ping()
        assert "message[chat] bob@localhost/there kept" in again.brief()


class TestBounds:
    @pytest.mark.parametrize("connected", [True, False])
    async def test_who_leaves_too_much_unacknowledged(self, enter: Enter, connected: bool, tools: type[Tools]) -> None:
        place = await enter(limits=ServerLimits(unacked=5))
        bob = await place.login("bob", "there", presence="<presence/>")
        alice = await place.login("alice", "here", presence="<presence/>", management=COUNTED)
        await tools.settle(alice)
        if connected:
            alice.driver.pause_reading()
        else:
            await cut(alice)
            await until_waiting(place)
        for number in range(20):
            bob.send(f"<message to='alice@localhost/here' type='chat'><body>{number}</body></message>")
        await bob.ping()
        assert [str(jid) for jid in place.server.sessions] == ["bob@localhost/there"]
        if connected:
            alice.driver.resume_reading()
            assert "resource-constraint" in str((await alice.closed()).error)
        again = await place.login("alice", "here")
        again.send("<presence/>")
        await again.ping()
        texts = [each.findtext("{*}body") for each in again.take() if each.tag.endswith("message")]
        assert texts == [str(number) for number in range(20)]

    async def test_what_is_remembered_of_sessions_that_are_over(self, place: Place, monkeypatch: Any) -> None:
        monkeypatch.setattr("xmppkit.server.resumption._REMEMBERED", 3)
        for _ in range(5):
            peer = await place.login("alice", "here", management=COUNTED)
            await peer.leave()
            await place.without("alice@localhost/here")
        resumption: Resumption = place.server._resumption
        assert len(resumption._over) == 3
        assert resumption._sessions == {}
        assert resumption._timers == {}

    def test_limits(self) -> None:
        with pytest.raises(ConfigurationError, match="resume_seconds"):
            ServerLimits(resume_seconds=-1)

    async def test_a_flood_of_requests_has_few_answers(self, place: Place, alice: Peer) -> None:
        alice.send("<r xmlns='urn:xmpp:sm:3'/>" * 5000)
        await alice.ping()
        assert alice.stream.ready
