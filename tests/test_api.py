# SPDX-License-Identifier: MIT
"""The internal API registry."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest

from xmppkit.api import APIRegistry, APIWrapper
from xmppkit.jid.address import JID

OWN = JID("me@example.org/here")
OTHER = JID("juliet@example.net/balcony")


class Host:
    """What the registry needs of a stream."""

    def __init__(self, *, is_component: bool = False) -> None:
        self.boundjid = OWN
        self.is_component = is_component

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def wrap(self, awaitable: Awaitable[Any], /) -> asyncio.Future[Any]:
        return asyncio.ensure_future(awaitable)


class Awaitable3:
    """Something that is awaitable and neither a coroutine nor a future."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        return self.value


class Recorder:
    """Handlers of all kinds, which remember their calls."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.calls: list[tuple[Any, ...]] = []

    def handler(self, label: str) -> Callable[..., Any]:
        def plain(jid: JID, node: str, ifrom: Any, args: Any) -> str:
            self.calls.append((jid, node, ifrom, args))
            return label

        async def coroutine(jid: JID, node: str, ifrom: Any, args: Any) -> str:
            await asyncio.sleep(0)
            return plain(jid, node, ifrom, args)

        def returning(jid: JID, node: str, ifrom: Any, args: Any) -> Awaitable3:
            return Awaitable3(plain(jid, node, ifrom, args))

        def nested(jid: JID, node: str, ifrom: Any, args: Any) -> Any:
            async def outer() -> Any:
                return Awaitable3(plain(jid, node, ifrom, args))

            return outer()

        kinds: dict[str, Callable[..., Any]] = {
            "plain": plain,
            "coroutine": coroutine,
            "awaitable": returning,
            "nested": nested,
            "partial": functools.partial(plain),
        }
        return kinds[self.kind]


@pytest.fixture
def api() -> APIWrapper:
    return APIRegistry(Host())["xep_0231"]


KINDS = ("plain", "coroutine", "awaitable", "nested", "partial")


@pytest.mark.parametrize("kind", KINDS)
async def test_the_most_special_handler_is_called(api: APIWrapper, kind: str) -> None:
    recorder = Recorder(kind)
    api.register_default(recorder.handler("default"), "op")

    async def ask(jid: Any, node: Any) -> Any:
        return await api["op"](jid, node, OTHER, "argument")

    assert await ask(OTHER, "n") == "default"
    api.register(recorder.handler("global"), "op")
    assert await ask(OTHER, "n") == "global"
    api.register(recorder.handler("node"), "op", node="n")
    assert await ask(OTHER, "n") == "node"
    assert await ask(OTHER, None) == "global"
    api.register(recorder.handler("jid"), "op", jid=OTHER)
    assert await ask(OTHER, "n") == "jid"
    assert await ask(OTHER, None) == "jid"
    assert await ask(OWN, "n") == "node"
    assert await ask(OWN, None) == "global"
    api.register(recorder.handler("both"), "op", OTHER, "n")
    assert await ask(OTHER, "n") == "both"
    assert await ask(OTHER, "m") == "jid"
    assert await ask(str(OTHER), "n") == "both"
    assert len(recorder.calls) == 11  # each call ran one handler, once
    assert recorder.calls[-1] == (OTHER, "n", OTHER, "argument")


async def test_what_is_not_given(api: APIWrapper) -> None:
    recorder = Recorder("plain")
    api.register(recorder.handler("x"), "op")
    await api["op"]()
    await api["op"]("")
    await api.run("op", JID(""))
    assert recorder.calls == [(OWN, "", None, None)] * 3


async def test_nobody_handles_it(api: APIWrapper) -> None:
    assert await api["op"]() is None
    api.register(lambda jid, node, ifrom, args: 1, "op", jid=OTHER)
    assert await api["op"]() is None


async def test_a_plain_function_has_run_when_the_call_returns(api: APIWrapper) -> None:
    recorder = Recorder("plain")
    api.register(recorder.handler("x"), "op")
    future = api["op"](args=1)
    assert recorder.calls == [(OWN, "", None, 1)]
    assert future.result() == "x"


@pytest.mark.parametrize("exception", [TypeError, ValueError, KeyError, AttributeError, RuntimeError, StopIteration])
@pytest.mark.parametrize("kind", ["plain", "coroutine"])
async def test_an_exception_reaches_the_caller_and_the_handler_ran_once(
    api: APIWrapper, exception: type[Exception], kind: str
) -> None:
    raised = exception("the handler's own")
    calls = []

    def plain(jid: JID, node: str, ifrom: Any, args: Any) -> None:
        calls.append(args)
        raise raised

    async def coroutine(jid: JID, node: str, ifrom: Any, args: Any) -> None:
        plain(jid, node, ifrom, args)

    api.register(plain if kind == "plain" else coroutine, "op")
    if exception is StopIteration:
        # Python itself turns one that leaves a coroutine into a RuntimeError.
        if kind == "plain":
            with pytest.raises(StopIteration) as stopped:
                api["op"]()
            assert stopped.value is raised
        else:
            with pytest.raises(RuntimeError):
                await api["op"]()
    else:
        with pytest.raises(exception) as info:
            await api["op"]()
        assert info.value is raised
    assert calls == [None]


async def test_an_exception_that_ends_programs_is_not_held_back(api: APIWrapper) -> None:
    def quits(jid: JID, node: str, ifrom: Any, args: Any) -> None:
        raise KeyboardInterrupt

    api.register(quits, "op")
    with pytest.raises(KeyboardInterrupt):
        api["op"]()


async def test_a_handler_with_three_arguments(api: APIWrapper) -> None:
    calls = []

    def three(jid: JID, node: str, args: Any) -> None:
        calls.append((jid, node, args))
        raise TypeError("three() takes 3 positional arguments but 4 were given")  # as if

    api.register(three, "op")
    with pytest.raises(TypeError, match="takes 3"):
        await api["op"](OTHER, "n", OWN, "a")
    assert calls == [(OTHER, "n", "a")]


async def test_handlers_that_take_anything_get_all_four(api: APIWrapper) -> None:
    api.register(lambda *args: args, "op")
    assert await api["op"](OTHER, "n", OWN, "a") == (OTHER, "n", OWN, "a")
    api.register(lambda jid, node, args=None, more="no": (args, more), "op")
    assert await api["op"](OTHER, "n", OWN, "a") == (OWN, "a")


class Mute:
    """Callable, but its signature is unknown, as that of some built-in functions."""

    @property
    def __signature__(self) -> None:
        raise ValueError("no signature found")

    def __call__(self, *args: Any) -> Any:
        return args


async def test_a_callable_that_tells_no_signature(api: APIWrapper) -> None:
    api.register(Mute(), "op")
    assert await api["op"](OTHER, "n", OWN, "a") == (OTHER, "n", OWN, "a")


@pytest.mark.parametrize("handler", [lambda: None, lambda a, b: None, lambda a, b, c, d, e: None])
def test_what_is_no_handler_is_refused_at_once(api: APIWrapper, handler: Any) -> None:
    with pytest.raises(TypeError, match="it must take"):
        api.register(handler, "op")
    with pytest.raises(TypeError, match="it must take"):
        api.register_default(handler, "op")


async def test_register_with_default(api: APIWrapper) -> None:
    api.register(lambda *_: "first", "op", default=True)
    api.register(lambda *_: "second", "op")
    assert await api["op"]() == "second"
    api.unregister("op")
    assert await api["op"]() == "first"
    api.unregister("op")
    assert await api["op"]() == "first"
    api.unregister_default("op")
    assert await api["op"]() is None


@pytest.mark.parametrize(("jid", "node"), [(OTHER, "n"), (OTHER, None), (None, "n"), (None, None)])
async def test_unregister_at_each_level(api: APIWrapper, jid: Any, node: Any) -> None:
    api.register_default(lambda *_: "default", "op")
    api.register(lambda *_: "special", "op", jid, node)
    assert await api["op"](OTHER, "n") == "special"
    api.unregister("op", jid, node)
    assert await api["op"](OTHER, "n") == "default"


@pytest.mark.parametrize(("jid", "node"), [(OTHER, "n"), (OTHER, None), (None, "n"), (None, None)])
async def test_restore_default_at_each_level(api: APIWrapper, jid: Any, node: Any) -> None:
    api.register_default(lambda *_: "default", "op")
    api.register(lambda *_: "everybody's", "op")
    api.register(lambda *_: "special", "op", jid, node)
    assert await api["op"](OTHER, "n") == "special"
    api.restore_default("op", jid, node)
    assert await api["op"](OTHER, "n") == "default"
    if jid is not None or node is not None:
        assert await api["op"](OWN, "m") == "everybody's"


async def test_restore_default_without_one(api: APIWrapper) -> None:
    api.register(lambda *_: "special", "op")
    api.restore_default("op")
    assert await api["op"]() is None


async def test_purge(api: APIWrapper) -> None:
    other = api.api.wrap("xep_0030")
    for each in (api, other):
        each.register(lambda *_: "x", "op", default=True)
        each.settings["client_bare"] = True
    api.purge()
    api.purge()
    assert await api["op"]() is None
    assert api.settings == {"client_bare": False, "component_bare": False}
    assert await other["op"]() == "x"
    assert other.settings["client_bare"] is True


@pytest.mark.parametrize("is_component", [False, True])
@pytest.mark.parametrize("setting", ["client_bare", "component_bare"])
async def test_bare(is_component: bool, setting: str) -> None:
    api = APIRegistry(Host(is_component=is_component)).wrap("xep_0231")
    api.settings[setting] = True
    api.register(lambda jid, node, ifrom, args: jid, "op")
    expected = OTHER.bare if is_component == (setting == "component_bare") else OTHER.full
    assert (await api["op"](OTHER)).full == expected
    assert (await api["op"](str(OTHER))).full == expected
    api.register(lambda *_: "special", "op", jid="romeo@example.net/a")
    if expected == OTHER.bare:
        assert await api["op"]("romeo@example.net/b") == "special"
        assert (await api["op"]()).full == OWN.bare
    else:
        assert (await api["op"]("romeo@example.net/b")).full == "romeo@example.net/b"


class Store:
    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, jid: JID, node: str, args: Any) -> str:
        return f"{self.name}: got {args}"

    def put(self, jid: JID, node: str, ifrom: Any, args: Any) -> str:
        return f"{self.name}: put {args}"

    def odd(self) -> None: ...


async def test_the_methods_of_an_object_are_defaults(api: APIWrapper) -> None:
    api.register_default(lambda *_: "before", "get")
    api.register_defaults(Store("one"), ("get", "put"))
    assert await api["get"](args=1) == "one: got 1"
    assert await api["put"](args=2) == "one: put 2"
    api.register_defaults(Store("two"), ("get",))
    assert await api["get"](args=1) == "two: got 1"
    assert await api["put"](args=2) == "one: put 2"
    api.register_default(lambda *_: "after", "get")
    assert await api["get"]() == "after"
    api.unregister_default("get")
    assert await api["get"]() is None
    assert await api["put"](args=2) == "one: put 2"
    api.unregister_defaults(("get", "put"))
    assert await api["put"]() is None
    with pytest.raises(TypeError, match=r"Store\.odd.* is no API handler"):
        api.register_defaults(Store("three"), ("odd",))


async def test_whether_a_default_is_replaced(api: APIWrapper) -> None:
    api.register_defaults(Store("one"), ("get",))
    assert not api.is_replaced("get")
    api.register(lambda *_: 1, "get", jid=OTHER)
    assert api.is_replaced("get")
    api.unregister("get", jid=OTHER)
    assert not api.is_replaced("get")
    api.restore_default("get", OTHER)
    api.register_defaults(Store("two"), ("get",))
    assert await api["get"](OTHER, args=1) == "one: got 1"
    api.purge()
    assert await api["get"](OTHER) is None


def test_the_defaults_there_are(api: APIWrapper) -> None:
    assert api.api.defaults(api.name) == {}
    store = Store("one")
    api.register_defaults(store, ("put",))
    other = Recorder("plain").handler("other")
    api.register_default(other, "drop")
    api.register(other, "put")
    assert api.api.defaults(api.name) == {"drop": other, "put": store.put}


async def test_the_registrys_own_forms() -> None:
    registry = APIRegistry(Host())
    registry.register("p", lambda *_: "name first", "op")
    assert await registry.run("p", "op") == "name first"
    registry.register(lambda *_: "handler first", "p", "op", OTHER, "n")
    assert await registry.run("p", "op", OTHER, "n") == "handler first"
    registry.unregister("p", "op", OTHER, "n")
    assert await registry.run("p", "op", OTHER, "n") == "name first"
    registry.register_default("p", lambda *_: "default", "op")
    registry.restore_default("p", "op")
    assert await registry.run("p", "op") == "default"
    registry.register_default(lambda *_: "other default", "p", "op")
    registry.unregister("p", "op")
    assert await registry.run("p", "op") == "other default"
    registry.settings("p")["client_bare"] = True
    assert registry["p"].settings["client_bare"] is True
    registry.purge("p")
    assert await registry.run("p", "op") is None


@pytest.mark.parametrize("pair", [("p", "q"), (print, print)])
def test_a_callable_and_a_name(pair: tuple[Any, Any]) -> None:
    registry = APIRegistry(Host())
    with pytest.raises(TypeError, match="a callable and the name"):
        registry.register(*pair, "op")
    with pytest.raises(TypeError, match="a callable and the name"):
        registry.register_default(*pair, "op")
