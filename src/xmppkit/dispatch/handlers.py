# SPDX-License-Identifier: MIT
"""Handlers: what runs when a matcher accepts a stanza.

A handler is registered with a stream under a name. For each stanza the stream collects all handlers that
match, calls `BaseHandler.prerun` of each, then `BaseHandler.run` of each, in order of registration, and
drops those whose `BaseHandler.check_delete` is true. All of them get the same stanza object.

Callbacks may be plain functions or coroutine functions; a coroutine runs as a task of the stream, and an
exception from it is treated like one from a plain function: it goes to the stanza, which answers with an
error.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from weakref import ref
from xml.etree import ElementTree as ET

from xmppkit.dispatch.awaiting import is_work

__all__ = [
    "RESPONSE_TIMEOUT",
    "BaseHandler",
    "Callback",
    "Collector",
    "CoroutineCallback",
    "HandlerStream",
    "Matcher",
    "SharedCallback",
    "Waiter",
    "XMLCallback",
    "XMLWaiter",
    "report_fault",
]

log = logging.getLogger(__name__)

#: Seconds that `Waiter.wait` waits when no timeout is given.
RESPONSE_TIMEOUT = 30.0


class Matcher(Protocol):
    """What a handler needs of its matcher."""

    def match(self, xml: Any, /) -> bool: ...


class HandlerStream(Protocol):
    """What a handler needs of the stream it is registered with."""

    def wrap(self, coro: Awaitable[Any], /) -> asyncio.Future[Any]: ...

    def exception(self, exception: BaseException, /) -> None: ...

    def remove_handler(self, name: Any, /) -> bool: ...


#: Tasks of handlers that have no stream: asyncio itself keeps only weak references to tasks.
_strays: set[asyncio.Future[Any]] = set()


def report_fault(exc: Exception, payload: object, stream: HandlerStream | None) -> None:
    """Hand an exception from a handler to the stanza it was handling (which answers with an error), else to
    the stream, else to the log."""
    own = getattr(payload, "exception", None)
    if own is not None:
        own(exc)
    elif stream is not None:
        stream.exception(exc)
    else:
        log.error("a handler without a stream failed", exc_info=exc)


class BaseHandler:
    """The root of all handlers.

    :param name: what `remove_handler` takes; names need not be unique.
    :param matcher: decides which stanzas the handler gets.
    :param stream: the stream; set by `register_handler` when None. Only a weak reference is kept.
    """

    __slots__ = ("__weakref__", "_destroy", "_matcher", "_payload", "name", "plain", "stream")

    def __init__(self, name: str, matcher: Matcher, stream: Any | None = None) -> None:
        self.name = name
        self.stream: Callable[[], Any] | None = ref(stream) if stream is not None else None
        self._matcher = matcher
        self._destroy = False
        self._payload: Any = None
        self.plain = False
        """Whether `run` is all there is to call: `prerun` does nothing, and the handler stays."""

    @property
    def matcher(self) -> Matcher:
        """The matcher that was given."""
        return self._matcher

    def match(self, xml: Any) -> bool:
        """Whether the handler wants this stanza."""
        return self._matcher.match(xml)

    def prerun(self, payload: Any) -> None:
        """Called with the stanza before any handler's `run`."""
        self._payload = payload

    def run(self, payload: Any) -> None:
        """Called with the stanza, in order of registration."""
        self._payload = payload

    def check_delete(self) -> bool:
        """Whether the handler is spent and is to be dropped."""
        return self._destroy

    def _host(self) -> HandlerStream | None:
        return self.stream() if self.stream is not None else None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self._matcher!r})"


class Callback(BaseHandler):
    """Calls a function with the stanza.

    :param name: what `remove_handler` takes.
    :param matcher: decides which stanzas the handler gets.
    :param pointer: takes the stanza. A coroutine function is accepted as well; its coroutine becomes a task.
    :param once: the handler is dropped after the first stanza.
    :param instream: call before the handlers that were registered earlier get their turn.
    :param stream: the stream; set by `register_handler` when None.
    """

    __slots__ = ("_instream", "_once", "_pointer")

    def __init__(
        self,
        name: str,
        matcher: Matcher,
        pointer: Callable[..., Any],
        once: bool = False,
        instream: bool = False,
        stream: Any | None = None,
    ) -> None:
        super().__init__(name, matcher, stream)
        self._pointer = pointer
        self._once = once
        self._instream = instream
        self.plain = not once and not instream and type(self) in (Callback, SharedCallback, CoroutineCallback)

    def prerun(self, payload: Any) -> None:
        if self._once:
            # Before the call, not after it: what the callback does may bring the next stanza in.
            self._destroy = True
        if self._instream:
            self._call(payload)

    def run(self, payload: Any) -> None:
        if not self._instream:
            self._call(payload)

    def _call(self, payload: Any) -> None:
        result = self._pointer(payload)
        if result is not None and is_work(result):
            self._start(result, payload)

    def _start(self, awaitable: Awaitable[Any], payload: Any) -> None:
        stream = self._host()
        guarded = _guard(awaitable, payload, stream)
        if stream is not None:
            stream.wrap(guarded)
        else:
            task = asyncio.ensure_future(guarded)
            _strays.add(task)
            task.add_done_callback(_strays.discard)


async def _guard(awaitable: Awaitable[Any], payload: Any, stream: HandlerStream | None) -> None:
    try:
        await awaitable
    except Exception as exc:  # whatever a user's handler raises is answered, never lost in a task
        report_fault(exc, payload, stream)


def _no_stream() -> None:
    """What a handler says that belongs to no stream in particular."""


class SharedCallback(Callback):
    """Calls a function with the stanza's stream and the stanza. One handler for all streams of a program: it is
    registered with each, and belongs to none.

    :param function: takes the stream and the stanza; may be a coroutine function.

    The other parameters are those of `Callback`.
    """

    __slots__ = ()

    def __init__(
        self, name: str, matcher: Matcher, function: Callable[[Any, Any], Any], *, instream: bool = False
    ) -> None:
        super().__init__(name, matcher, function, instream=instream)
        self.stream = _no_stream  # not None, for which each stream would put itself

    def _call(self, payload: Any) -> None:
        stream = payload.stream
        result = self._pointer(stream, payload)
        if result is not None and is_work(result):
            stream.wrap(_guard(result, payload, stream))


class CoroutineCallback(Callback):
    """Calls a coroutine function with the stanza and runs the coroutine as a task of the stream.

    Raises ValueError when `pointer` is no coroutine function. The parameters are those of `Callback`.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str,
        matcher: Matcher,
        pointer: Callable[[Any], Awaitable[Any]],
        once: bool = False,
        instream: bool = False,
        stream: Any | None = None,
    ) -> None:
        if not inspect.iscoroutinefunction(pointer):
            raise ValueError(f"{pointer!r} is no coroutine function")
        super().__init__(name, matcher, pointer, once, instream, stream)


class XMLCallback(Callback):
    """Calls a function with the element instead of the stanza object. The parameters are those of
    `Callback`."""

    __slots__ = ()

    def _call(self, payload: Any) -> None:
        result = self._pointer(_element(payload))
        if result is not None and is_work(result):
            self._start(result, payload)


def _element(payload: Any) -> Any:
    return payload if isinstance(payload, ET.Element) else payload.xml


class Waiter(BaseHandler):
    """Lets a coroutine wait for a stanza.

    :param name: what `remove_handler` takes.
    :param matcher: decides which stanza is waited for.
    :param stream: the stream; set by `register_handler` when None.
    """

    __slots__ = ("_arrived", "_waiting")

    def __init__(self, name: str, matcher: Matcher, stream: Any | None = None) -> None:
        super().__init__(name, matcher, stream)
        self._arrived = False
        self._waiting: asyncio.Future[None] | None = None

    def prerun(self, payload: Any) -> None:
        if self._arrived:
            return  # two stanzas in one read: the first counts
        self._payload = payload
        self._arrived = self._destroy = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def run(self, payload: Any) -> None:
        """Nothing is left to do: the stanza was taken in `prerun`."""

    async def wait(self, timeout: float | None = None) -> Any | None:
        """The stanza. COMPAT(slixmpp 1.17): None, and no exception, when none came in time.

        The handler is unregistered when this returns, for whatever reason.

        :param timeout: seconds; None waits `RESPONSE_TIMEOUT`.
        """
        try:
            if not self._arrived:
                self._waiting = asyncio.get_running_loop().create_future()
                await asyncio.wait((self._waiting,), timeout=RESPONSE_TIMEOUT if timeout is None else timeout)
            return self._payload
        finally:
            stream = self._host()
            if stream is not None:
                stream.remove_handler(self)


class XMLWaiter(Waiter):
    """Lets a coroutine wait for a stanza and gives it the element. The parameters are those of `Waiter`."""

    __slots__ = ()

    def prerun(self, payload: Any) -> None:
        super().prerun(_element(payload))


class Collector(BaseHandler):
    """Collects all stanzas that match until it is stopped.

    :param name: what `remove_handler` takes.
    :param matcher: decides which stanzas are collected.
    :param stream: the stream; set by `register_handler` when None.
    """

    __slots__ = ("_collected",)

    def __init__(self, name: str, matcher: Matcher, stream: Any | None = None) -> None:
        super().__init__(name, matcher, stream)
        self._collected: list[Any] = []

    def run(self, payload: Any) -> None:
        self._collected.append(payload)

    def stop(self) -> list[Any]:
        """Unregister the handler. Returns what it has collected, in order."""
        stream = self._host()
        if stream is not None:
            stream.remove_handler(self)
        return self._collected
