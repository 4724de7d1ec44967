# SPDX-License-Identifier: MIT
"""`ExpiringDictionary`: entries that are kept for some time, and are missed when it is over."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar, overload

__all__ = ["ExpiringDictionary"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
D = TypeVar("D")

#: Called with key and value, with the key, or with nothing, as it takes.
TimeoutCallback = Callable[..., object]


class ExpiringDictionary(dict[K, V], Generic[K, V]):
    """A dictionary in which every entry has a time to live. May be used from several threads.

    An entry whose time is over is gone for every look-up; `expire` drops it, and tells its callback.

    :param default_timeout: seconds that an entry lives unless `set_item` says otherwise.
    :param clock: gives the time in seconds.
    """

    __slots__ = ("_clock", "_deadlines", "_default_timeout", "_lock")

    def __init__(self, default_timeout: float = 300.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._default_timeout = default_timeout
        self._deadlines: dict[K, tuple[float, TimeoutCallback | None]] = {}
        self._lock = threading.RLock()

    def set_item(
        self, key: K, value: V, timeout: float | None = None, timeout_callback: TimeoutCallback | None = None
    ) -> None:
        """Keep `value` for `timeout` seconds; None takes the default.

        :param timeout_callback: called by `expire` when the time is over, with key and value, with the key only, or
            with nothing, as many as it takes.
        """
        lives = self._default_timeout if timeout is None else timeout
        with self._lock:
            super().__setitem__(key, value)
            self._deadlines[key] = (self._clock() + lives, timeout_callback)

    def __setitem__(self, key: K, value: V) -> None:
        self.set_item(key, value)

    def __getitem__(self, key: K) -> V:
        with self._lock:
            if self._is_over(key):
                raise KeyError(key)
            return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return super().__contains__(key) and not self._is_over(key)

    def __delitem__(self, key: K) -> None:
        with self._lock:
            super().__delitem__(key)
            del self._deadlines[key]

    @overload
    def get(self, key: K, default: None = None, /) -> V | None: ...
    @overload
    def get(self, key: K, default: V, /) -> V: ...
    @overload
    def get(self, key: K, default: D, /) -> V | D: ...
    def get(self, key: K, default: Any = None, /) -> Any:
        """The value of `key`; `default` if there is none any more."""
        try:
            return self[key]
        except KeyError:
            return default

    @overload
    def pop(self, key: K, /) -> V: ...
    @overload
    def pop(self, key: K, default: V, /) -> V: ...
    @overload
    def pop(self, key: K, default: D, /) -> V | D: ...
    def pop(self, key: K, /, *default: Any) -> Any:
        """Take an entry out; its callback is not called.

        :raises KeyError: there is none any more, and no `default`.
        """
        with self._lock:
            try:
                value = self[key]
            except KeyError:
                if not default:
                    raise
                return default[0]
            del self[key]
            return value

    def clear(self) -> None:
        """Drop all entries; no callback is called."""
        with self._lock:
            super().clear()
            self._deadlines.clear()

    def expire(self) -> float | None:
        """Drop the entries whose time is over and call their callbacks, without holding the lock.

        :returns: seconds until the next one's time is over; None when there is none.
        """
        over: list[tuple[K, V, TimeoutCallback]] = []
        with self._lock:
            for key in [key for key in self._deadlines if self._is_over(key)]:
                callback = self._deadlines.pop(key)[1]
                value = super().pop(key)
                if callback is not None:
                    over.append((key, value, callback))
        for key, value, callback in over:
            _call(callback, key, value)
        with self._lock:
            if not self._deadlines:
                return None
            return max(min(when for when, _ in self._deadlines.values()) - self._clock(), 0.0)

    def _is_over(self, key: Any) -> bool:
        entry = self._deadlines.get(key)
        return entry is not None and entry[0] <= self._clock()


def _call(callback: TimeoutCallback, key: object, value: object) -> None:
    arguments = (key, value)
    signature = inspect.signature(callback)
    for count in (2, 1, 0):
        try:
            signature.bind(*arguments[:count])
        except TypeError:
            continue
        callback(*arguments[:count])
        return
    raise TypeError(f"the callback of a timeout takes key and value, the key, or nothing: {callback!r}")
