# SPDX-License-Identifier: MIT
"""The parts of a vCard that are one value each (XEP-0054 §9): ``vcard['NOTE'] = 'text'``. There may be several of a
kind: ``vcard['notes']`` are all."""

from __future__ import annotations

import datetime

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0054.stanza.parts import VCARD
from xmppkit.stanza.codecs import Codec
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildTexts, ElementText
from xmppkit.stanza.moments import DATE, OFFSET

__all__ = [
    "UID",
    "URL",
    "Birthday",
    "Categories",
    "Desc",
    "JabberID",
    "Mailer",
    "NamesCodec",
    "Nickname",
    "Note",
    "ProdID",
    "Rev",
    "Role",
    "SortString",
    "TimeZone",
    "Title",
]


class NamesCodec(Codec["list[str]"]):
    """Names with commas between them."""

    __slots__ = ()

    description = "a list of names"
    empty_text = False

    @property
    def empty(self) -> list[str]:
        """No names."""
        return []

    def decode(self, text: str) -> list[str]:
        return [name for each in text.split(",") if (name := each.strip())]

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            return value
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise TypeError(f"it takes a list of names, not {type(value).__name__}")
        return ",".join(value)


class _Single(ElementBase):
    """What they have in common."""

    __slots__ = ()

    namespace = VCARD
    is_extension = True


class Nickname(_Single):
    """Nicknames."""

    __slots__ = ()

    name = plugin_attrib = "NICKNAME"
    plugin_multi_attrib = "nicknames"

    value = ElementText(NamesCodec(), key="NICKNAME", doc="the names")


class Birthday(_Single):
    """A day of birth."""

    __slots__ = ()

    name = plugin_attrib = "BDAY"
    plugin_multi_attrib = "birthdays"

    value = ElementText(DATE, key="BDAY", raw=True, absent=None, doc="the day")


class JabberID(_Single):
    """An address in XMPP."""

    __slots__ = ()

    name = plugin_attrib = "JABBERID"
    plugin_multi_attrib = "jids"

    value = ElementText(JID, key="JABBERID", doc="the address")


class Mailer(_Single):
    """The e-mail program that somebody uses."""

    __slots__ = ()

    name = plugin_attrib = "MAILER"
    plugin_multi_attrib = "mailers"

    value = ElementText(str, key="MAILER", doc="its name")


class TimeZone(_Single):
    """The time zone that somebody is in."""

    __slots__ = ()

    name = plugin_attrib = "TZ"
    plugin_multi_attrib = "timezones"

    value = ElementText(OFFSET, key="TZ", absent=None, doc="how far it is from UTC")


class Title(_Single):
    """A title."""

    __slots__ = ()

    name = plugin_attrib = "TITLE"
    plugin_multi_attrib = "titles"

    value = ElementText(str, key="TITLE", doc="the title, as Director")


class Role(_Single):
    """What somebody does."""

    __slots__ = ()

    name = plugin_attrib = "ROLE"
    plugin_multi_attrib = "roles"

    value = ElementText(str, key="ROLE", doc="what it is, as Programmer")


class Categories(_Single):
    """Words under which the vCard is filed."""

    __slots__ = ()

    name = plugin_attrib = "CATEGORIES"
    plugin_multi_attrib = "categories"

    value = ChildTexts(str, key="CATEGORIES", name="KEYWORD", doc="the words")


class Note(_Single):
    """A remark."""

    __slots__ = ()

    name = plugin_attrib = "NOTE"
    plugin_multi_attrib = "notes"

    value = ElementText(str, key="NOTE", doc="the text")


class ProdID(_Single):
    """The program that made the vCard."""

    __slots__ = ()

    name = plugin_attrib = "PRODID"
    plugin_multi_attrib = "product_ids"

    value = ElementText(str, key="PRODID", doc="its name")


class Rev(_Single):
    """When the vCard was changed."""

    __slots__ = ()

    name = plugin_attrib = "REV"
    plugin_multi_attrib = "revision_dates"

    value = ElementText(datetime.datetime, key="REV", absent=None, doc="the moment, in UTC")


class SortString(_Single):
    """How the name is sorted."""

    __slots__ = ()

    name = "SORT-STRING"
    plugin_attrib = "SORT_STRING"
    plugin_multi_attrib = "sort_strings"

    value = ElementText(str, key="SORT_STRING", doc="the text to sort by")


class UID(_Single):
    """What tells the vCard from all others."""

    __slots__ = ()

    name = plugin_attrib = "UID"
    plugin_multi_attrib = "uids"

    value = ElementText(str, key="UID", doc="the identifier")


class URL(_Single):
    """A page in the web."""

    __slots__ = ()

    name = plugin_attrib = "URL"
    plugin_multi_attrib = "urls"

    value = ElementText(str, key="URL", doc="the address, as it was written: it may be of any scheme")


class Desc(_Single):
    """A description."""

    __slots__ = ()

    name = plugin_attrib = "DESC"
    plugin_multi_attrib = "descriptions"

    value = ElementText(str, key="DESC", doc="the text")
