# SPDX-License-Identifier: MIT
"""No lock is held while a handler runs: another thread may do meanwhile what it likes. On each of the main loops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from xmppkit.pyxmpp2.interfaces import EventHandler, event_handler
from xmppkit.pyxmpp2.message import Message

#: Seconds after which another thread is held up.
PATIENCE = 60.0


class Other(EventHandler):
    @event_handler()
    def look(self, event: Any) -> None:
        """Not asked for anything."""


def elsewhere(function: Callable[[], object]) -> bool:
    """Whether a thread of its own gets through with it, while this one waits."""
    done = threading.Event()
    threading.Thread(target=lambda: (function(), done.set()), daemon=True).start()
    return done.wait(PATIENCE)


def test_other_threads_are_not_held_up_by_handlers(network) -> None:
    through: list[tuple[str, bool]] = []

    def meddle(stream: Any) -> None:
        network.loop.add_handler(Other())
        network.loop.delayed_call(1000, lambda: None)
        stream.send(Message(to_jid="localhost", body="from elsewhere"))
        for lock in (stream.lock, stream.transport.lock, network.loop.event_dispatcher.lock):
            with lock:
                continue

    def authorized(event: Any) -> None:
        if event.stream.initiator:
            through.append(("event", elsewhere(lambda: meddle(event.stream))))
            network.loop.delayed_call(0, lambda: timeout(event.stream))

    def timeout(stream: Any) -> None:
        through.append(("timeout", elsewhere(lambda: meddle(stream))))
        stream.send(Message(to_jid="localhost", body="echo"))

    def echo(stanza: Any) -> None:
        if stanza.body == "echo":
            stanza.return_path.send(Message(to_jid=stanza.from_jid, body="back"))

    def back(stanza: Any) -> None:
        through.append(("stanza", elsewhere(lambda: meddle(stanza.return_path))))
        stanza.return_path.disconnect()

    network.recorder.acts["AuthorizedEvent"] = authorized
    network.server_route.act = echo
    network.client_route.act = back
    network.client()
    network.run(60.0)
    assert through == [("event", True), ("timeout", True), ("stanza", True)]
