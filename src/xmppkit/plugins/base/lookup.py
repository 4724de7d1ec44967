# SPDX-License-Identifier: MIT
"""Decorators of the methods that find a plugin by its name.

Here they do nothing. To type checkers, which read ``lookup.pyi`` beside this file, they say that what is found for the
name of one of the library's plugins has that plugin's class, and that any other plugin is a `BasePlugin`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["getter", "item"]

Method = TypeVar("Method", bound=Callable[..., Any])


def item(method: Method, /) -> Method:
    """For ``__getitem__``: takes a plugin's name."""
    return method


def getter(method: Method, /) -> Method:
    """For ``get``: takes a plugin's name, and what to return instead of a plugin that is not there."""
    return method
