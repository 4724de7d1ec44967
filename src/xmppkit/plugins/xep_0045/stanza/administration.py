# SPDX-License-Identifier: MIT
"""What moderators, administrators and owners send: ``muc#admin`` and ``muc#owner`` (XEP-0045 §19.3, §19.4)."""

from __future__ import annotations

from typing import ClassVar

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0045.stanza.vocabulary import MUC_ADMIN, MUC_OWNER, Affiliation, Role
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Children, ChildText
from xmppkit.stanza.iq import Iq

__all__ = ["MUCAdminActor", "MUCAdminItem", "MUCAdminQuery", "MUCOwnerDestroy", "MUCOwnerQuery"]


class MUCAdminActor(ElementBase):
    """Who has made somebody what they are, where a room tells (§9.2)."""

    __slots__ = ()

    name = "actor"
    namespace = MUC_ADMIN
    plugin_attrib = "actor"

    jid = Attr(JID, doc="the address")
    nick = Attr(str, doc="the nickname")


class MUCAdminItem(ElementBase):
    """Somebody, and what they are or are to be."""

    __slots__ = ()

    name = "item"
    namespace = MUC_ADMIN
    plugin_attrib = "item"

    affiliation = Attr(Affiliation, doc="for good")
    role = Attr(Role, doc="as long as they are there; none: out")
    jid = Attr(JID, doc="who, by address")
    nick = Attr(str, doc="who, by nickname; for a member, the nickname that is kept for them")
    reason = ChildText(str, doc="why, for people")
    actor = Child(MUCAdminActor, doc="who has done it")


class MUCAdminQuery(ElementBase, parents=(Iq,)):
    """A question who is what, its answer, or a change."""

    __slots__ = ()

    name = "query"
    namespace = MUC_ADMIN
    plugin_attrib = "mucadmin_query"
    interfaces: ClassVar[set[str]] = set()

    items = Children(MUCAdminItem, doc="who is what")


class MUCOwnerDestroy(ElementBase):
    """The room is to be no more (§10.9)."""

    __slots__ = ()

    name = "destroy"
    namespace = MUC_OWNER
    plugin_attrib = "destroy"

    jid = Attr(JID, doc="the room where the conversation goes on; None: nowhere")
    reason = ChildText(str, doc="why, for people")
    password = ChildText(str, doc="the password of that room")


class MUCOwnerQuery(ElementBase, parents=(Iq,)):
    """A question how the room is configured, its answer, or a change, all as a data form; or the end of the room."""

    __slots__ = ()

    name = "query"
    namespace = MUC_OWNER
    plugin_attrib = "mucowner_query"
    interfaces: ClassVar[set[str]] = set()

    destroy = Child(MUCOwnerDestroy, doc="the room is to be no more")
    form = Child(Form, doc="how the room is configured")
