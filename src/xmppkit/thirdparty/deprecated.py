# SPDX-License-Identifier: MIT
"""The decorator `deprecated` (PEP 702): Python's own from 3.13 on, and one for older Pythons."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

__all__ = ["deprecated"]

T = TypeVar("T")

if sys.version_info >= (3, 13):
    from warnings import deprecated as deprecated
else:

    class deprecated:  # noqa: N801 (its name in PEP 702)
        """Warns when what it decorates is called: a function, a coroutine function, or a class; and when a class is
        made a base.

        :param message: what the warning says; it is kept in ``__deprecated__`` too.
        :param category: of the warning; None: none is given.
        :param stacklevel: 1 blames the caller, 2 the caller's caller.
        """

        def __init__(
            self, message: str, /, *, category: type[Warning] | None = DeprecationWarning, stacklevel: int = 1
        ) -> None:
            self.message = message
            self.category = category
            self.stacklevel = stacklevel

        def __call__(self, arg: T, /) -> T:
            if isinstance(arg, type):
                self._wrap_class(arg)
                found: Any = arg
            else:
                found = self._wrapped(cast("Callable[..., Any]", arg))
            found.__deprecated__ = self.message
            return cast("T", found)

        def _warn(self) -> None:
            if self.category is not None:
                warnings.warn(self.message, self.category, stacklevel=self.stacklevel + 2)

        def _wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
            if iscoroutinefunction(function):

                @wraps(function)
                async def asynchronous(*args: Any, **kwargs: Any) -> Any:
                    self._warn()
                    return await function(*args, **kwargs)

                return asynchronous

            @wraps(function)
            def plain(*args: Any, **kwargs: Any) -> Any:
                self._warn()
                return function(*args, **kwargs)

            return plain

        def _wrap_class(self, decorated: type) -> None:
            make: Callable[..., Any] = decorated.__new__
            plain: Callable[..., Any] = object.__new__

            def new(cls: type, /, *args: Any, **kwargs: Any) -> Any:
                if cls is decorated:  # a subclass is not what was deprecated
                    self._warn()
                if make is not plain:
                    return make(cls, *args, **kwargs)
                if cls.__init__ is object.__init__ and (args or kwargs):  # type: ignore[misc]  # read only
                    raise TypeError(f"{cls.__name__}() takes no arguments")
                return make(cls)

            below: Any = decorated.__init_subclass__
            function = getattr(below, "__func__", None)  # object's own has none, and nothing to do

            def init_subclass(cls: type, /, **kwargs: Any) -> None:
                self._warn()
                if function is None:
                    below(**kwargs)
                else:
                    function(cls, **kwargs)

            setattr(decorated, "__init_subclass__", classmethod(init_subclass))  # noqa: B010 (read only for mypy)
            decorated.__new__ = staticmethod(new)  # type: ignore[method-assign]
