# SPDX-License-Identifier: MIT
"""The stanzas of vcard-temp (XEP-0054 §9): the card, its parts with several values (``parts``), and its parts that are
one value (``single``)."""

from __future__ import annotations

from xmppkit.plugins.xep_0054.stanza.parts import (
    Address,
    BinVal,
    Classification,
    Email,
    Geo,
    Label,
    Logo,
    Name,
    Org,
    Photo,
    Sound,
    Telephone,
)
from xmppkit.plugins.xep_0054.stanza.single import (
    UID,
    URL,
    Birthday,
    Categories,
    Desc,
    JabberID,
    Mailer,
    Nickname,
    Note,
    ProdID,
    Rev,
    Role,
    SortString,
    TimeZone,
    Title,
)
from xmppkit.plugins.xep_0054.stanza.vcard import Agent, VCardTemp

__all__ = [
    "UID",
    "URL",
    "Address",
    "Agent",
    "BinVal",
    "Birthday",
    "Categories",
    "Classification",
    "Desc",
    "Email",
    "Geo",
    "JabberID",
    "Label",
    "Logo",
    "Mailer",
    "Name",
    "Nickname",
    "Note",
    "Org",
    "Photo",
    "ProdID",
    "Rev",
    "Role",
    "SortString",
    "Sound",
    "Telephone",
    "TimeZone",
    "Title",
    "VCardTemp",
]
