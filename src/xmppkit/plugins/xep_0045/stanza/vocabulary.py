# SPDX-License-Identifier: MIT
"""What the stanzas of XEP-0045 say in single words and numbers: affiliations, roles and status codes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.stanza.codecs import INTEGER
from xmppkit.stanza.declaration import Field
from xmppkit.xml.names import clark

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["MUC", "MUC_ADMIN", "MUC_OWNER", "MUC_USER", "Affiliation", "Role", "StatusCode", "StatusCodes", "codes_of"]

MUC: Final = "http://jabber.org/protocol/muc"
MUC_USER: Final = f"{MUC}#user"
MUC_ADMIN: Final = f"{MUC}#admin"
MUC_OWNER: Final = f"{MUC}#owner"

_STATUS: Final = clark(MUC_USER, "status")


class Affiliation(StrEnum):
    """What somebody is to a room for good, present or not (§5.2)."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    OUTCAST = "outcast"
    NONE = "none"


class Role(StrEnum):
    """What an occupant may do as long as they are there (§5.1)."""

    MODERATOR = "moderator"
    PARTICIPANT = "participant"
    VISITOR = "visitor"
    NONE = "none"


class StatusCode(IntEnum):
    """What a room says in a number (§16.6)."""

    NOT_ANONYMOUS_HERE = 100
    AFFILIATION_CHANGED = 101
    SHOWS_UNAVAILABLE = 102
    HIDES_UNAVAILABLE = 103
    CONFIGURATION_CHANGED = 104
    SELF_PRESENCE = 110
    LOGGED = 170
    NOT_LOGGED = 171
    NOT_ANONYMOUS = 172
    SEMI_ANONYMOUS = 173
    CREATED = 201
    NICK_ASSIGNED = 210
    BANNED = 301
    NICK_CHANGED = 303
    KICKED = 307
    AFFILIATION_LOST = 321
    MEMBERS_ONLY = 322
    SHUTDOWN = 332
    ERROR = 333


_KNOWN: Final[dict[str, int]] = {str(code.value): code for code in StatusCode}


def codes_of(xml: Element) -> set[int]:
    """The status codes in an ``x``, those that are known as `StatusCode`."""
    codes: set[int] = set()
    for child in xml:
        if child.tag == _STATUS:
            text = child.get("code", "")
            known = _KNOWN.get(text)
            if known is not None:
                codes.add(known)
                continue
            try:
                codes.add(INTEGER.decode(text))
            except ValueError:
                continue  # it says nothing
    return codes


class StatusCodes(Field["set[int]"]):
    """All status codes; those that are known are `StatusCode`. Assigning any numbers replaces them."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> set[int]:
        return codes_of(stanza.xml)

    def set(self, stanza: ElementBase, value: Iterable[Any]) -> None:
        try:
            codes = sorted({int(code) for code in value})
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None
        self.delete(stanza)
        for code in codes:
            SubElement(stanza.xml, _STATUS, {"code": str(code)})

    def delete(self, stanza: ElementBase) -> None:
        for element in stanza.xml.findall(_STATUS):
            stanza._remove(element)

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_STATUS) is not None
