# SPDX-License-Identifier: MIT
"""All plugins of the library together: what they register is gone when they are disabled, in whichever order, and
whatever has happened in between."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from xml.etree.ElementTree import ParseError

import pytest
import xep_examples
import xep_wire

from xmppkit.basexmpp import BaseXMPP
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.dispatch.filters import FilterMode
from xmppkit.plugins.base.names import PLUGINS
from xmppkit.testing.wire import Wire
from xmppkit.xml.names import CLIENT, COMPONENT
from xmppkit.xml.serializer import serialize

#: What runs only if a program asks for it.
CONFIG = {"xep_0199": {"keepalive": True}}
#: Those that are enabled by default, and the others.
NAMES = sorted({*PLUGINS, *(f"xep_{number}" for number in xep_examples.with_plugin())})
#: How many examples of XEPs are received between enabling and disabling.
RECEIVED = 60
ORDERS = 12


def stanzas() -> list[str]:
    """The stanzas in the examples of the XEPs, as traffic that plugins find something in."""
    found = []
    for xep in xep_wire.all_xeps():
        for example in xep.examples:
            try:
                roots = xep_wire.roots(example.text)
            except ParseError:
                continue
            kinds = tuple(f"{{{CLIENT}}}{name}" for name in ("message", "presence", "iq"))
            found += [serialize(each, default_namespace=CLIENT) for each in roots if each.tag in kinds]
    return found


STANZAS = stanzas()


def registered(stream: BaseXMPP) -> dict[str, Any]:
    """All that a plugin can leave behind in a stream."""
    events = stream._bus._handlers
    operations = stream.api._operations
    return {
        "handlers": [handler.name for handler in stream._handlers],
        "filters": {mode: stream._filters.of(mode) for mode in FilterMode},
        "event handlers": {name: handlers for name, handlers in events.items() if handlers},
        "features": list(getattr(stream, "_own_features", ())),
        "operations": [
            (plugin, name)
            for plugin, known in operations.items()
            for name, operation in known.items()
            if operation.default or operation.handlers
        ],
        "providers": dict(stream.api._providers),
        "tasks": stream._tasks.running(),
        "tasks of the loop": asyncio.all_tasks(),
        "timers": list(stream._scheduler),
        # But for the one that all IQs of the stream share: it stays until the time of the last one has passed.
        "timers of the loop": [
            timer
            for timer in asyncio.get_running_loop()._scheduled
            if not timer.cancelled() and "PendingIqs._expire" not in repr(timer)
        ],
        "plugins": list(stream.plugin),
    }


def different(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What is not as it was."""
    return {key: (before[key], after[key]) for key in before if before[key] != after[key]}


def make(kind: str) -> tuple[BaseXMPP, str]:
    """A stream, and the namespace of its stanzas."""
    stream: BaseXMPP
    if kind == "component":
        stream = ComponentXMPP("bot.localhost", "secret", "localhost", 5347)
    else:
        stream = ClientXMPP("bot@localhost/here", "secret")
    stream.plugin_config = CONFIG
    return stream, COMPONENT if kind == "component" else CLIENT


async def settle() -> None:
    """Let everything happen that can happen now."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(ORDERS))
@pytest.mark.parametrize("kind", ["client", "component"])
async def test_nothing_is_left(kind: str, seed: int) -> None:
    choice = random.Random(seed)
    stream, namespace = make(kind)
    faults: list[BaseException] = []
    stream.exception = faults.append  # type: ignore[method-assign,assignment]
    wire = Wire(stream)
    await settle()
    before = registered(stream)

    names = list(NAMES)
    choice.shuffle(names)
    for name in names:
        stream.register_plugin(name)
    assert set(stream.plugin) >= set(NAMES)
    await settle()
    assert len(registered(stream)["handlers"]) > len(before["handlers"])
    for text in choice.sample(STANZAS, RECEIVED):
        wire.receive(text.replace(CLIENT, namespace))
        await asyncio.sleep(0)
    await settle()
    assert await wire.sent(), "what was received has been answered, with errors at least"

    choice.shuffle(names)
    for name in names:
        stream.plugin.disable(name)
        await asyncio.sleep(0)
    for name in set(stream.plugin) - set(before["plugins"]):  # what is not in the list, and was needed
        stream.plugin.disable(name)
    await settle()
    assert different(before, registered(stream)) == {}
    assert not faults
    await wire.end()


async def test_nothing_is_left_of_what_was_never_bound() -> None:
    stream, _ = make("client")
    await settle()
    before = registered(stream)
    stream.register_plugins()
    for name in reversed([name for name in stream.plugin if name not in before["plugins"]]):
        stream.plugin.disable(name)
    await settle()
    assert different(before, registered(stream)) == {}
