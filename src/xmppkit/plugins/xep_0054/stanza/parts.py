# SPDX-License-Identifier: MIT
"""The parts of a vCard that have parts themselves (XEP-0054 §9). In the dict view they have the names of the DTD."""

from __future__ import annotations

from typing import Final

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Base64Text, ChildText, ChildTexts, Flag

__all__ = [
    "VCARD",
    "Address",
    "BinVal",
    "Classification",
    "Email",
    "Geo",
    "Label",
    "Logo",
    "Name",
    "Org",
    "Photo",
    "Sound",
    "Telephone",
]

VCARD: Final = "vcard-temp"


def _text(name: str, doc: str) -> ChildText[str | None]:
    return ChildText(str, key=name, name=name, doc=doc)


def _flag(name: str, doc: str) -> Flag:
    return Flag(key=name, name=name, doc=doc)


class _Part(ElementBase):
    """What they have in common."""

    __slots__ = ()

    namespace = VCARD


class Name(_Part):
    """The parts of a person's name."""

    __slots__ = ()

    name = plugin_attrib = "N"

    family = _text("FAMILY", "the family name")
    given = _text("GIVEN", "the given name")
    middle = _text("MIDDLE", "more given names")
    prefix = _text("PREFIX", "what stands before it, as Dr.")
    suffix = _text("SUFFIX", "what stands behind it, as Jr.")


class Address(_Part):
    """A postal address."""

    __slots__ = ()

    name = plugin_attrib = "ADR"
    plugin_multi_attrib = "addresses"

    pobox = _text("POBOX", "the post office box")
    extadd = _text("EXTADD", "what the street does not say, as a floor")
    street = _text("STREET", "street and number")
    locality = _text("LOCALITY", "the town")
    region = _text("REGION", "the state or province")
    pcode = _text("PCODE", "the postal code")
    ctry = _text("CTRY", "the country")
    home = _flag("HOME", "where somebody lives")
    work = _flag("WORK", "where somebody works")
    postal = _flag("POSTAL", "for letters")
    parcel = _flag("PARCEL", "for parcels")
    dom = _flag("DOM", "for senders in the same country")
    intl = _flag("INTL", "for senders abroad")
    pref = _flag("PREF", "the best of several")


class Label(_Part):
    """A postal address, line by line as on an envelope."""

    __slots__ = ()

    name = plugin_attrib = "LABEL"
    plugin_multi_attrib = "labels"

    lines = ChildTexts(str, name="LINE", doc="the lines")
    home = _flag("HOME", "where somebody lives")
    work = _flag("WORK", "where somebody works")
    postal = _flag("POSTAL", "for letters")
    parcel = _flag("PARCEL", "for parcels")
    dom = _flag("DOM", "for senders in the same country")
    intl = Flag(key="INT", name="INTL", doc="for senders abroad")
    pref = _flag("PREF", "the best of several")

    def add_line(self, value: str) -> None:
        """Add a line."""
        self.lines = [*self.lines, value]


class Telephone(_Part):
    """A telephone number."""

    __slots__ = ()

    name = plugin_attrib = "TEL"
    plugin_multi_attrib = "telephone_numbers"

    number = ChildText(str, key="NUMBER", name="NUMBER", keep=True, doc="the number; an empty one is written, too")
    home = _flag("HOME", "where somebody lives")
    work = _flag("WORK", "where somebody works")
    voice = _flag("VOICE", "for talking")
    fax = _flag("FAX", "for facsimiles")
    pager = _flag("PAGER", "of a pager")
    msg = _flag("MSG", "for leaving messages")
    cell = _flag("CELL", "of a mobile telephone")
    video = _flag("VIDEO", "for video conferences")
    bbs = _flag("BBS", "of a bulletin board")
    modem = _flag("MODEM", "of a modem")
    isdn = _flag("ISDN", "for ISDN")
    pcs = _flag("PCS", "of a personal communication service")
    pref = _flag("PREF", "the best of several")


class Email(_Part):
    """An e-mail address."""

    __slots__ = ()

    name = plugin_attrib = "EMAIL"
    plugin_multi_attrib = "emails"

    userid = _text("USERID", "the address")
    home = _flag("HOME", "a private one")
    work = _flag("WORK", "one at work")
    internet = _flag("INTERNET", "of the Internet")
    x400 = _flag("X400", "of X.400")
    pref = _flag("PREF", "the best of several")


class Geo(_Part):
    """Where somebody is."""

    __slots__ = ()

    name = plugin_attrib = "GEO"
    plugin_multi_attrib = "geolocations"

    lat = ChildText(float, key="LAT", name="LAT", raw=True, doc="degrees north")
    lon = ChildText(float, key="LON", name="LON", raw=True, doc="degrees east")


class Org(_Part):
    """Where somebody works."""

    __slots__ = ()

    name = plugin_attrib = "ORG"
    plugin_multi_attrib = "organizations"

    orgname = _text("ORGNAME", "the organisation")
    orgunit = _text("ORGUNIT", "the unit of it; of several the first")
    orgunits = ChildTexts(str, name="ORGUNIT", doc="the units, each within the one before")

    def add_orgunit(self, value: str) -> None:
        """Add a unit."""
        self.orgunits = [*self.orgunits, value]


class Classification(_Part):
    """For whom the vCard is."""

    __slots__ = ()

    name = plugin_attrib = "CLASS"
    plugin_multi_attrib = "classifications"

    public = _flag("PUBLIC", "for everybody")
    private = _flag("PRIVATE", "for some")
    confidential = _flag("CONFIDENTIAL", "for few")


class _Media(_Part):
    """A picture, in the vCard or elsewhere."""

    __slots__ = ()

    type_ = _text("TYPE", "the media type that is said, as image/png; the data may be of another")
    extval = _text("EXTVAL", "the address where it is; nothing is loaded from there")
    data = ChildText(bytes, key="", name="BINVAL", doc="the data itself; None where there is none, or no base64")


class Photo(_Media):
    """A picture of the person; see xep_0153."""

    __slots__ = ()

    name = plugin_attrib = "PHOTO"
    plugin_multi_attrib = "photos"


class Logo(_Media):
    """A picture for the organisation."""

    __slots__ = ()

    name = plugin_attrib = "LOGO"
    plugin_multi_attrib = "logos"


class Sound(_Part):
    """How the name is spoken."""

    __slots__ = ()

    name = plugin_attrib = "SOUND"
    plugin_multi_attrib = "sounds"

    phonetc = ChildText(str, key="PHONETC", name="PHONETIC", doc="in letters")
    extval = _text("EXTVAL", "the address of a recording; nothing is loaded from there")
    data = ChildText(bytes, key="", name="BINVAL", doc="a recording")


class BinVal(_Part, parents=(Photo, Logo, Sound)):
    """Data: ``photo['BINVAL'] = data``. ``photo.data`` is the same."""

    __slots__ = ()

    name = plugin_attrib = "BINVAL"
    is_extension = True

    data = Base64Text(key="BINVAL", doc="the data; None where it is no base64")
