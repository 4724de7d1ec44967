# SPDX-License-Identifier: MIT
"""Registering, and what is needed for it (XEP-0077 §3, §8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import SubElement

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.plugins.xep_0066.stanza import OOB
from xmppkit.stanza.declaration import Field
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Child, ChildText, Flag
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import clark

__all__ = ["FIELDS", "NEW_PASSWORD", "REGISTER", "Register", "RegisterFeature"]

REGISTER: Final = "jabber:iq:register"
#: The FORM_TYPE of a form for changing the password (§13.4.3).
NEW_PASSWORD: Final = "jabber:iq:register:changepassword"  # noqa: S105 - the name of a form
#: The fields that there are; others can only be in a form (§4).
FIELDS: Final = frozenset({
    "username", "nick", "password", "name", "first", "last", "email", "address", "city", "state", "zip", "phone", "url",
    "date", "misc", "text", "key",
})  # fmt: skip


class _Names(Field["set[str]"]):
    """The names of the fields that are there, with a text or without. Assigning names makes these the ones that are
    there; those that are already keep their texts."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> set[str]:
        return {name for name in FIELDS if stanza.xml.find(clark(REGISTER, name)) is not None}

    def set(self, stanza: ElementBase, value: Iterable[str]) -> None:
        assert isinstance(stanza, Register)
        names = list(value)
        for name in names:
            stanza.add_field(name)
        for name in FIELDS.difference(names):
            for element in stanza.xml.findall(clark(REGISTER, name)):
                stanza.xml.remove(element)

    def delete(self, stanza: ElementBase) -> None:
        for element in list(stanza.xml):
            if element.tag in _TAGS:
                stanza.xml.remove(element)

    def present(self, stanza: ElementBase) -> bool:
        return bool(self.get(stanza))


_TAGS: Final = frozenset(clark(REGISTER, name) for name in FIELDS)


class Register(ElementBase, parents=(Iq,)):
    """What a host needs to know, what it knows, or what it is told. A form in it counts before the fields (§6)."""

    __slots__ = ()

    name = "query"
    namespace = REGISTER
    plugin_attrib = "register"

    registered = Flag(doc="who asks is registered already")
    remove = Flag(doc="the registration is to be cancelled")
    instructions = ChildText(str, doc="what people are to do")
    username = ChildText(str, doc="the name of the account")
    nick = ChildText(str, doc="the familiar name")
    password = ChildText(str, doc="the password")
    name_ = ChildText(str, key="name", name="name", doc="the full name")
    first = ChildText(str, doc="the given name")
    last = ChildText(str, doc="the family name")
    email = ChildText(str, doc="the email address")
    address = ChildText(str, doc="street and number")
    city = ChildText(str, doc="the town")
    state = ChildText(str, doc="the region")
    zip = ChildText(str, doc="the postal code")
    phone = ChildText(str, doc="the telephone number")
    url = ChildText(str, doc="a web page about the user")
    date = ChildText(str, doc="some date")
    misc = ChildText(str, doc="obsolete (§13.4)")
    text = ChildText(str, doc="obsolete (§13.4)")
    key = ChildText(str, doc="obsolete (§7)")
    fields = _Names(doc="the names of the fields that are there, with a text or without")
    form = Child(Form, doc="the form")
    oob = Child(OOB, doc="where to register instead (§5)")

    def add_field(self, value: str) -> None:
        """Add a field without a text: it is asked for.

        :raises InvalidValue: there is no such field.
        """
        tag = clark(REGISTER, value)
        if tag not in _TAGS:
            raise InvalidValue(f"{value!r} is none of {', '.join(sorted(FIELDS))}", "Register.fields")
        if self.xml.find(tag) is None:
            SubElement(self.xml, tag)


class RegisterFeature(ElementBase, parents=(StreamFeatures,)):
    """The server lets whoever connects make an account (§8)."""

    __slots__ = ()

    name = "register"
    namespace = "http://jabber.org/features/iq-register"
    plugin_attrib = "register"
