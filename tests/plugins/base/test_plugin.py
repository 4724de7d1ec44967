# SPDX-License-Identifier: MIT
"""The base class of plugins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from xmppkit.api import APIRegistry
from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import MatcherId, StanzaPath
from xmppkit.exceptions import ConfigurationError
from xmppkit.jid.address import JID
from xmppkit.plugins.base.declarations import Option, api_operation, filters, handles, listens
from xmppkit.plugins.base.plugin import BasePlugin
from xmppkit.storage.memory import MemoryStorage


class Host:
    """A stream that keeps lists of what is registered with it."""

    def __init__(self) -> None:
        self.boundjid = JID("me@example.org/here")
        self.is_component = False
        self.api = APIRegistry(self)
        self.plugin: dict[str, Any] = {}
        self.plugin_config: dict[str, Any] = {}
        self.handlers: list[Any] = []
        self.placed: list[tuple[Any, Any]] = []
        self.events: list[tuple[str, Callable[..., Any]]] = []
        self.filters: list[tuple[str, Callable[..., Any], int | None]] = []
        self.features: list[tuple[str, int]] = []
        self.schedules: dict[str, tuple[Any, ...]] = {}
        self.wrapped: list[asyncio.Future[Any]] = []

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def wrap(self, awaitable: Awaitable[Any], /) -> asyncio.Future[Any]:
        self.wrapped.append(asyncio.ensure_future(awaitable))
        return self.wrapped[-1]

    spawn = wrap

    def register_handler(self, handler: Any, before: Any = None, after: Any = None) -> None:
        self.handlers.append(handler)
        self.placed.append((before, after))

    def remove_handler(self, handler: Any) -> bool:
        self.handlers.remove(handler)
        return True

    def add_event_handler(self, name: str, pointer: Callable[..., Any]) -> None:
        self.events.append((name, pointer))

    def del_event_handler(self, name: str, pointer: Callable[..., Any]) -> None:
        self.events.remove((name, pointer))

    def add_filter(self, mode: str, handler: Callable[..., Any], order: int | None = None) -> None:
        self.filters.append((mode, handler, order))

    def del_filter(self, mode: str, handler: Callable[..., Any]) -> None:
        self.filters = [each for each in self.filters if each[:2] != (mode, handler)]

    def register_feature(
        self, name: str, handler: Callable[..., Any], restart: bool, order: int, *, tag: str = ""
    ) -> None:
        self.features.append((name + tag, order))

    def unregister_feature(self, name: str, order: int) -> None:
        self.features.remove((name, order))

    def schedule(self, name: str, seconds: float, callback: Callable[..., Any], args: Any, repeat: bool) -> None:
        self.schedules[name] = (seconds, callback, args, repeat)

    def cancel_schedule(self, name: str) -> None:
        del self.schedules[name]

    @property
    def leftovers(self) -> tuple[Any, ...]:
        return (self.handlers, self.events, self.filters, self.features, self.schedules)


NOTHING: tuple[Any, ...] = ([], [], [], [], {})


class Disco:
    def __init__(self) -> None:
        self.features: list[str] = []

    def announce(self, features: tuple[str, ...]) -> None:
        self.features += features

    def withdraw(self, features: tuple[str, ...]) -> None:
        self.features = [each for each in self.features if each not in features]


class Stanza:
    def __init__(self, stream: Host) -> None:
        self.stream = stream

    def __str__(self) -> str:
        return "it"


class Version(BasePlugin):
    name = "xep_0092"
    description = "Software Version"
    disco_features = ("jabber:iq:version",)
    software = Option(str, "xmppkit")
    log: list[str]

    def plugin_init(self) -> None:
        self.log = ["init"]

    def plugin_end(self) -> None:
        self.log.append("end")

    @handles("iq@type=get/software_version", "Software Version")
    def answer(self, iq: Any) -> None:
        self.log.append(f"answered {iq}")

    @handles(MatcherId("x"), before="Software Version")
    @handles(lambda plugin: MatcherId(plugin.software), after="other", instream=True)
    def odd(self, iq: Any) -> None:
        raise AssertionError

    @listens("session_start")
    async def greet(self, _: object) -> None:
        raise AssertionError

    @filters("out", 2)
    def stamp(self, stanza: Any) -> Any:
        return stanza

    @api_operation()
    def get_version(self, jid: JID, node: str, ifrom: Any, args: Any) -> str:
        return f"{self.software} {args}"


async def test_declarations_are_registered_and_undone() -> None:
    xmpp = Host()
    plugin = Version(xmpp, {"software": "other"})
    assert xmpp.leftovers == NOTHING
    plugin._init()
    answer, odd, computed = xmpp.handlers
    assert all(isinstance(handler, Callback) for handler in xmpp.handlers)
    assert (answer.name, odd.name, computed.name) == ("Software Version", "xep_0092.odd", "xep_0092.odd")
    assert isinstance(answer.matcher, StanzaPath)
    assert isinstance(computed.matcher, MatcherId)
    assert computed.matcher.id == "other"
    assert xmpp.placed == [(None, None), ("Software Version", None), (None, "other")]
    xmpp.plugin["xep_0092"] = plugin
    other = Host()
    Version(other)._init()
    assert other.handlers[0] is answer  # one for all streams
    answer.run(Stanza(xmpp))
    assert plugin.log == ["init", "answered it"]
    assert xmpp.events == [("session_start", plugin.greet)]
    assert xmpp.filters == [("out", plugin.stamp, 2)]
    assert await plugin.api["get_version"](args=1) == "other 1"
    xmpp.api.register(lambda *_: "the program's", "xep_0092", "get_version")

    plugin._end(complete=True)
    assert plugin.log[-1] == "end"
    assert xmpp.leftovers == NOTHING
    assert await plugin.api["get_version"](args=1) == "the program's"
    xmpp.api.unregister("xep_0092", "get_version")
    assert await plugin.api["get_version"](args=1) is None


async def test_what_is_registered_later_is_undone_in_reverse_order() -> None:
    xmpp = Host()
    order: list[str] = []

    class Busy(BasePlugin):
        name = "busy"

        def plugin_init(self) -> None:
            self.on_end(lambda: order.append("first"))
            self.register_handler(Callback("h", MatcherId("1"), print), before="x")
            self.add_event_handler("message", print)
            self.add_filter("in", print)
            self.register_api(lambda *_: "api", "op")
            self.register_feature("f", print, order=7)
            self.schedule("s", 3.0, print, ["a"], repeat=True)
            self.on_end(lambda: order.append("last"))

    plugin = Busy(xmpp)
    plugin._init()
    assert xmpp.placed == [("x", None)]
    assert xmpp.features == [("f", 7)]
    assert xmpp.schedules == {"s": (3.0, print, ("a",), True)}
    assert await plugin.api["op"]() == "api"
    plugin._end(complete=True)
    assert order == ["last", "first"]
    assert xmpp.leftovers == NOTHING
    plugin._end(complete=True)
    assert order == ["last", "first"]  # nothing is undone twice


async def test_a_failing_end_stops_nothing() -> None:
    xmpp = Host()

    class Broken(BasePlugin):
        name = "broken"

        def plugin_init(self) -> None:
            self.add_event_handler("message", print)
            self.on_end(lambda: 1 / 0)

        def plugin_end(self) -> None:
            raise KeyError("the first")

    plugin = Broken(xmpp)
    plugin._init()
    with pytest.raises(KeyError, match="the first"):
        plugin._end(complete=True)
    assert xmpp.leftovers == NOTHING


async def test_plugin_end_needs_a_plugin_init() -> None:
    xmpp = Host()
    plugin = Version(xmpp)
    plugin.add_event_handler("x", print)
    plugin._end(complete=False)
    assert not hasattr(plugin, "log")
    assert xmpp.leftovers == NOTHING


async def test_a_stream_feature_that_another_element_announces() -> None:
    xmpp = Host()
    plugin = Version(xmpp)
    plugin.register_feature("f", print, order=7, tag="{urn:x}y")
    assert xmpp.features == [("f{urn:x}y", 7)]


async def test_features_are_announced_and_withdrawn() -> None:
    xmpp = Host()
    disco = xmpp.plugin["xep_0030"] = Disco()
    plugin = Version(xmpp)
    plugin._init()
    assert disco.features == []  # not bound yet
    plugin._bound(xmpp.boundjid)
    assert disco.features == ["jabber:iq:version"]
    plugin._end(complete=True)
    assert disco.features == []


async def test_features_without_disco() -> None:
    xmpp = Host()
    plugin = Version(xmpp)
    plugin._init()
    plugin._bound(xmpp.boundjid)
    plugin._end(complete=True)
    assert plugin.log == ["init", "end"]
    assert xmpp.wrapped == []


async def test_the_stream_is_bound() -> None:
    xmpp = Host()
    bound: list[JID] = []

    class Plain(BasePlugin):
        name = "plain"

        def session_bind(self, jid: JID) -> None:
            bound.append(jid)

    class Later(BasePlugin):
        name = "later"

        async def session_bind(self, jid: JID) -> None:
            bound.append(jid)

    for cls in (Plain, Later):
        plugin = cls(xmpp)
        plugin._init()
        plugin._bound(xmpp.boundjid)
    await asyncio.gather(*xmpp.wrapped)
    assert bound == [xmpp.boundjid] * 2
    quiet = BasePlugin(xmpp)
    quiet._init()
    quiet.post_init()
    quiet._bound(xmpp.boundjid)
    assert quiet.session_bind(xmpp.boundjid) is None
    quiet._end(complete=True)


def test_options_and_old_configuration() -> None:
    class Parent(BasePlugin):
        name = "parent"
        default_config = {"old": [], "kept": 1}
        typed = Option(int, 5)
        gone = Option(int, 6)

    class Child(Parent):
        name = "child"
        default_config = {"old": "other", "typed": 7}
        gone = "no option any more"  # type: ignore[assignment]

    assert Parent.default_config == {"old": [], "kept": 1, "typed": 5, "gone": 6}
    assert Child.default_config["typed"] == 7
    xmpp = Host()
    parent = Parent(xmpp, {"kept": 2, "typed": 8})
    assert (parent.old, parent.kept, parent.typed, parent.gone) == ([], 2, 8, 6)
    parent.kept = 3
    parent.other = 4
    assert parent.config == {"old": [], "kept": 3, "typed": 8, "gone": 6}
    assert parent.other == 4
    parent.config = {"old": 1, "kept": 2, "typed": 3}
    assert (parent.old, parent.typed) == (1, 3)
    child = Child(xmpp)
    assert (child.old, child.typed, child.gone) == ("other", 7, "no option any more")
    assert Parent(xmpp).kept == 1
    with pytest.raises(AttributeError, match="'Child' object has no attribute 'missing'"):
        child.missing  # noqa: B018
    with pytest.raises(ConfigurationError, match=r"Parent\.typed"):
        Parent(xmpp, {"typed": "x"})


def test_an_unknown_option_is_told(caplog: pytest.LogCaptureFixture) -> None:
    class Free(BasePlugin):
        """As slixmpp's: what its configuration may hold is not declared."""

        name = "free"

    xmpp = Host()
    with caplog.at_level(logging.WARNING):
        assert Free(xmpp, {"anything": 1}).config == {"anything": 1}
        assert caplog.messages == []
        plugin = Version(xmpp, {"sofware": "x"})
    assert caplog.messages == ["xep_0092 has no option 'sofware'"]
    assert plugin.config == {"software": "xmppkit", "sofware": "x"}
    plugin.configure({"software": "y"})
    assert plugin.software == "y"


async def test_overriding_what_is_declared() -> None:
    xmpp = Host()

    class Other(Version):
        name = "other"
        odd = None  # type: ignore[assignment]

        def answer(self, iq: Any) -> None:
            self.log.append("overridden")

        @listens("session_end")
        async def greet(self, _: object) -> None:
            raise AssertionError

    plugin = Other(xmpp)
    plugin._init()
    assert [handler.name for handler in xmpp.handlers] == ["Software Version"]
    xmpp.plugin["other"] = plugin
    xmpp.handlers[0].run(Stanza(xmpp))
    assert plugin.log == ["init", "overridden"]
    assert ("session_end", plugin.greet) in xmpp.events
    assert "session_start" not in [name for name, _ in xmpp.events]
    plugin._end(complete=True)
    assert (xmpp.handlers, xmpp.events) == ([], [])


async def test_hearing_of_what_has_happened() -> None:
    xmpp = Host()
    heard: list[Any] = []

    class Listening(BasePlugin):
        name = "listening"

        @listens("tea")
        def now(self, data: Any) -> None:
            heard.append(("now", data))

        @listens("tea")
        async def later(self, data: Any) -> None:
            heard.append(("later", data))

        @listens("tea")
        def never(self, data: Any) -> None:
            raise AssertionError

        @listens("milk")
        def other(self, data: Any) -> None:
            raise AssertionError

    class Sub(Listening):
        never = None  # type: ignore[assignment]

    Sub(xmpp).hear("tea", 1)
    await asyncio.gather(*xmpp.wrapped)
    assert heard == [("now", 1), ("later", 1)]


async def test_methods_of_a_users_plugin_may_have_our_names() -> None:
    xmpp = Host()

    class Clashing(BasePlugin):
        name = "clashing"
        disco_features = ("urn:x",)

        def register_handler(self, *_: Any) -> None:
            raise AssertionError

        add_event_handler = add_filter = register_api = on_end = configure = register_handler  # type: ignore[assignment]

        @handles("message")
        @listens("message")
        @filters("in")
        @api_operation("op")
        def all_of_it(self, *_: Any) -> str:
            return "yes"

    plugin = Clashing(xmpp, {"a": 1})
    plugin._init()
    assert len(xmpp.handlers) == len(xmpp.filters) == 1
    assert await plugin.api["op"]() == "yes"
    plugin._end(complete=True)
    assert xmpp.leftovers == NOTHING


class Shelf:
    """Keeps values; says where."""

    def __init__(self, place: str) -> None:
        self.place = place

    def put(self, jid: JID, node: str, ifrom: JID | None, args: object) -> str:
        return self.place


class Keeping(BasePlugin):
    """A plugin with an operation that keeps something."""

    name = "keeping"

    def plugin_init(self) -> None:
        self.register_store(("put",), Shelf("memory"), lambda storage: Shelf(type(storage).__name__))


async def test_what_keeps_something_is_replaced_by_the_storage() -> None:
    host = Host()
    plugin = Keeping(host)
    plugin._init()
    assert await plugin.api["put"]() == "memory"
    plugin.use_storage(MemoryStorage())
    assert await plugin.api["put"]() == "MemoryStorage"
    plugin.api.register(Shelf("the program's").put, "put")
    plugin.use_storage(MemoryStorage())
    assert await plugin.api["put"]() == "the program's"
    plugin.api.unregister("put")
    plugin._end(complete=True)
    plugin.use_storage(MemoryStorage())
    assert await plugin.api["put"]() is None


async def test_a_plugin_that_is_enabled_when_there_is_a_storage() -> None:
    host = Host()
    vars(host)["storage"] = MemoryStorage()
    plugin = Keeping(host)
    plugin._init()
    assert await plugin.api["put"]() == "MemoryStorage"
