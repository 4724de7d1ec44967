# SPDX-License-Identifier: MIT
"""Running the commands of others: as an object (`XEP_0050.execute`), or with callbacks (`XEP_0050.start_command`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Unpack

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions, heard
from xmppkit.plugins.xep_0050.offers import Session, called
from xmppkit.plugins.xep_0050.remote import CommandInfo, RemoteCommand
from xmppkit.plugins.xep_0050.stanza import COMMANDS, Action, Command, Status
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, OptJidStr

__all__ = ["Requester"]


class Requester(BasePlugin):
    """The half of the plugin that runs commands."""

    #: What is under way, by id; see `XEP_0050.set_backend`.
    sessions: MutableMapping[str, Session]

    def get_commands(self, jid: JidStr, **kwargs: Any) -> asyncio.Future[Iq]:
        """The commands that somebody offers.

        :param kwargs: those of `XEP_0030.get_items`.
        :returns: a future of the answer, with ``disco_items``; see there for what it raises.
        """
        asked = self.xmpp.plugin["xep_0030"].get_items(jid, COMMANDS, **{"local": False, **kwargs})
        found: asyncio.Future[Iq] = asyncio.ensure_future(asked)
        return heard(found, kwargs.get("callback"))

    async def list_commands(self, jid: JidStr, *, timeout: float | None = None) -> list[CommandInfo]:
        """The commands that somebody offers. What claims to be of somebody else is left out (§5).

        :raises IqError: they do not tell.
        :raises IqTimeout: nobody has answered.
        """
        answer = await self.get_commands(jid, timeout=timeout)
        items = answer["disco_items"].items
        own = [item for item in items if item.jid == JID(jid) and item.node]
        return [CommandInfo(item.node, item.name_ or "") for item in own]

    async def execute(
        self, jid: JidStr, node: str, *, ifrom: OptJidStr = None, timeout: float | None = None
    ) -> RemoteCommand:
        """Begin a command of somebody else. It may be a context manager: ``async with await …execute(…) as command:``

        :param jid: who offers it.
        :param node: which one.
        :param ifrom: who asks, for components.
        :param timeout: seconds to wait for each answer; None: 120.
        :raises IqError: it was refused.
        :raises IqTimeout: nobody has answered.
        """
        return await RemoteCommand(self.xmpp, JID(jid), node, ifrom, timeout).step(Action.EXECUTE)

    def send_command(
        self,
        jid: JidStr,
        node: str,
        ifrom: OptJidStr = None,
        action: str = "execute",
        payload: ElementBase | Iterable[ElementBase] | None = None,
        sessionid: str | None = None,
        flow: bool = False,
        **iqkwargs: Unpack[IqOptions],
    ) -> asyncio.Future[Iq]:
        """Ask for one step of a command.

        :param action: what is to be done (`Action`).
        :param payload: stanzas to send with it.
        :param sessionid: which execution; None begins one.
        :param flow: the callbacks of `start_command` are told of the answer.
        :param iqkwargs: `IqOptions`.
        :returns: a future of the answer, with ``command``.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=jid, ifrom=ifrom)
        command = Command(parent=iq)
        command.node, command.sessionid, command.action = node, sessionid, Action(action)
        for item in [payload] if isinstance(payload, ElementBase) else payload or ():
            command.append(item)
        if not flow:
            return iq.send(**iqkwargs)
        return iq.send(callback=self._flow, timeout=iqkwargs.get("timeout"))

    def start_command(self, jid: JidStr, node: str, session: Session, ifrom: OptJidStr = None) -> None:
        """Begin a command of somebody else.

        :param session: a dict that holds ``next``, and ``error``: functions or coroutine functions that take (iq,
            session). ``payload`` may hold what is sent, and is what `continue_command` sends. Its other keys are the
            caller's, but for ``id``, ``jid``, ``node`` and ``from``.
        """
        session.update({"jid": JID(jid), "node": node, "from": ifrom, "id": ""})
        self._send_step(session, Action.EXECUTE)

    def continue_command(self, session: Session, direction: str = "next") -> None:
        """Go on, with ``session['payload']``: ``next``, ``prev``, or ``execute``."""
        self._send_step(session, Action(direction))

    def complete_command(self, session: Session) -> None:
        """Complete it, with ``session['payload']``."""
        self._send_step(session, Action.COMPLETE)

    def cancel_command(self, session: Session) -> None:
        """Give it up."""
        self._send_step(session, Action.CANCEL)

    def terminate_command(self, session: Session) -> None:
        """Forget it; nobody is told. May be repeated."""
        self.sessions.pop(f"client:{session.get('id')}", None)

    def _send_step(self, session: Session, action: Action) -> None:
        told: Callable[[Iq], Any] = lambda iq: self._told(iq, session)  # noqa: E731
        payload = None if action is Action.CANCEL else session.get("payload")
        future = self.send_command(
            session["jid"], session["node"], session["from"], action, payload, session["id"] or None, callback=told
        )
        future.add_done_callback(_look)

    async def _flow(self, iq: Iq) -> None:
        """The answer to a step that was sent with ``flow``."""
        session = self.sessions.get(f"client:{iq['command'].sessionid}")
        if session is not None and (session["jid"], session["node"]) == (iq["from"], iq["command"].node):
            await self._told(iq, session)

    async def _told(self, iq: Iq, session: Session) -> None:
        command = Command.of(iq)
        if command is not None and command.sessionid and not session["id"]:
            session["id"] = command.sessionid
            self.sessions[f"client:{session['id']}"] = session
        failed = iq["type"] == "error"
        if failed or command is None or command.status is not Status.EXECUTING:
            self.terminate_command(session)
        handler = session.get("error" if failed else "next")
        if handler is not None:
            await called(handler, iq, session)


def _look(future: asyncio.Future[Iq]) -> None:
    """The callbacks have been told of an error; nobody awaits the future."""
    if not future.cancelled():
        future.exception()
