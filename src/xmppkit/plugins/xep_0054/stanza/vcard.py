# SPDX-License-Identifier: MIT
"""The vCard itself (XEP-0054 §9)."""

from __future__ import annotations

from xmppkit.plugins.xep_0054.stanza import parts, single
from xmppkit.plugins.xep_0054.stanza.parts import VCARD
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Child, Children, ChildText
from xmppkit.stanza.iq import Iq

__all__ = ["Agent", "VCardTemp"]


class Agent(ElementBase):
    """Somebody who acts for the person: a vCard within, ``agent['vcard_temp']``, or an address."""

    __slots__ = ()

    name = plugin_attrib = "AGENT"
    plugin_multi_attrib = "agents"
    namespace = VCARD

    extval = ChildText(str, key="EXTVAL", name="EXTVAL", doc="the address of that vCard; nothing is loaded from there")


class VCardTemp(ElementBase, parents=(Iq, Agent)):
    """What somebody says of themselves.

    In the dict view the parts have the names of the DTD: ``vcard['N']['FAMILY']``, ``vcard['NOTE']``. Where there may
    be several, that is the first; all have a name in the plural, ``vcard['emails']``, which is that of the attribute.
    """

    __slots__ = ()

    name = "vCard"
    namespace = VCARD
    plugin_attrib = "vcard_temp"

    full_name = ChildText(str, key="FN", name="FN", doc="the whole name, for showing")
    version = ChildText(str, key="VERSION", name="VERSION", doc="the version of the format")

    name_parts = Child(parts.Name, doc="the parts of the name")
    nicknames = Children(single.Nickname, doc="nicknames")
    photos = Children(parts.Photo, doc="pictures of the person")
    birthdays = Children(single.Birthday, doc="days of birth")
    addresses = Children(parts.Address, doc="postal addresses")
    labels = Children(parts.Label, doc="postal addresses, line by line")
    telephone_numbers = Children(parts.Telephone, doc="telephone numbers")
    emails = Children(parts.Email, doc="e-mail addresses")
    jids = Children(single.JabberID, doc="addresses in XMPP")
    mailers = Children(single.Mailer, doc="e-mail programs")
    timezones = Children(single.TimeZone, doc="time zones")
    geolocations = Children(parts.Geo, doc="places")
    titles = Children(single.Title, doc="titles")
    roles = Children(single.Role, doc="what the person does")
    logos = Children(parts.Logo, doc="pictures for the organisation")
    agents = Children(Agent, doc="who acts for the person")
    organizations = Children(parts.Org, doc="organisations")
    categories = Children(single.Categories, doc="words to file it under")
    notes = Children(single.Note, doc="remarks")
    product_ids = Children(single.ProdID, doc="programs that made it")
    revision_dates = Children(single.Rev, doc="when it was changed")
    sort_strings = Children(single.SortString, doc="texts to sort by")
    sounds = Children(parts.Sound, doc="how the name is spoken")
    uids = Children(single.UID, doc="identifiers")
    urls = Children(single.URL, doc="pages in the web")
    classifications = Children(parts.Classification, doc="for whom it is")
    descriptions = Children(single.Desc, doc="descriptions")
