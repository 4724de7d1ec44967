# SPDX-License-Identifier: MIT
"""The side that offers commands: executions, from their first step to their end (XEP-0050 §2.4, §4.4)."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import MutableMapping, Sequence
from typing import Any, Final, Protocol

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0050.offers import (
    Handler,
    Offer,
    Session,
    allowed_actions,
    called,
    may_run,
    notes_of,
    refusal,
)
from xmppkit.plugins.xep_0050.stanza import Action, Command, Status
from xmppkit.stanza.iq import Iq

__all__ = ["Provider", "ProviderHost"]

log = logging.getLogger(__name__)

#: Of how many executions that are over it is remembered that they were.
ENDED: Final = 1000


class ProviderHost(Protocol):
    """What the provider needs of the plugin."""

    xmpp: Any
    api: Any
    sessions: MutableMapping[str, Session]
    max_sessions: int
    session_timeout: float

    def new_session(self) -> str: ...


class _Running:
    """What belongs to an execution and is not the program's."""

    __slots__ = ("lock", "offer", "request", "timer")

    def __init__(self, offer: Offer, request: Iq) -> None:
        self.offer = offer
        self.request = request
        self.lock = asyncio.Lock()
        self.timer: asyncio.TimerHandle | None = None

    def rest(self) -> None:
        """No timer runs: whoever is slow now, it is not the other side."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Provider:
    """The executions of one stream's commands."""

    def __init__(self, host: ProviderHost) -> None:
        self._host = host
        self._running: dict[str, _Running] = {}
        self._ended: OrderedDict[str, JID] = OrderedDict()

    def __len__(self) -> int:
        """The executions that are under way."""
        return len(self._running)

    async def answer(self, iq: Iq) -> None:
        """Do what a request asks for, and answer it."""
        command: Command = iq["command"]
        action = command.action
        if action is None and command.xml.get("action"):
            raise refusal("bad-request", "malformed-action")
        if not command.node:
            raise XMPPError("item-not-found", "no command is named")
        if command.sessionid:
            await self._continue(iq, command, action or Action.EXECUTE)
        elif action not in (None, Action.EXECUTE):
            raise refusal("bad-request", "bad-sessionid", "nothing is under way yet")
        else:
            await self._begin(iq, command, command.node)

    def end(self) -> None:
        """End all executions: nobody is told."""
        for key in list(self._running):
            session = self._drop(key)
            if session is not None and session.get("abandon") is not None:
                session["abandon"]()

    # --- the first step -----------------------------------------------------------------------------------

    async def offer(self, jid: JID, node: str, requester: JID) -> Offer | None:
        """The command of a node, if there is one."""
        found: Sequence[Any] | None = await self._host.api["get_command"](jid, node, requester, None)
        if not found or found[1] is None:
            return None
        return found if isinstance(found, Offer) else Offer(*found[:2])

    async def allows(self, offer: Offer, requester: JID) -> bool:
        """Whether somebody may run a command."""
        return await may_run(offer, requester, unless_said=self._host.xmpp.settings.open_commands)

    async def _begin(self, iq: Iq, command: Command, node: str) -> None:
        host = self._host
        offer = await self.offer(iq["to"], node, iq["from"])
        if offer is None:
            raise XMPPError("item-not-found", f"there is no command {node!r}")
        if not await self.allows(offer, iq["from"]):
            raise XMPPError("forbidden", etype="cancel")
        if len(self._running) >= host.max_sessions:
            raise XMPPError("resource-constraint", "too many commands are under way")
        key = host.new_session()
        payload = command.iterables
        session: Session = {
            "id": key,
            "from": iq["from"],
            "to": iq["to"],
            "node": node,
            "lang": iq["lang"],
            "payload": payload or None,
            "interfaces": {child.plugin_attrib for child in payload},
            "payload_classes": {type(child) for child in payload},
            "notes": None,
            "has_next": False,
            "allow_complete": False,
            "allow_prev": False,
            "past": [],
            "next": None,
            "prev": None,
            "cancel": None,
        }
        self._running[key] = _Running(offer, iq)
        host.sessions[key] = session
        await self._step(key, offer.handler, iq, iq)

    async def _step(self, key: str, handler: Handler, argument: Any, iq: Iq) -> None:
        """Let a handler do its step, and answer with what has come of it."""
        session, running = self._host.sessions[key], self._running[key]
        running.rest()
        try:
            returned = await called(handler, argument, session)
        except XMPPError:
            if session.get("asked") and self._running.get(key) is running:  # the answers to a form may be mended
                self._wait(key, iq)
            else:
                self._drop(key)
            raise
        except BaseException:
            self._drop(key)
            raise
        if self._running.get(key) is not running:  # the plugin was disabled meanwhile
            raise refusal("not-allowed", "session-expired")
        if isinstance(returned, dict):
            session = self._host.sessions[key] = returned
        actions = allowed_actions(session)
        self._reply(iq, session, Status.EXECUTING if actions else Status.COMPLETED, actions)
        if actions:
            session["asked"] = True
            self._wait(key, iq)
        else:
            self._drop(key)

    def _reply(self, iq: Iq, session: Session, status: Status, actions: Sequence[Action] = ()) -> None:
        answer = iq.reply()
        command = Command(parent=answer)
        command.node, command.sessionid, command.status = session["node"], session["id"], status
        if actions:
            command.set_actions(actions)
        if status is not Status.CANCELED:
            command["notes"] = notes_of(session)
            payload = session.get("payload")
            for item in payload if isinstance(payload, (list, tuple)) else [payload]:
                if item is not None:
                    command.append(item)
        answer.send()

    # --- the next ones ------------------------------------------------------------------------------------

    async def _continue(self, iq: Iq, command: Command, action: Action) -> None:
        key = command.sessionid or ""
        running = self._running.get(key)
        if running is None:
            if self._ended.get(key) == iq["from"]:
                raise refusal("not-allowed", "session-expired")
            raise refusal("bad-request", "bad-sessionid")
        async with running.lock:
            session = self._host.sessions.get(key)
            if self._running.get(key) is not running or session is None:
                raise refusal("not-allowed", "session-expired")
            # The id is no proof: who began goes on, and nobody else.
            if (session["from"], session["to"], session["node"]) != (iq["from"], iq["to"], command.node):
                raise refusal("bad-request", "bad-sessionid")
            if action is Action.CANCEL:
                await self._cancel(key, session, iq)
                return
            actions = allowed_actions(session)
            if action is Action.EXECUTE:
                action = Action.NEXT if Action.NEXT in actions else Action.COMPLETE
            if action not in actions:
                raise refusal("bad-request", "bad-action")
            await self._go_on(key, session, action, iq, command)

    async def _go_on(self, key: str, session: Session, action: Action, iq: Iq, command: Command) -> None:
        handler = session["prev"] if action is Action.PREV else session["next"]
        if handler is None:
            raise refusal("bad-request", "bad-action")
        payload = command.iterables
        given: Any = payload[0] if len(payload) == 1 else payload
        before = session["next"], session["prev"]
        if action is Action.COMPLETE:  # no next step, unless the handler says one
            session["next"] = session["prev"] = None
        try:
            await self._step(key, handler, given, iq)
        except XMPPError:
            session["next"], session["prev"] = before
            raise

    async def _cancel(self, key: str, session: Session, iq: Iq) -> None:
        self._drop(key)
        if session.get("cancel") is not None:
            await called(session["cancel"], iq, session)
        self._reply(iq, session, Status.CANCELED)

    # --- the end ------------------------------------------------------------------------------------------

    def _wait(self, key: str, iq: Iq) -> None:
        running = self._running[key]
        running.request = iq
        running.rest()
        seconds = running.offer.timeout or self._host.session_timeout
        running.timer = self._host.xmpp.loop.call_later(seconds, self._expire, key)

    def _expire(self, key: str) -> None:
        running = self._running[key]
        session = self._drop(key)
        if session is None:
            return
        log.info("the command %r of %s was given up: nothing came any more", session["node"], session["from"])
        if session.get("abandon") is not None:
            session["abandon"]()
        if running.offer.timeout_handler is not None:
            self._host.xmpp.spawn(called(running.offer.timeout_handler, running.request, session))

    def _drop(self, key: str) -> Session | None:
        """It is over. May be repeated."""
        running = self._running.pop(key, None)
        if running is None:
            return None
        running.rest()
        session = self._host.sessions.pop(key, None)
        self._ended[key] = running.request["from"]
        if len(self._ended) > ENDED:
            self._ended.popitem(last=False)
        return session
