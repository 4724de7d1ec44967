# SPDX-License-Identifier: MIT
"""Commands as coroutines: each step is an ``await``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from xmppkit.exceptions import InvalidForm
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza import FieldValue, Form
from xmppkit.plugins.xep_0050.offers import Handler, Session, refusal
from xmppkit.plugins.xep_0050.stanza import Note, NoteType
from xmppkit.records import record
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq

__all__ = ["CommandSession", "Run", "StepBack", "handler_of"]

#: What a command may come to: payload, several, a sentence, or nothing.
Result: TypeAlias = "ElementBase | Sequence[ElementBase] | str | None"
#: A command.
Run: TypeAlias = "Callable[[CommandSession], Awaitable[Result]]"


class StepBack(Exception):  # it is no error
    """Whoever runs the command wants the step before again. `CommandSession.ask` raises it, if that was allowed."""


@record(frozen=True, slots=True)
class _Turn:
    """What is answered: a form to fill in, or the end."""

    payload: Sequence[ElementBase]
    asks: bool = False
    last: bool = False
    back: bool = False


class CommandSession:
    """One execution of a command, as the coroutine sees it.

    :ivar requester: who runs it.
    :ivar to: the address that it is run at.
    :ivar node: which command it is.
    :ivar lang: the language of whoever runs it; empty: unknown.
    :ivar submitted: the form that was submitted last; None before the first.
    """

    __slots__ = ("_answer", "_form", "_notes", "_task", "_turn", "lang", "node", "requester", "submitted", "to")

    def __init__(self, session: Session) -> None:
        self.requester: JID = session["from"]
        self.to: JID = session["to"]
        self.node: str = session["node"]
        self.lang: str = session["lang"]
        self.submitted: Form | None = None
        self._form: Form | None = None
        self._notes: list[Note] = []
        self._task: asyncio.Future[Any] | None = None
        self._answer: asyncio.Future[dict[str, FieldValue]] | None = None
        self._turn: asyncio.Future[_Turn] = asyncio.get_running_loop().create_future()

    def note(self, text: str, kind: NoteType = NoteType.INFO) -> None:
        """Say something beside the next form, or the result."""
        self._notes.append(Note(NoteType(kind), text))

    async def ask(self, form: Form, *, last: bool = False, back: bool = False) -> dict[str, FieldValue]:
        """Let whoever runs the command fill in a form. What does not fit it is refused, and may be mended.

        :param last: it is the last one: what is submitted completes the command.
        :param back: the step before may be asked for again, which raises `StepBack`.
        :returns: typed values by the names of fields; `submitted` has the form.
        :raises StepBack: see `back`.
        :raises CancelledError: the command was cancelled, or given up.
        """
        self._form = form
        self._answer = asyncio.get_running_loop().create_future()
        self._turn.set_result(_Turn([form], asks=True, last=last, back=back))
        return await self._answer

    # --- between the provider and the coroutine -----------------------------------------------------------

    def begin(self, xmpp: Any, run: Run) -> None:
        """Start the coroutine."""
        self._task = xmpp.spawn(self._run(run))

    async def _run(self, run: Run) -> None:
        try:
            result = await run(self)
        except asyncio.CancelledError:
            self._turn.cancel()
            raise
        except Exception as exc:  # the application's: told to whoever waits for the step
            self._turn.set_exception(exc)
            return
        if isinstance(result, str):
            self.note(result)
            result = None
        payload = [result] if isinstance(result, ElementBase) else list(result or ())
        self._turn.set_result(_Turn(payload))

    async def turn(self, session: Session) -> Session:
        """Wait for the coroutine's next word, and put it into the session."""
        waited = self._turn
        try:
            turn = await asyncio.shield(waited)
        except BaseException:
            session["asked"] = False  # there is nobody left who could be answered once more
            if waited.cancelled():
                raise refusal("not-allowed", "session-expired") from None
            raise
        self._turn = asyncio.get_running_loop().create_future()
        session["payload"] = list(turn.payload)
        session["notes"], self._notes = self._notes, []
        session["next"] = self._go_on if turn.asks else None
        session["prev"] = self._go_back if turn.back else None
        session["allow_prev"] = turn.back
        session["has_next"] = turn.asks and not turn.last
        session["allow_complete"] = turn.last
        session["cancel"] = self._cancel
        session["abandon"] = self.abandon
        return session

    async def _go_on(self, payload: Any, session: Session) -> Session:
        if not isinstance(payload, Form):
            raise refusal("bad-request", "bad-payload", "the form is missing")
        assert self._form is not None  # it was asked
        assert self._answer is not None
        try:
            values = self._form.check(payload)
        except InvalidForm as error:
            raise refusal("bad-request", "bad-payload", error.text) from None
        self.submitted = payload
        self._answer.set_result(values)
        return await self.turn(session)

    async def _go_back(self, payload: Any, session: Session) -> Session:
        assert self._answer is not None
        self._answer.set_exception(StepBack())
        return await self.turn(session)

    async def _cancel(self, iq: Iq, session: Session) -> None:
        self.abandon()
        assert self._task is not None
        await asyncio.wait([self._task])

    def abandon(self) -> None:
        """Nobody goes on: cancel the coroutine."""
        if self._task is not None:
            self._task.cancel()


def handler_of(xmpp: Any, run: Run) -> Handler:
    """The handler, as slixmpp's commands have one, that runs a coroutine function."""

    async def begin(iq: Iq, session: Session) -> Session:
        conversation = CommandSession(session)
        conversation.begin(xmpp, run)
        return await conversation.turn(session)

    return begin
