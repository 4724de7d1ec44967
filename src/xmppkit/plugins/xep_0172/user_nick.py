# SPDX-License-Identifier: MIT
"""User Nickname (XEP-0172): what somebody wants to be called."""

from __future__ import annotations

import asyncio
from typing import Unpack

from xmppkit.dispatch.events import Event
from xmppkit.plugins.base import register_plugin
from xmppkit.plugins.xep_0163 import Pep, PEPOptions, PEPPlugin
from xmppkit.plugins.xep_0172 import stanza
from xmppkit.plugins.xep_0172.stanza import UserNick
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message

__all__ = ["XEP_0172"]

_RAISED = "{name}_{kind}"


class XEP_0172(PEPPlugin):  # noqa: N801  # slixmpp's name
    """User Nickname.

    In messages and presences it is ``message['nick']['nick']``; contacts that publish theirs raise the events.
    """

    name = "xep_0172"
    description = "XEP-0172: User Nickname"
    dependencies = frozenset({"xep_0163"})
    stanza = stanza
    pep = (Pep("user_nick", UserNick),)
    events = (
        Event("user_nick_publish", Message, "a contact has another nickname", "XEP-0172 §4.3", raised_as=_RAISED),
        Event("user_nick_retract", Message, "a contact has taken a nickname back", "XEP-0060 §7.2", raised_as=_RAISED),
        Event("user_nick_purge", Message, "a contact has taken all nicknames back", "XEP-0060 §8.5", raised_as=_RAISED),
        Event("user_nick_delete", Message, "a contact publishes no nickname now", "XEP-0060 §8.4", raised_as=_RAISED),
        Event(
            "user_nick_config",
            Message,
            "the node with a contact's nickname is configured in another way",
            "XEP-0060 §8.2.5",
            raised_as=_RAISED,
        ),
    )

    def publish_nick(self, nick: str | None = None, **pubsubkwargs: Unpack[PEPOptions]) -> asyncio.Future[Iq]:
        """Publish a nickname (§4.3).

        :param nick: the nickname; None: none any more.
        :param pubsubkwargs: what `XEP_0163.publish` takes.
        :returns: a future of the answer. It raises what that of `XEP_0163.publish` raises.
        """
        told = UserNick()
        told.nick = nick
        answer: asyncio.Future[Iq] = self.xmpp.plugin["xep_0163"].publish(told, **pubsubkwargs)
        return answer

    def stop(self, **pubsubkwargs: Unpack[PEPOptions]) -> asyncio.Future[Iq]:
        """Publish that there is no nickname any more; as `publish_nick` without one."""
        return self.publish_nick(None, **pubsubkwargs)


register_plugin(XEP_0172)
