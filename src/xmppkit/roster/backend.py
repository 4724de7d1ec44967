# SPDX-License-Identifier: MIT
"""Where rosters are kept, and how its calls stay in order.

A backend's methods may return their result or something to await. Rosters are read and changed by plain
calls, so that nobody can wait for the latter there: the calls to a backend that has to be awaited run one
after the other in a task, in the order in which they were made, and `BackendLine.settled` waits for them.
The task is not one of the stream's, which end with it: what was to be saved is saved.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from xmppkit.types import RosterDBProtocol, RosterState

__all__ = ["BackendLine", "LineHost", "RosterBackend", "RosterState"]

#: What keeps rosters: ``load(owner, jid, db_state)``, ``save(owner, jid, state, db_state)`` and
#: ``entries(owner, db_state)``. ``owner`` and ``jid`` are bare JIDs as strings. ``db_state`` is a dict in
#: which the backend may remember what it likes; it is the same one in all calls for the same contact, or
#: for the same node in ``entries``. A backend may have two more methods: ``version(owner) -> str`` and
#: ``set_version(owner, version)``, for roster versioning (RFC 6121 §2.6).
RosterBackend: TypeAlias = RosterDBProtocol


class LineHost(Protocol):
    """What a line needs of the stream."""

    def work_changed(self) -> None:
        """More waits than before, or less."""

    def exception(self, exception: Exception, /) -> None: ...


Step = tuple[Callable[[], Any], Callable[[Any], object]]


class BackendLine:
    """The calls to one backend, in order.

    :param db: the backend.
    :param host: is told of an exception from what had to be awaited.
    """

    __slots__ = ("_host", "_task", "_waiting", "db")

    def __init__(self, db: Any, host: LineHost) -> None:
        self.db = db
        self._host = host
        self._waiting: deque[Step] = deque()
        self._task: asyncio.Future[Any] | None = None

    def __len__(self) -> int:
        """Calls that wait."""
        return len(self._waiting)

    def supports(self, method: str) -> bool:
        """Whether the backend has a method."""
        return hasattr(self.db, method)

    def call(self, method: str, *args: Any, then: Callable[[Any], object] = lambda result: None) -> None:
        """Call a method of the backend and give `then` its result: at once if the backend can, in its
        turn if not.

        An exception from a plain function reaches the caller; one that has to be awaited goes to the stream's
        ``exception``, and the calls after it are made all the same.
        """
        self.call_late(method, lambda: args, then)

    def call_late(
        self, method: str, arguments: Callable[[], tuple[Any, ...]], then: Callable[[Any], object] = lambda result: None
    ) -> None:
        """The same, with arguments that are asked for when the call has its turn."""
        function = getattr(self.db, method)
        if self._waiting or self._task is not None:
            self._wait((lambda: function(*arguments()), then))
            return
        result = function(*arguments())
        if inspect.isawaitable(result):
            self._wait((lambda: result, then))
        else:
            then(result)

    def _wait(self, step: Step) -> None:
        self._waiting.append(step)
        self.wake()
        self._host.work_changed()

    def wake(self) -> None:
        """Carry out what waits, if an event loop runs. Until one does, everything waits: nobody can know which it will
        be."""
        if self._task is None and self._waiting:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return
            self._task = loop.create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting:
                start, then = self._waiting.popleft()
                try:
                    result = start()
                    if inspect.isawaitable(result):
                        result = await result
                    then(result)
                except Exception as exc:
                    self._host.exception(exc)
                self._host.work_changed()
        finally:
            self._task = None

    async def settled(self) -> None:
        """Wait until all calls that were made have been carried out."""
        self.wake()
        if self._task is not None:
            await asyncio.wait((self._task,))
