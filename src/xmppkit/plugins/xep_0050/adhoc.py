# SPDX-License-Identifier: MIT
"""Ad-Hoc Commands (XEP-0050): offering commands to others, and running theirs."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from functools import partial
from typing import Any

from xmppkit.dispatch.events import Event
from xmppkit.exceptions import ConfigurationError, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import Option, api_operation, handles, register_plugin
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0030.stanza import DiscoInfo, DiscoItems
from xmppkit.plugins.xep_0050 import stanza
from xmppkit.plugins.xep_0050.conversation import Run, handler_of
from xmppkit.plugins.xep_0050.offers import Allow, Handler, Offer, Session
from xmppkit.plugins.xep_0050.provider import Provider
from xmppkit.plugins.xep_0050.requester import Requester
from xmppkit.plugins.xep_0050.stanza import COMMANDS, Action
from xmppkit.stanza.iq import Iq
from xmppkit.types import OptJidStr

__all__ = ["XEP_0050"]


class XEP_0050(Requester):  # noqa: N801  # slixmpp's name
    """Ad-Hoc Commands.

    Offered with `add`, where a coroutine function runs the command, or with `add_command`, where handlers do it step by
    step. Run with `execute`, or with `start_command`, where callbacks are told.

    Executions are kept in `sessions`, bound to who has begun them, at most ``max_sessions``, and end when nothing comes
    for ``session_timeout``.
    """

    name = "xep_0050"
    description = "XEP-0050: Ad-Hoc Commands"
    dependencies = frozenset({"xep_0004", "xep_0030"})
    wakes_on = (DiscoInfo.tag_name(), DiscoItems.tag_name())  # it answers for nodes
    stanza = stanza
    disco_features = (COMMANDS,)
    default_config = {"session_db": None}  # noqa: RUF012  # slixmpp's: a mapping for `sessions`
    events = (
        Event("command", Iq, "a step of one of our commands is asked for", "XEP-0050 §2.4"),
        Event("command_execute", Iq, "one of our commands is begun or gone on with", raised_as="command_{action}"),
        Event("command_next", Iq, "the next step of one of our commands is asked for", raised_as="command_{action}"),
        Event("command_prev", Iq, "the step before of one of our commands is asked for", raised_as="command_{action}"),
        Event("command_complete", Iq, "the end of one of our commands is asked for", raised_as="command_{action}"),
        Event("command_cancel", Iq, "one of our commands is given up", raised_as="command_{action}"),
    )

    session_timeout = Option(float, 3600.0, minimum=1, doc="seconds between two steps of an execution")
    max_sessions = Option(int, 1000, minimum=1, doc="executions of our commands at a time")

    def plugin_init(self) -> None:
        """Nothing is offered yet."""
        #: The commands by address (empty: any) and node.
        self.commands: dict[tuple[str, str], Offer] = {}
        #: What is under way, ours and others', by id; see `set_backend`.
        self.sessions: MutableMapping[str, Session] = {} if self.session_db is None else self.session_db
        self._provider = Provider(self)
        disco = self.xmpp.plugin["xep_0030"]
        for op, handler in (("get_items", self._items), ("get_info", self._list_info)):
            disco.set_node_handler(op, None, COMMANDS, handler)
            self.on_end(partial(disco.del_node_handler, op, None, COMMANDS))

    def plugin_end(self) -> None:
        """End what is under way."""
        for jid, node in list(self.commands):
            self.remove(node, jid or None)
        self._provider.end()

    def set_backend(self, db: MutableMapping[str, Session]) -> None:
        """Keep what is under way in another mapping, which must hold the very objects that are put in."""
        self.sessions = db

    def prep_handlers(self, handlers: Iterable[Any], **kwargs: Any) -> None:
        """COMPAT(slixmpp 1.17): for mappings of `set_backend` that keep handlers by name; does nothing."""

    def new_session(self) -> str:
        """An id for an execution, which nobody can guess."""
        made: str = self.xmpp.new_id()
        return made

    # --- offering -----------------------------------------------------------------------------------------

    def add(
        self,
        node: str,
        name: str,
        run: Run,
        *,
        allow: Allow | None = None,
        jid: OptJidStr = None,
        timeout: float = 0.0,
    ) -> None:
        """Offer a command, which a coroutine function runs.

        :param node: what it is run by; unique for the address.
        :param name: its name for people.
        :param run: takes a `CommandSession`, with which it asks for what it needs; returns payload, a list of payload,
            a sentence, or None. An `XMPPError` that it raises is the answer.
        :param allow: who may run it: a function of the address that asks, or addresses, of which a domain stands for
            all its accounts and a bare address for all its resources. None: everybody, unless the setting
            ``open_commands`` is off, as it is in ``Settings.strict()``: then nobody.
        :param jid: the address that offers it, for components; None: whichever is asked.
        :param timeout: seconds between two steps after which it has ended; 0: ``session_timeout``.
        :raises ConfigurationError: `node` is empty.
        """
        self.add_command(jid or "", node, name, handler_of(self.xmpp, run), allow=allow, timeout=timeout)

    def add_command(
        self,
        jid: OptJidStr = None,
        node: str | None = None,
        name: str = "",
        handler: Handler | None = None,
        *,
        timeout: float = 0.0,
        timeout_handler: Handler | None = None,
        allow: Allow | None = None,
    ) -> None:
        """Offer a command, which handlers run step by step.

        The first handler takes the `Iq` and a session, a dict, and returns that. It puts ``payload`` and ``notes`` into
        it, and the handler of the next step as ``next``, with ``has_next`` if that is not the last, ``allow_prev`` with
        ``prev``, ``allow_complete``, and ``cancel``. Those handlers take what was submitted (a stanza, or a list of
        none or several) and the session. Without ``next`` the command is completed.

        :param jid: the address that offers it, for components; None: the own one.
        :param node: what it is run by.
        :param name: its name for people.
        :param handler: begins it; a function or a coroutine function.
        :param timeout: see `add`, as for `allow`.
        :param timeout_handler: takes (iq, session) when nothing has come for so long.
        :raises ConfigurationError: `node` or `handler` is missing.
        """
        if not node or handler is None:
            raise ConfigurationError("a command needs a node and a handler")
        self.api["set_command"](jid or None, node, None, Offer(name, handler, allow, timeout, timeout_handler))

    def remove(self, node: str, jid: OptJidStr = None) -> None:
        """Offer a command no longer; what is under way goes on. May be repeated."""
        self.api["set_command"](jid or None, node, None, None)

    def _place(self, jid: JID | None) -> str:
        """The address that offers a command, as `commands` has it. A client's own changes with each session."""
        own = self.xmpp.boundjid
        return "" if not jid or jid == own or (not self.xmpp.is_component and jid.bare == own.bare) else jid.full

    @api_operation()
    def set_command(self, jid: JID | None, node: str, ifrom: JID | None, args: Offer | None) -> None:
        """Keep a command, or forget it. `args`: the name, the handler and so on (`Offer`); None: it is gone."""
        key = (self._place(jid), node)
        disco = self.xmpp.plugin["xep_0030"]
        if args is None:
            if self.commands.pop(key, None) is not None:
                disco.del_node_handler("get_info", key[0] or None, node)
            return
        self.commands[key] = args if isinstance(args, Offer) else Offer(*args)
        disco.set_node_handler("get_info", key[0] or None, node, self._command_info)

    @api_operation()
    def get_command(self, jid: JID | None, node: str, ifrom: JID | None, args: object) -> Offer | None:
        """The command of a node at an address: its name and handler, or None."""
        return self.commands.get((self._place(jid), node)) or self.commands.get(("", node))

    # --- what others ask ----------------------------------------------------------------------------------

    @handles("iq@type=set/command", "Ad-Hoc Execute")
    async def _asked(self, iq: Iq) -> None:
        action = iq["command"].action or Action.EXECUTE
        self.xmpp.event("command", iq)
        self.xmpp.event(f"command_{action}", iq)
        await self._provider.answer(iq)

    async def _items(self, jid: JID | None, node: str | None, ifrom: JID | None, data: object) -> DiscoItems:
        """The list of commands, without those that who asks may not run (§2.2)."""
        items = DiscoItems()
        items.node = COMMANDS
        own = jid or self.xmpp.boundjid
        for (place, command), offer in list(self.commands.items()):
            if place in ("", self._place(own)) and (not ifrom or await self._provider.allows(offer, JID(ifrom))):
                items.add_item(own, command, offer.name or None)
        return items

    def _list_info(self, jid: JID | None, node: str | None, ifrom: JID | None, data: object) -> DiscoInfo:
        info = DiscoInfo()
        info.node = COMMANDS
        info.add_identity("automation", "command-list")
        return info

    async def _command_info(self, jid: JID | None, node: str, ifrom: JID | None, data: object) -> DiscoInfo:
        offer = await self._provider.offer(JID(jid or ""), node, JID(ifrom or ""))
        if offer is None:
            raise XMPPError("item-not-found")
        if ifrom and not await self._provider.allows(offer, JID(ifrom)):
            raise XMPPError("forbidden", etype="cancel")
        info = DiscoInfo()
        info.node = node
        info.add_identity("automation", "command-node", offer.name or None)
        info.features = [COMMANDS, Form.namespace]
        return info


register_plugin(XEP_0050)
