# SPDX-License-Identifier: MIT
"""The side that runs commands of others."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self
from xml.etree.ElementTree import Element

from xmppkit.exceptions import ContentMismatch, LocalProtocolError, RemoteError, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0050.stanza import Action, Command, Note, Status
from xmppkit.stanza.iq import Iq
from xmppkit.types import OptJidStr

__all__ = ["CommandInfo", "RemoteCommand"]


log = logging.getLogger(__name__)


class CommandInfo(NamedTuple):
    """A command that somebody offers.

    :ivar node: what it is run by.
    :ivar name: its name for people; empty: none was said.
    """

    node: str
    name: str


class RemoteCommand:
    """An execution of somebody else's command, which has had its first step. `XEP_0050.execute` makes it.

    As a context manager it cancels the command in the end, if it is still under way.

    :ivar jid: who offers the command.
    :ivar node: which command it is.
    :ivar sessionid: which execution of it; None if that was not said.
    :ivar status: how far it is.
    :ivar actions: what may be done next, beside `cancel`.
    :ivar notes: what was said to people.
    :ivar form: the form to fill in, or the result; None: there is none.
    :ivar payload: all that came, in the order of precedence.
    """

    def __init__(self, xmpp: Any, jid: JID, node: str, ifrom: OptJidStr = None, timeout: float | None = None) -> None:
        self._xmpp = xmpp
        self._ifrom = ifrom
        self._timeout = timeout
        self.jid = jid
        self.node = node
        self.sessionid: str | None = None
        self.status = Status.EXECUTING
        self.actions: Sequence[Action] = ()
        self.notes: Sequence[Note] = ()
        self.form: Form | None = None
        self.payload: Sequence[Element] = ()
        self._answer: Iq | None = None  # what the form belongs to

    @property
    def executing(self) -> bool:
        """Whether there is another step."""
        return self.status is Status.EXECUTING

    async def submit(self, values: Mapping[str, Any] | Form | None = None) -> Self:
        """Submit the form, and do what is proposed: go on, or complete.

        :param values: answers by the names of fields, or a form that is filled in; None: what the form proposes.
        :raises InvalidForm: an answer does not fit its field; nothing has been sent.
        :raises LocalProtocolError: the command is over.
        :raises IqError: it was refused. The step can be repeated, unless the command is over.
        :raises IqTimeout: nobody has answered.
        """
        return await self.step(Action.EXECUTE, values)

    async def next(self, values: Mapping[str, Any] | Form | None = None) -> Self:
        """Submit the form, and go on; see `submit`."""
        return await self.step(Action.NEXT, values)

    async def complete(self, values: Mapping[str, Any] | Form | None = None) -> Self:
        """Submit the form, and complete the command; see `submit`."""
        return await self.step(Action.COMPLETE, values)

    async def prev(self) -> Self:
        """Go back to the step before; see `submit`."""
        return await self.step(Action.PREV)

    async def cancel(self) -> Self:
        """Give the command up; see `submit`."""
        return await self.step(Action.CANCEL)

    async def step(self, action: Action, values: Mapping[str, Any] | Form | None = None) -> Self:
        """Do one step; see `submit`. Used by the methods above, and for the first."""
        if not self.executing:
            raise LocalProtocolError(f"the command {self.node!r} at {self.jid} is {self.status}")
        iq: Iq = self._xmpp.make_iq_set(ito=self.jid, ifrom=self._ifrom)
        command = Command(parent=iq)
        command.node, command.sessionid, command.action = self.node, self.sessionid, action
        if isinstance(values, Form):
            command.append(values)
        elif values is not None or (self.form is not None and action not in (Action.PREV, Action.CANCEL)):
            if self.form is None:
                raise LocalProtocolError(f"the command {self.node!r} at {self.jid} has no form to fill in")
            command.append(self.form.submission(values))
        self._take(await iq.send(timeout=self._timeout))
        return self

    def _take(self, answer: Iq) -> None:
        command = Command.of(answer)
        if command is None:
            raise ContentMismatch("the answer holds no command", where=str(self.jid))
        if self.sessionid is not None and command.sessionid != self.sessionid:
            raise ContentMismatch("the answer is about another execution", where=str(self.jid))
        self._answer = answer
        self.sessionid = command.sessionid
        self.status = command.status or Status.COMPLETED
        allowed = command.allowed
        if allowed is None:  # then there is one more step (§3.4)
            self.actions = (Action.COMPLETE,) if self.executing else ()
        else:
            self.actions = tuple(allowed.actions)
        self.notes = tuple(command.notes)
        self.form = Form.of(command)
        self.payload = tuple(command.payload_elements())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self.executing and self.sessionid is not None:
            try:
                await self.cancel()
            except (XMPPError, RemoteError) as error:  # it ends there by itself; what has led here matters more
                log.debug("the command %r at %s was not cancelled: %s", self.node, self.jid, error)
