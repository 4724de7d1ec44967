# SPDX-License-Identifier: MIT
"""Sessions whose files were not written to their ends, or were damaged: another process goes on with the last state
that was written whole, or begins anew."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from random import Random
from xml.etree.ElementTree import Element, fromstring

import pytest
from torn import SMALL, Files, Quick, cuts, damaged

from xmppkit.jid.address import JID
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.stanza.base import StanzaBase
from xmppkit.storage.sqlite import SQLiteStorage
from xmppkit.xmlstream.journal import Journal

ME = JID("alice@localhost/here")
OPTIONS = ManagementOptions()
#: Damaged files that are tried.
TRIES = 300


def make(element: Element) -> StanzaBase:
    return StanzaBase(None, element)


def say(session: ManagedSession, *texts: str) -> None:
    for text in texts:
        xml = f"<message to='bob@localhost'><body>{text}</body></message>"
        session.put(make(fromstring(xml)), xml, 1000.0)


#: What is known of a session: how many of ours are acknowledged, how many of theirs are handled, and what waits.
State = tuple[int, int, list[str]]


def state_of(session: ManagedSession) -> State:
    texts = [unacked.text.partition("<body>")[2].partition("<")[0] for unacked in session]
    return session.acked, session.handled, texts


async def recalled(path: Path) -> State | None:
    """What another process finds."""
    async with Quick(path) as storage:
        journal = Journal(storage, ME, make)
        session = await journal.recall(OPTIONS)
        journal.release()
        return None if session is None else state_of(session)


async def written(files: Files) -> tuple[list[int], list[State]]:
    """A session goes on; how long the journal was after each transaction, and what the session was."""
    lengths, states = [], []
    async with Quick(files.path) as storage:
        journal, session = Journal(storage, ME, make), ManagedSession(ME, OPTIONS, id="x")
        assert await journal.recall(OPTIONS) is None
        journal.begin(session)
        for number in range(3):
            say(session, f"text {number}", f"more {number}")
            for _ in range(3):
                session.came()
            session.settle(session.count - 2 + number % 2)
            journal.handled(3)
            await journal.settled()
            lengths.append(len(files.journal))
            states.append(state_of(session))
        files.put(files.database, files.journal)
        journal.release()
    return lengths, states


@pytest.mark.parametrize("page", [SMALL, 4096])
async def test_a_journal_that_ends_at_any_byte(tmp_path: Path, page: int) -> None:
    """Neither a stanza nor a count is there before the whole transaction is: they belong together."""
    files = Files(tmp_path, page)
    lengths, states = await written(files)
    assert len({str(state) for state in states}) == 3
    database, journal = files.put_now
    for cut in cuts(lengths[1], lengths[2], page):
        assert await recalled(files.put(database, journal[:cut])) == states[1], cut
    assert await recalled(files.put(database, journal)) == states[2]
    for cut in range(0, lengths[1], 499):
        assert await recalled(files.put(database, journal[:cut])) in (None, *states[:2])


@pytest.mark.parametrize("journal", [False, True], ids=["database", "journal"])
async def test_bytes_that_differ(tmp_path: Path, journal: bool) -> None:
    """Nothing is raised for a session that cannot be read: another one is begun. Journals have checksums: what is read
    of them is a state that was written."""
    files, chance = Files(tmp_path), Random(3)
    _, states = await written(files)
    whole = files.put_now if journal else (files.database, b"")
    found = {True: 0, False: 0}
    for _ in range(TRIES):
        changed = (whole[0], damaged(whole[1], chance)) if journal else (damaged(whole[0], chance), b"")
        storage = Quick(files.put(*changed))
        try:
            kept = Journal(storage, ME, make)
            session = await kept.recall(OPTIONS)
            if journal:
                assert session is None or state_of(session) in states
            found[session is not None] += 1
            kept.release()
        finally:
            await storage.close()
    assert found[True] > TRIES // 20
    assert found[False] > TRIES // 20


HOLDS = """
import asyncio, sys
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.jid.address import JID
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.stanza.base import StanzaBase
from xmppkit.storage.sqlite import SQLiteStorage
from xmppkit.xmlstream.journal import Journal

async def main():
    me, make = JID("alice@localhost/here"), lambda element: StanzaBase(None, element)
    journal = Journal(SQLiteStorage(sys.argv[1]), me, make)
    await journal.recall(ManagementOptions())
    journal.begin(ManagedSession(me, ManagementOptions(), id="theirs"))
    journal.handled(5)
    await journal.settled()
    print("here", flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


async def test_two_processes_and_a_kill(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The second leaves the session alone; when the first is gone, however, it goes on with it."""
    path, pipe = tmp_path / "bot.db", asyncio.subprocess.PIPE
    first = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDS, str(path), stdin=pipe, stdout=pipe)
    assert first.stdout is not None
    async with asyncio.timeout(60), SQLiteStorage(path) as storage:
        assert await first.stdout.readline() == b"here\n"
        assert await Journal(storage, ME, make).recall(OPTIONS) is None
        assert "another process uses the session of alice@localhost/here; end it first" in caplog.text
        first.kill()
        await first.wait()
        journal = Journal(storage, ME, make)
        session = await journal.recall(OPTIONS)
        assert session is not None
        assert (session.id, session.handled) == ("theirs", 5)
        journal.release()


LIMITED = """
import asyncio, logging, resource, sys
from xml.etree.ElementTree import fromstring
from xmppkit.jid.address import JID
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.stanza.base import StanzaBase
from xmppkit.storage.sqlite import SQLiteStorage
from xmppkit.xmlstream.journal import Journal

logging.basicConfig(stream=sys.stdout, format="%(message)s")
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

async def main():
    make = lambda element: StanzaBase(None, element)
    storage = SQLiteStorage(sys.argv[1])
    journal = Journal(storage, JID("alice@localhost/here"), make)
    await journal.recall(ManagementOptions())
    session = ManagedSession(JID("alice@localhost/here"), ManagementOptions(), id="x")
    journal.begin(session)
    for number in range(100):
        xml = "<message to='bob@localhost'><body>" + "x" * 5000 + "</body></message>"
        session.put(make(fromstring(xml)), xml, 1000.0)
        session.came()
        journal.handled(1)
        await journal.settled()
    print(session.handled, flush=True)

asyncio.run(main())
"""


async def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    """It is told; the server is told what was handled all the same; and what is on the disk is whole."""
    path = tmp_path / "bot.db"
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", LIMITED, str(path)], capture_output=True, timeout=60, check=True
    )
    assert "the session cannot be kept, and another process could not go on with it" in done.stdout.decode()
    assert f"{path}: disk I/O error" in done.stdout.decode()
    assert done.stdout.decode().split()[-1] == "100"
    async with SQLiteStorage(path) as storage:
        journal = Journal(storage, ME, make)
        session = await journal.recall(OPTIONS)
        assert session is not None
        assert 0 < session.handled < 100
        assert session.count == session.handled
        journal.release()
