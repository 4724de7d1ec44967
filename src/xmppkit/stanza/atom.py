# SPDX-License-Identifier: MIT
"""Atom entries (RFC 4287), the payload of items in blogs and news over publish-subscribe (XEP-0277, XEP-0472)."""

from __future__ import annotations

import datetime
from typing import Final

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Child, ChildText

__all__ = ["ATOM", "AtomAuthor", "AtomEntry"]

ATOM: Final = "http://www.w3.org/2005/Atom"


class AtomAuthor(ElementBase):
    """Who wrote an entry (§3.2)."""

    __slots__ = ()

    name = "author"
    namespace = ATOM
    plugin_attrib = "author"

    name_ = ChildText(str, key="name", name="name", doc="what people call the author")
    uri = ChildText(str, doc="an address of the author, as an xmpp: URI")
    email = ChildText(str, doc="the author's mail address")


class AtomEntry(ElementBase):
    """An entry (§4.1.2). Dates are text in the dict view, and moments as attributes."""

    __slots__ = ()

    name = "entry"
    namespace = ATOM
    plugin_attrib = "entry"

    id = ChildText(str, doc="what the entry is known by for ever, an IRI")
    title = ChildText(str, doc="the title")
    summary = ChildText(str, doc="an abstract")
    content = ChildText(str, doc="the entry's text")
    published = ChildText(datetime.datetime, raw=True, doc="when it was published")
    updated = ChildText(datetime.datetime, raw=True, doc="when it was changed last")
    author = Child(AtomAuthor, doc="who wrote it; of several the first")
