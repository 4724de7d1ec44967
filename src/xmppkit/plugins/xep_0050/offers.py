# SPDX-License-Identifier: MIT
"""What a program offers: commands, and who may run them."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection
from typing import Any, NamedTuple, TypeAlias

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0050.stanza import COMMANDS, Action, NoteType

__all__ = ["Allow", "Handler", "Offer", "Session", "called", "may_run", "refusal"]

#: An execution, as slixmpp's handlers see it: a dict.
Session: TypeAlias = dict[str, Any]
#: Takes (iq, session) or (payload, session); returns the session, or an awaitable of it.
Handler: TypeAlias = Callable[..., Any]
#: Who may run a command: a function of the address that asks, which may be a coroutine function; or the addresses, each
#: of which stands for itself and what is below it: a domain for all its accounts, a bare address for all its resources.
Allow: TypeAlias = Callable[[JID], bool | Awaitable[bool]] | Collection[JID | str]


class Offer(NamedTuple):
    """A command.

    :ivar name: its name for people.
    :ivar handler: begins it.
    :ivar allow: who may run it; None: everybody, if the setting ``open_commands`` says so.
    :ivar timeout: seconds between two steps after which it has ended; 0: the plugin's ``session_timeout``.
    :ivar timeout_handler: takes (iq, session) when that has happened; the iq is the last that came.
    """

    name: str
    handler: Handler
    allow: Allow | None = None
    timeout: float = 0.0
    timeout_handler: Handler | None = None


async def called(handler: Handler, *args: Any) -> Any:
    """What a function, or a coroutine function, returns."""
    result = handler(*args)
    return await result if inspect.isawaitable(result) else result


async def may_run(offer: Offer, requester: JID, *, unless_said: bool) -> bool:
    """Whether somebody may run a command.

    :param unless_said: the answer for a command that does not say who may.
    """
    if offer.allow is None:
        return unless_said
    if callable(offer.allow):
        return bool(await called(offer.allow, requester))
    allowed = {JID(each).full for each in offer.allow}
    return not allowed.isdisjoint((requester.domain, requester.bare, requester.full))


def refusal(condition: str, specific: str, text: str = "") -> XMPPError:
    """One of the errors of XEP-0050 §4.4."""
    return XMPPError(condition, text, extension=specific, extension_ns=COMMANDS, clear=False)


def allowed_actions(session: Session) -> list[Action]:
    """What may be done next, as a session has it."""
    if session.get("next") is None:
        return []
    actions = [Action.PREV] if session.get("allow_prev") else []
    if session.get("has_next"):
        actions.append(Action.NEXT)
    if session.get("allow_complete") or not session.get("has_next"):
        actions.append(Action.COMPLETE)
    return actions


def notes_of(session: Session) -> list[tuple[str, str]]:
    """The notes of a session, each a pair of type and text."""
    return [(NoteType(kind), text) for kind, text in session.get("notes") or ()]
