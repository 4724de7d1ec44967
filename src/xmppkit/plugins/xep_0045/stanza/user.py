# SPDX-License-Identifier: MIT
"""What a room says of its occupants, and what is said through it to others: ``muc#user`` (XEP-0045 §19.2)."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0045.stanza.vocabulary import MUC_USER, Affiliation, Role, StatusCodes
from xmppkit.stanza.declaration import Field
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Children, ChildText
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.rootstanza import RootStanza

__all__ = [
    "MUCActor",
    "MUCBase",
    "MUCContinue",
    "MUCDecline",
    "MUCDestroy",
    "MUCInvite",
    "MUCMessage",
    "MUCPresence",
    "MUCStatus",
    "MUCUserItem",
]

V = TypeVar("V")


class MUCActor(ElementBase):
    """Who did what happened to an occupant."""

    __slots__ = ()

    name = "actor"
    namespace = MUC_USER
    plugin_attrib = "actor"

    jid = Attr(JID, doc="the address; None where the room does not tell")
    nick = Attr(str, doc="the nickname")


class MUCUserItem(ElementBase):
    """What an occupant is to the room."""

    __slots__ = ()

    name = "item"
    namespace = MUC_USER
    plugin_attrib = "item"
    plugin_multi_attrib = "items"

    affiliation = Attr(Affiliation, doc="for good")
    role = Attr(Role, doc="as long as they are there; none: they are not, or no more")
    jid = Attr(JID, doc="the real address; None where the room does not tell")
    nick = Attr(str, doc="the nickname; where one changes, the new one")
    reason = ChildText(str, doc="why it changed, for people")
    actor = Child(MUCActor, doc="who has changed it")


class MUCStatus(ElementBase):
    """What has happened, as a number; `StatusCode` has those that are known."""

    __slots__ = ()

    name = "status"
    namespace = MUC_USER
    plugin_attrib = "status"

    code = Attr(int, minimum=0, doc="the number")


class _OfItem(Field["V | None"]):
    """A value of the first item."""

    __slots__ = ("field",)

    def __init__(self, field: Field[V | None], key: str | None = None) -> None:
        super().__init__(None, key, None, field.doc)
        self.field = field

    def get(self, stanza: ElementBase) -> V | None:
        item = MUCUserItem.of(stanza)
        return None if item is None else self.field.get(item)

    def read_item(self, stanza: ElementBase) -> Any:
        return self.field.read_item(MUCUserItem.of(stanza) or MUCUserItem())

    def set(self, stanza: ElementBase, value: V | None) -> None:
        self.field.set(stanza["item"], value)

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        if value or MUCUserItem.of(stanza) is not None:  # nothing needs no item
            self.field.write_item(stanza["item"], value)

    def delete(self, stanza: ElementBase) -> None:
        item = MUCUserItem.of(stanza)
        if item is not None:
            self.field.delete(item)

    def present(self, stanza: ElementBase) -> bool:
        item = MUCUserItem.of(stanza)
        return item is not None and self.field.present(item)


class MUCBase(ElementBase):
    """What messages and presences from a room have in common.

    ``affiliation``, ``role``, ``jid`` and ``item_nick`` are those of the first item; ``room`` and ``nick`` say whose
    stanza it is, and cannot be set.
    """

    __slots__ = ()

    name = "x"
    namespace = MUC_USER
    plugin_attrib = "muc"
    interfaces: ClassVar[set[str]] = {"affiliation", "role", "jid", "nick", "room", "item_nick", "status_codes"}

    affiliation = _OfItem(MUCUserItem.affiliation)
    role = _OfItem(MUCUserItem.role)
    jid = _OfItem(MUCUserItem.jid)
    item_nick = _OfItem(MUCUserItem.nick)
    status_codes = StatusCodes(doc="what has happened, as a set of numbers")
    statuses = Children(MUCStatus, doc="the same, as objects")
    items = Children(MUCUserItem, doc="the occupants, or affiliations, that it is about")

    @property
    def item(self) -> MUCUserItem | None:
        """The first of the items; None when there is none."""
        return MUCUserItem.of(self)

    def get_item_attr(self, attr: str, default: Any = None) -> Any:
        """The value of the first item under a key, or `default` when there is none."""
        item = MUCUserItem.of(self)
        return default if item is None or attr not in item else item[attr]

    def set_item_attr(self, attr: str, value: Any) -> Any:
        """Set the value of the first item under a key; returns the item."""
        item = self["item"]
        item[attr] = value
        return item

    def del_item_attr(self, attr: str) -> None:
        """Remove the value of the first item under a key."""
        item = MUCUserItem.of(self)
        if item is not None:
            del item[attr]

    def _sender(self) -> JID:
        stanza = self.parent() if self.parent is not None else None
        return stanza["from"] if isinstance(stanza, RootStanza) else JID("")

    @property
    def room(self) -> JID | None:
        """The room that the stanza is from; None: it is in no stanza, or has no sender."""
        return self._sender().bare_jid or None

    @property
    def nick(self) -> str | None:
        """The nickname of the occupant that the stanza is from; None: it is from the room itself."""
        return self._sender().resource or None

    def get_room(self) -> str:
        """The room that the stanza is from; ``''`` without a sender."""
        return self._sender().bare

    def set_room(self, value: object) -> None:
        """Nothing: it follows from the sender."""

    def del_room(self) -> None:
        """Nothing: it follows from the sender."""

    def get_nick(self) -> str:
        """The nickname of the occupant that the stanza is from; ``''`` if it is from the room itself."""
        return self._sender().resource

    def set_nick(self, value: object) -> None:
        """Nothing: it follows from the sender."""

    def del_nick(self) -> None:
        """Nothing: it follows from the sender."""


class MUCContinue(ElementBase):
    """The room goes on with a conversation between two (§7.9)."""

    __slots__ = ()

    name = "continue"
    namespace = MUC_USER
    plugin_attrib = "continue"

    thread = Attr(str, doc="the thread of that conversation")


class MUCInvite(ElementBase):
    """An invitation that goes through the room (§7.8.2)."""

    __slots__ = ()

    name = "invite"
    namespace = MUC_USER
    plugin_attrib = "invite"
    plugin_multi_attrib = "invites"

    to = Attr(JID, doc="who is invited, on the way to the room")
    from_ = Attr(JID, key="from", doc="who invites, on the way from the room")
    reason = ChildText(str, doc="why, for people")
    password = Derived(str, doc="the room's password, which stands beside the invitation")
    continue_ = Child(MUCContinue, doc="the conversation that the room goes on with; None: none")

    def _beside(self) -> MUCMessage | None:
        above = self.parent() if self.parent is not None else None
        return above if isinstance(above, MUCMessage) else None

    def get_password(self) -> str:
        """The password, which rooms put beside the invitation (§7.8.2) and some put inside; ``''``: none."""
        above = self._beside()
        return (above.password if above is not None else None) or self._get_sub_text("password", default="")

    def set_password(self, value: str) -> None:
        """Set the password; ``''`` removes it."""
        above = self._beside()
        if above is not None:
            above.password = value or None
        else:
            self._set_sub_text("password", text=value)

    def del_password(self) -> None:
        """Remove the password."""
        above = self._beside()
        if above is not None:
            above.password = None
        self._del_sub("password")


class MUCDecline(ElementBase):
    """An invitation is declined, through the room (§7.8.2)."""

    __slots__ = ()

    name = "decline"
    namespace = MUC_USER
    plugin_attrib = "decline"

    to = Attr(JID, doc="who has invited, on the way to the room")
    from_ = Attr(JID, key="from", doc="who declines, on the way from the room")
    reason = ChildText(str, doc="why, for people")


class MUCDestroy(ElementBase):
    """The room is no more (§10.9)."""

    __slots__ = ()

    name = "destroy"
    namespace = MUC_USER
    plugin_attrib = "destroy"

    jid = Attr(JID, doc="the room where the conversation goes on; None: nowhere")
    reason = ChildText(str, doc="why, for people")
    password = ChildText(str, doc="the password of that room")


class MUCMessage(MUCBase, parents=(Message,)):
    """What a room says in a message: an invitation, that one was declined, what has changed; or, without content, that
    a message is a private one between occupants (§7.5)."""

    __slots__ = ()

    invites = Children(MUCInvite, doc="invitations; what comes from a room has one")
    decline = Child(MUCDecline, doc="that an invitation was declined")
    password = ChildText(str, key="", doc="the password of the room that the invitation is to")

    @property
    def invite(self) -> MUCInvite | None:
        """The first of the invitations; None when there is none."""
        return MUCInvite.of(self)


class MUCPresence(MUCBase, parents=(Presence,)):
    """What a room says of an occupant."""

    __slots__ = ()

    destroy = Child(MUCDestroy, doc="that the room is no more")
