# SPDX-License-Identifier: MIT
"""Decorators of the methods that take the name of an event.

Here they do nothing. To type checkers, which read ``typed.pyi`` beside this file, they say what payload the handlers of
each listed event take (`xmppkit.xmlstream.events`, and what the plugins list); events with other names, a program's
own, take handlers of any payload.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["adding", "decorating", "removing", "waiting", "within"]

Method = TypeVar("Method", bound=Callable[..., Any])


def adding(method: Method, /) -> Method:
    """For ``add_event_handler``: takes a name, a handler, and whether it is for one event only."""
    return method


def removing(method: Method, /) -> Method:
    """For ``del_event_handler``: takes a name and a handler."""
    return method


def within(method: Method, /) -> Method:
    """For ``event_handler``: takes a name and a handler, returns a context manager."""
    return method


def decorating(method: Method, /) -> Method:
    """For ``on``: takes a name, returns a decorator of handlers."""
    return method


def waiting(method: Method, /) -> Method:
    """For ``wait_until``: takes a name and a time, returns the payload when it is awaited."""
    return method
