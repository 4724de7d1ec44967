# SPDX-License-Identifier: MIT
"""Fixtures: real servers, one of each per test session.

A server that is not installed skips its tests and says so; ``XMPPKIT_REQUIRE_SERVERS=1``, as in CI, makes that a
failure. A server that is installed and does not start is a failure always.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The folder is no package, as tests/ is none; its helpers are found from here.
sys.path.insert(0, str(Path(__file__).parent))

from servers.base import Server
from servers.ejabberd import Ejabberd
from servers.embedded import Xmppkit
from servers.prosody import Prosody
from sessions import Way, present

#: Those that run now, for `_running_again`.
_started: list[Server] = []

# A job in the background may have begun with Ctrl-C ignored, which the programs that tests start would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _serve(
    kind: type[Server], factory: pytest.TempPathFactory, authority: Path, *, stopped: bool = False
) -> Iterator[Server]:
    reason = kind.missing()
    if reason is not None:
        if os.environ.get("XMPPKIT_REQUIRE_SERVERS") == "1":
            pytest.fail(f"XMPPKIT_REQUIRE_SERVERS=1, and {reason}", pytrace=False)
        pytest.skip(reason)
    server = kind(factory.mktemp(kind.__name__.lower()), authority)
    server.for_stopping = stopped
    try:
        server.create()
        _started.append(server)
        yield server
    finally:
        server.stop()
        if server in _started:
            _started.remove(server)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the authority that all servers of the session share."""
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(scope="session")
def prosody(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[Server]:
    yield from _serve(Prosody, tmp_path_factory, authority)


@pytest.fixture(scope="session")
def prosody_when_stopped(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[Server]:
    """Another Prosody, for tests that want to hear its last words. To these 0.12.3 comes with opportunistic writes
    only; but then, at times, it does not come back from writing to a connection that has just gone, and answers nobody
    any more."""
    yield from _serve(Prosody, tmp_path_factory, authority, stopped=True)


@pytest.fixture(scope="session")
def ejabberd(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Iterator[Server]:
    yield from _serve(Ejabberd, tmp_path_factory, authority)


@pytest.fixture(scope="session", params=["prosody", "ejabberd"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each real server in turn."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def embedded() -> Iterator[Xmppkit]:
    """Our own server."""
    server = Xmppkit()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """How the clients of a test reach the server; see `sessions.every_way`."""
    present.way = request.param
    yield request.param
    present.way = Way.STARTTLS


@pytest.fixture(autouse=True)
def _running_again() -> Iterator[None]:
    """A test that stopped a server, and then maybe failed, leaves it running for the next."""
    yield
    for server in _started:
        server.start()
