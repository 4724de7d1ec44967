# SPDX-License-Identifier: MIT
"""What main loops and handlers have in common: `MainLoop`, `IOHandler`, `EventHandler`, `TimeoutHandler`, `Event`.

A main loop waits for descriptors (`IOHandler`), calls methods when their time has come (`timeout_handler`), and hands
events to the methods that want them (`event_handler`). Everything happens in the thread that calls `MainLoop.loop`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = [
    "QUIT",
    "Event",
    "EventHandler",
    "HandlerReady",
    "IOHandler",
    "IOHandlerPrepareResult",
    "MainLoop",
    "PrepareAgain",
    "TimedIOHandler",
    "TimeoutHandler",
    "event_handler",
    "timeout_handler",
]

F = TypeVar("F", bound=Callable[..., Any])


class Event(ABC):
    """The base of events. A subclass says what happened in its ``__str__``."""

    handled = False

    @abstractmethod
    def __str__(self) -> str:
        """What happened, in a sentence."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"


class _Quit(Event):
    """Ends the main loop."""

    def __str__(self) -> str:
        return "Quit"


#: A handler returns it to end the main loop, after the events before it. No handler gets it.
QUIT = _Quit()


class EventHandler:
    """The base of objects with methods that are marked with `event_handler`."""


class TimeoutHandler:
    """The base of objects with methods that are marked with `timeout_handler`."""


def event_handler(event_class: type[Event] | None = None) -> Callable[[F], F]:
    """Mark a method as a handler of events.

    It gets the event. If it returns an event, that is queued; any other true result keeps the event from the handlers
    behind it.

    :param event_class: the class, exactly; None: every event.
    """

    def mark(function: F) -> F:
        function._pyxmpp_event_handled = event_class  # type: ignore[attr-defined]
        return function

    return mark


def timeout_handler(interval: float, recurring: bool | None = None) -> Callable[[F], F]:
    """Mark a method as one that is called when its time has come.

    :param interval: seconds until the first call.
    :param recurring: None: again after as many seconds as it returns, and not again if it returns None; False: once;
        True: again after each `interval`.
    """

    def mark(function: F) -> F:
        function._pyxmpp_timeout = interval  # type: ignore[attr-defined]
        function._pyxmpp_recurring = recurring  # type: ignore[attr-defined]
        return function

    return mark


class IOHandlerPrepareResult:
    """What `IOHandler.prepare` returns."""


@dataclass(frozen=True, slots=True)
class HandlerReady(IOHandlerPrepareResult):
    """The handler may be waited for."""


@dataclass(frozen=True, slots=True)
class PrepareAgain(IOHandlerPrepareResult):
    """Call `IOHandler.prepare` again.

    :ivar timeout: after as many seconds; None: in the next turn of the loop; 0: at once.
    """

    timeout: float | None = None


class IOHandler(ABC):
    """Something with a descriptor to wait for.

    Before it is waited for the loop calls `prepare` until that returns `HandlerReady`. Then it asks what to wait for
    (`is_readable`, `is_writable`), waits, and says what has come (`handle_read` …).
    """

    @abstractmethod
    def fileno(self) -> int | None:
        """The descriptor; None when there is none."""

    @abstractmethod
    def is_readable(self) -> bool:
        """Whether to wait until something can be read."""

    @abstractmethod
    def wait_for_readability(self) -> bool:
        """Wait until something can be read, for loops with threads. May return early.

        :returns: False when nothing will be read any more.
        """

    @abstractmethod
    def is_writable(self) -> bool:
        """Whether to wait until something can be written."""

    @abstractmethod
    def wait_for_writability(self) -> bool:
        """Wait until there is something to write, and room for it, for loops with threads. May return early.

        :returns: False when nothing will be written any more.
        """

    @abstractmethod
    def prepare(self) -> IOHandlerPrepareResult:
        """Get ready."""

    @abstractmethod
    def handle_write(self) -> None:
        """Something can be written."""

    @abstractmethod
    def handle_read(self) -> None:
        """Something can be read."""

    @abstractmethod
    def handle_hup(self) -> None:
        """The other end is gone."""

    @abstractmethod
    def handle_err(self) -> None:
        """The connection is broken."""

    @abstractmethod
    def handle_nval(self) -> None:
        """The descriptor is none."""

    @abstractmethod
    def close(self) -> None:
        """Give the descriptor back, at once."""


class TimedIOHandler(IOHandler):
    """A handler that has something to do at certain times as well. (PyXMPP2 does not have it.)"""

    @abstractmethod
    def deadline(self) -> float | None:
        """When to call `handle_timer`, on the clock of `time.monotonic`; None: never. It may have passed."""

    @abstractmethod
    def handle_timer(self) -> None:
        """The time has come. May be called at any time."""


class MainLoop(ABC):
    """Waits, and calls handlers."""

    @abstractmethod
    def add_handler(self, handler: object) -> None:
        """Add an `IOHandler`, an `EventHandler`, a `TimeoutHandler`, or what is several of these."""

    @abstractmethod
    def remove_handler(self, handler: object) -> None:
        """Take a handler out, if it is in."""

    @abstractmethod
    def delayed_call(self, delay: float, function: Callable[[], object]) -> None:
        """Call a function once.

        :param delay: after as many seconds.
        """

    @abstractmethod
    def quit(self) -> None:
        """End the loop, after the events that are queued."""

    @property
    @abstractmethod
    def started(self) -> bool:
        """Whether the loop has been run."""

    @property
    @abstractmethod
    def finished(self) -> bool:
        """Whether the loop has been ended."""

    @abstractmethod
    def loop(self, timeout: float | None = None) -> None:
        """Run until `QUIT`, or until the time is over. What a handler raises leaves from here.

        :param timeout: seconds; None: until `QUIT`.
        """

    @abstractmethod
    def loop_iteration(self, timeout: float = 1) -> None:
        """Wait once, and attend to what has come.

        :param timeout: how long to wait at most, in seconds.
        """
