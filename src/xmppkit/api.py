# SPDX-License-Identifier: MIT
"""The internal API registry: how a plugin's storage or policy is replaced.

A plugin keeps what it remembers, and decides what it decides, behind named *operations*. Each operation
has a handler: the plugin's own default, or one that the program has registered in its place, for
everything or for one JID, one node or both. The handler is looked up from the special to the general::

    JID and node → JID → node → global → the plugin's default

A handler is called with ``(jid, node, ifrom, args)``: the JID that owns the data (the stream's own when
the caller names none), the node (``''`` when there is none), the JID that asks (or None) and the
operation's argument. It may be a plain function or a coroutine function, and may return anything;
whatever it returns that can be awaited is awaited. It runs exactly once per call, and its exception
reaches the caller as it is.

COMPAT(slixmpp 1.17): handlers that take ``(jid, node, args)`` are accepted too. They are recognised by
their signature when they are registered, never by calling them and catching a TypeError, which might be
the handler's own.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from types import FunctionType, MethodType
from typing import Any, Protocol, TypeAlias

from xmppkit.jid.address import JID

__all__ = ["APIHandler", "APIHost", "APIRegistry", "APIWrapper"]

#: What is registered: takes (jid, node, ifrom, args), or (jid, node, args); returns a value or something
#: to await.
APIHandler: TypeAlias = Callable[..., Any]


class APIHost(Protocol):
    """What the registry needs of the stream it belongs to."""

    boundjid: JID
    is_component: bool

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def wrap(self, awaitable: Awaitable[Any], /) -> asyncio.Future[Any]: ...


class _Operation:
    """The handlers of one operation. None as a part of a key: registered without it."""

    __slots__ = ("default", "handlers")

    def __init__(self) -> None:
        self.handlers: dict[tuple[JID | None, str | None], APIHandler] | None = None
        self.default: APIHandler | None = None

    def find(self, jid: JID, node: str) -> APIHandler | None:
        handlers = self.handlers
        if handlers:
            for key in ((jid, node), (jid, None), (None, node), (None, None)):
                found = handlers.get(key)
                if found is not None:
                    return found
        return None

    def set(self, key: tuple[JID | None, str | None], handler: APIHandler) -> None:
        if self.handlers is None:
            self.handlers = {}
        self.handlers[key] = handler

    def remove(self, key: tuple[JID | None, str | None]) -> None:
        if self.handlers:
            self.handlers.pop(key, None)


def _takes_ifrom(handler: APIHandler, *more: str) -> bool:
    """Whether a handler takes four arguments, not three; `more` are what it takes before them."""
    try:
        signature = inspect.signature(handler)
    except ValueError:
        return True  # some built-in functions tell nothing about themselves
    try:
        signature.bind(*more, "jid", "node", "ifrom", "args")
    except TypeError:
        pass
    else:
        return True
    try:
        signature.bind(*more, "jid", "node", "args")
    except TypeError:
        name = getattr(handler, "__qualname__", repr(handler))
        raise TypeError(f"{name}{signature} is no API handler: it must take (jid, node, ifrom, args)") from None
    return False


@lru_cache(1024)
def _method_takes_ifrom(function: FunctionType) -> bool:
    """The same of a function of a class: every stream registers the same ones, and to look at them takes long."""
    return _takes_ifrom(function, "self")


def _four_arguments(handler: APIHandler) -> APIHandler:
    """`handler`, or what calls it without ``ifrom`` if that is all its signature takes."""
    if isinstance(handler, MethodType) and isinstance(handler.__func__, FunctionType):
        four = _method_takes_ifrom(handler.__func__)
    else:
        four = _takes_ifrom(handler)
    if four:
        return handler

    def without_ifrom(jid: JID, node: str, ifrom: JID | None, args: Any) -> Any:
        return handler(jid, node, args)

    return without_ifrom


class APIRegistry:
    """The operations of all plugins of one stream, as ``xmpp.api``.

    The forms here take the plugin's name (`ctype`) in addition; ``plugin.api`` (an `APIWrapper`) knows it
    already.

    :param xmpp: the stream. Its ``boundjid`` stands in for an absent JID.
    """

    def __init__(self, xmpp: APIHost) -> None:
        self.xmpp = xmpp
        self._operations: dict[str, dict[str, _Operation]] = {}
        #: By plugin: objects whose methods are the defaults of operations, with the operations' names.
        self._providers: dict[str, tuple[tuple[frozenset[str], object], ...]] = {}
        self._settings: dict[str, dict[str, Any]] = {}

    def wrap(self, ctype: str) -> APIWrapper:
        """The operations of the plugin `ctype`."""
        return APIWrapper(self, ctype)

    __getitem__ = wrap

    def settings(self, ctype: str) -> dict[str, Any]:
        """The settings of a plugin's operations; change them in place.

        ``client_bare`` and ``component_bare`` (bool, default False): in a client or in a component
        respectively, handlers are registered and looked up for bare JIDs, and are given bare JIDs.
        """
        return self._settings.setdefault(ctype, {"client_bare": False, "component_bare": False})

    def _operation(self, ctype: str, op: str) -> _Operation:
        operations = self._operations.setdefault(ctype, {})
        if op not in operations:
            operations[op] = _Operation()
        return operations[op]

    def _default(self, ctype: str, op: str) -> APIHandler | None:
        operation = self._operations.get(ctype, {}).get(op)
        if operation is not None and operation.default is not None:
            return operation.default
        for names, provider in self._providers.get(ctype, ()):
            if op in names:
                return _four_arguments(getattr(provider, op))
        return None

    def _normalize(self, ctype: str, jid: JID | str) -> JID:
        address = jid if isinstance(jid, JID) else JID(jid)
        settings = self._settings.get(ctype)
        bare = settings is not None and settings["component_bare" if self.xmpp.is_component else "client_bare"]
        return address.bare_jid if bare else address

    def _key(self, ctype: str, jid: JID | str | None, node: str | None) -> tuple[JID | None, str | None]:
        return (None if jid is None else self._normalize(ctype, jid), node)

    def register(
        self,
        handler: APIHandler | str,
        ctype: str | APIHandler,
        op: str,
        jid: JID | str | None = None,
        node: str | None = None,
        default: bool = False,
    ) -> None:
        """Make `handler` the handler of an operation, in place of the one registered for the same JID and
        node.

        The first two arguments may come in either order.

        :param jid: only for this JID; None: for all.
        :param node: only for this node; None: for all.
        :param default: make it the operation's default as well.

        Raises TypeError when the handler's signature takes neither (jid, node, ifrom, args) nor (jid,
        node, args).
        """
        if isinstance(handler, str):
            handler, ctype = ctype, handler
        if isinstance(handler, str) or not isinstance(ctype, str):
            raise TypeError("register() takes a callable and the name of a plugin")
        called = _four_arguments(handler)
        operation = self._operation(ctype, op)
        operation.set(self._key(ctype, jid, node), called)
        if default:
            operation.default = called

    def register_default(self, handler: APIHandler | str, ctype: str | APIHandler, op: str) -> None:
        """Make `handler` the operation's default: what is called when no registered handler fits.

        The first two arguments may come in either order. Raises TypeError as `register` does.
        """
        if isinstance(handler, str):
            handler, ctype = ctype, handler
        if isinstance(handler, str) or not isinstance(ctype, str):
            raise TypeError("register_default() takes a callable and the name of a plugin")
        self._operation(ctype, op).default = _four_arguments(handler)

    def register_defaults(self, provider: object, ctype: str, operations: Iterable[str]) -> None:
        """Make the methods of an object the defaults of the operations of the same names.

        Raises TypeError as `register` does.
        """
        names = frozenset(operations)
        for op in names:
            _four_arguments(getattr(provider, op))
        self.unregister_defaults(ctype, names)
        self._providers[ctype] = (*self._providers.get(ctype, ()), (names, provider))

    def defaults(self, ctype: str) -> dict[str, APIHandler]:
        """The operations of a plugin that have a default, by name, with it."""
        names = {op for op, operation in self._operations.get(ctype, {}).items() if operation.default is not None}
        names.update(*(provided for provided, _ in self._providers.get(ctype, ())))
        found = ((op, self._default(ctype, op)) for op in sorted(names))
        return {op: handler for op, handler in found if handler is not None}

    def is_replaced(self, ctype: str, op: str) -> bool:
        """Whether a handler other than the default is registered for an operation, be it for one JID or node."""
        operation = self._operations.get(ctype, {}).get(op)
        return operation is not None and bool(operation.handlers or operation.default)

    def unregister_default(self, ctype: str, op: str) -> None:
        """Take the operation's default away. Registered handlers stay. May be repeated."""
        self.unregister_defaults(ctype, (op,))

    def unregister_defaults(self, ctype: str, operations: Iterable[str]) -> None:
        """Take the defaults of several operations away; see `unregister_default`."""
        names = frozenset(operations)
        known = self._operations.get(ctype, {})
        for op in names.intersection(known):
            known[op].default = None
        left = ((others - names, provider) for others, provider in self._providers.pop(ctype, ()))
        kept = tuple(each for each in left if each[0])
        if kept:
            self._providers[ctype] = kept

    def unregister(self, ctype: str, op: str, jid: JID | str | None = None, node: str | None = None) -> None:
        """Take away the handler that is registered for exactly this JID and node; the next more general
        one, in the end the default, takes over. May be repeated."""
        self._operation(ctype, op).remove(self._key(ctype, jid, node))

    def restore_default(self, ctype: str, op: str, jid: JID | str | None = None, node: str | None = None) -> None:
        """Put the operation's default back for this JID and node, even where a more general handler is
        registered. Without a default, this is `unregister`."""
        default = self._default(ctype, op)
        if default is None:
            self.unregister(ctype, op, jid, node)
        else:
            self._operation(ctype, op).set(self._key(ctype, jid, node), default)

    def purge(self, ctype: str) -> None:
        """Forget all handlers, defaults and settings of a plugin."""
        self._operations.pop(ctype, None)
        self._providers.pop(ctype, None)
        self._settings.pop(ctype, None)

    def run(
        self,
        ctype: str,
        op: str,
        jid: JID | str | None = None,
        node: str | None = None,
        ifrom: JID | str | None = None,
        args: Any = None,
    ) -> asyncio.Future[Any]:
        """Call the handler of an operation. Plain functions have run when this returns.

        :param jid: whose data is meant; None or an empty JID: the stream's own.
        :param node: the node; None is passed on as ``''``.
        :param ifrom: who asks; passed on as it is.
        :param args: the operation's argument; passed on as it is.
        :returns: a future of what the handler returns; of None when the operation has no handler at all.
        """
        owner = self._normalize(ctype, jid or self.xmpp.boundjid)
        name = node or ""
        operation = self._operations.get(ctype, {}).get(op)
        handler = (operation.find(owner, name) if operation is not None else None) or self._default(ctype, op)
        done: asyncio.Future[Any] = self.xmpp.loop.create_future()
        if handler is None:
            done.set_result(None)
            return done
        try:
            result = handler(owner, name, ifrom, args)
        except StopIteration:
            raise  # the one exception that no future can hold
        except Exception as exc:
            done.set_exception(exc)
            return done
        if result is not None and inspect.isawaitable(result):
            return self.xmpp.wrap(_settle(result))
        done.set_result(result)
        return done


async def _settle(result: Any) -> Any:
    """Await `result`, and what that gives, until it is a value."""
    while inspect.isawaitable(result):
        result = await result
    return result


class APIWrapper:
    """The operations of one plugin, as ``plugin.api``::

        await plugin.api['get_bob'](jid, None, ifrom, args=cid)
        plugin.api.register(store.get_bob, 'get_bob')

    :param api: the registry.
    :param name: the plugin's name.
    """

    __slots__ = ("api", "name")

    def __init__(self, api: APIRegistry, name: str) -> None:
        self.api = api
        self.name = name

    @property
    def settings(self) -> dict[str, Any]:
        """See `APIRegistry.settings`."""
        return self.api.settings(self.name)

    def __getitem__(self, op: str) -> Callable[..., asyncio.Future[Any]]:
        """A function that calls the operation: ``(jid=None, node=None, ifrom=None, args=None)`` → future."""

        def call(
            jid: JID | str | None = None,
            node: str | None = None,
            ifrom: JID | str | None = None,
            args: Any = None,
        ) -> asyncio.Future[Any]:
            return self.api.run(self.name, op, jid, node, ifrom, args)

        return call

    def run(
        self,
        op: str,
        jid: JID | str | None = None,
        node: str | None = None,
        ifrom: JID | str | None = None,
        args: Any = None,
    ) -> asyncio.Future[Any]:
        """See `APIRegistry.run`."""
        return self.api.run(self.name, op, jid, node, ifrom, args)

    def register(
        self,
        handler: APIHandler,
        op: str,
        jid: JID | str | None = None,
        node: str | None = None,
        default: bool = False,
    ) -> None:
        """See `APIRegistry.register`."""
        self.api.register(handler, self.name, op, jid, node, default)

    def register_default(self, handler: APIHandler, op: str) -> None:
        """See `APIRegistry.register_default`."""
        self.api.register_default(handler, self.name, op)

    def register_defaults(self, provider: object, operations: Iterable[str]) -> None:
        """See `APIRegistry.register_defaults`."""
        self.api.register_defaults(provider, self.name, operations)

    def is_replaced(self, op: str) -> bool:
        """See `APIRegistry.is_replaced`."""
        return self.api.is_replaced(self.name, op)

    def unregister_defaults(self, operations: Iterable[str]) -> None:
        """See `APIRegistry.unregister_defaults`."""
        self.api.unregister_defaults(self.name, operations)

    def unregister_default(self, op: str) -> None:
        """See `APIRegistry.unregister_default`."""
        self.api.unregister_default(self.name, op)

    def unregister(self, op: str, jid: JID | str | None = None, node: str | None = None) -> None:
        """See `APIRegistry.unregister`."""
        self.api.unregister(self.name, op, jid, node)

    def restore_default(self, op: str, jid: JID | str | None = None, node: str | None = None) -> None:
        """See `APIRegistry.restore_default`."""
        self.api.restore_default(self.name, op, jid, node)

    def purge(self) -> None:
        """See `APIRegistry.purge`."""
        self.api.purge(self.name)
