# SPDX-License-Identifier: MIT
"""Text to value and back: the only place where stanza fields parse or format numbers, booleans, dates and so on.

A codec's `decode` takes text from the wire and raises ValueError for anything that is none of its values; the
fields turn that into "no value". Its `encode` takes a value from the program and raises ValueError or TypeError,
which the fields turn into `InvalidValue`. What `encode` writes, `decode` reads back.

The lexical forms are those of XML Schema, to whose types the RFCs and XEPs refer, and, for dates, of XEP-0082.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import math
import re
from abc import ABC, abstractmethod
from enum import Enum
from typing import Any, Final, Generic, TypeVar, cast

from xmppkit.jid.address import JID, canonical

__all__ = [
    "ADDRESS",
    "BASE64",
    "BOOLEAN",
    "BOOLEAN_DIGIT",
    "DATETIME",
    "FLOAT",
    "INTEGER",
    "LANGUAGE",
    "STRICT_ADDRESS",
    "TEXT",
    "AddressCodec",
    "Base64Codec",
    "BooleanCodec",
    "Codec",
    "DateTimeCodec",
    "EnumCodec",
    "FloatCodec",
    "IntegerCodec",
    "LanguageCodec",
    "TextCodec",
    "codec_for",
]

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

#: White space that XML Schema strips from everything but strings.
_SPACE: Final = " \t\r\n"
#: The digits a number may have: enough for 64 bits, and so few that no conversion is slow.
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,20}")
# Few stanzas have one, so it is compiled with the first.
_FLOAT: Final = r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
#: RFC 5646 §2.1, without the registry.
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,15}")
#: XEP-0082 §3.2, or without the hyphens as in the older XEP-0091.
_DATETIME: Final = (  # compiled with the first, too
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,20}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def _shown(value: object) -> str:
    """A value in an error message: short, whatever a peer or a program put there."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class Codec(ABC, Generic[T]):
    """A conversion between the text on the wire and values of one type."""

    __slots__ = ()

    #: What the values are, for error messages.
    description: str = "text"
    #: Whether the empty text can stand for a value. If not, a value that is written as nothing is no value.
    empty_text: bool = True

    @property
    def empty(self) -> Any:
        """What slixmpp's dict view shows where there is no value."""
        return ""

    @abstractmethod
    def decode(self, text: str) -> T:
        """The value that `text` stands for; ValueError when it stands for none."""

    @abstractmethod
    def encode(self, value: object) -> str:
        """The text for `value`; ValueError or TypeError when there is none."""

    def show(self, value: T) -> Any:
        """How slixmpp's dict view shows a value."""
        return value

    def unreadable(self, text: str) -> Any:
        """How the dict view shows text that is no value."""
        return text


class TextCodec(Codec[str]):
    """Text as it is. Numbers, booleans and addresses that a program hands over are written in their own forms."""

    __slots__ = ()

    def decode(self, text: str) -> str:
        return text

    def encode(self, value: object) -> str:
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, JID)):
            return str(value)
        if isinstance(value, float):
            return FLOAT.encode(value)
        raise TypeError(f"it takes text, not {type(value).__name__}")


class IntegerCodec(Codec[int]):
    """Whole numbers, within bounds if there are any (both included)."""

    __slots__ = ("description", "maximum", "minimum")

    def __init__(self, minimum: int | None = None, maximum: int | None = None) -> None:
        self.minimum = -(10**20) + 1 if minimum is None else minimum
        self.maximum = 10**20 - 1 if maximum is None else maximum
        self.description = "a whole number"
        if minimum is not None and maximum is not None:
            self.description += f" from {minimum} to {maximum}"
        elif minimum is not None:
            self.description += f" from {minimum} on"
        elif maximum is not None:
            self.description += f" up to {maximum}"

    def _check(self, value: int) -> int:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"it takes {self.description}, and {_shown(value)} is not")
        return value

    def decode(self, text: str) -> int:
        stripped = text.strip(_SPACE)
        if not _INTEGER.fullmatch(stripped):
            raise ValueError(f"it takes {self.description}, not {_shown(text)}")
        return self._check(int(stripped))

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            return str(self.decode(value))
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"it takes {self.description}, not {type(value).__name__}")
        return str(int(self._check(value)))


class FloatCodec(Codec[float]):
    """Finite decimal numbers."""

    __slots__ = ()

    description = "a number"

    def decode(self, text: str) -> float:
        stripped = text.strip(_SPACE)
        if not re.fullmatch(_FLOAT, stripped):
            raise ValueError(f"it takes a number, not {_shown(text)}")
        value = float(stripped)
        if not math.isfinite(value):
            raise ValueError(f"{_shown(text)} is too large")
        return value

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            value = self.decode(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"it takes a number, not {type(value).__name__}")
        try:
            value = float(value)
        except OverflowError:
            raise ValueError("the number is too large") from None
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite")
        return repr(value)


class BooleanCodec(Codec[bool]):
    """``true``/``1`` and ``false``/``0``.

    :param digits: write ``1`` and ``0``, as some older protocols want it.
    """

    __slots__ = ("_false", "_true")

    description = "true or false"

    def __init__(self, *, digits: bool = False) -> None:
        self._true, self._false = ("1", "0") if digits else ("true", "false")

    def decode(self, text: str) -> bool:
        stripped = text.strip(_SPACE)
        if stripped in ("true", "1"):
            return True
        if stripped in ("false", "0"):
            return False
        raise ValueError(f"{_shown(text)} is neither true nor false")

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            value = self.decode(value)
        if not isinstance(value, int) or value not in (0, 1):
            raise TypeError(f"it takes True or False, not {_shown(value)}")
        return self._true if value else self._false


class AddressCodec(Codec[JID]):
    """Addresses (RFC 7622).

    :param strict: the dict view raises InvalidJID for text that is no address, instead of showing the text.
    """

    __slots__ = ("_strict",)

    description = "an address"
    empty_text = False

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict

    @property
    def empty(self) -> JID:
        """The empty address: it is false, and equal to ``''``. A new one each time, since addresses can change."""
        return JID("")

    def decode(self, text: str) -> JID:
        jid = JID(text)
        if not jid:
            raise ValueError("the address is empty")
        return jid

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            return canonical(value)
        if isinstance(value, JID):
            return value.full
        raise TypeError(f"it takes an address, not {type(value).__name__}")

    def unreadable(self, text: str) -> JID | str:
        return JID(text) if self._strict else text


class DateTimeCodec(Codec[datetime.datetime]):
    """Moments (XEP-0082 §3.2). Values are aware and in UTC; text without a zone is read as UTC, and a naive
    datetime is written as if it were in UTC."""

    __slots__ = ()

    description = "a date and time"

    def decode(self, text: str) -> datetime.datetime:
        found = re.fullmatch(_DATETIME, text.strip(_SPACE))
        if found is None:
            raise ValueError(f"{_shown(text)} is no date and time of XEP-0082")
        *numbers, fraction, zone = found.groups()
        year, month, day, hour, minute, second = map(int, numbers)
        microsecond = int((fraction or "0")[:6].ljust(6, "0"))
        value = datetime.datetime(year, month, day, hour, minute, second, microsecond, datetime.UTC)
        if not zone or zone == "Z":
            return value
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 14 or minutes > 59:  # XML Schema part 2, §3.2.7.3
            raise ValueError(f"{zone} is no time zone")
        offset = datetime.timedelta(hours=hours, minutes=minutes)
        try:
            return value - offset if zone[0] == "+" else value + offset
        except OverflowError:
            raise ValueError(f"{_shown(text)} is out of range") from None

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            value = self.decode(value)
        if not isinstance(value, datetime.datetime):
            raise TypeError(f"it takes a datetime, not {type(value).__name__}")
        if value.utcoffset() is not None:
            try:
                value = value.astimezone(datetime.UTC)
            except OverflowError:
                raise ValueError("the date is out of range") from None
        text = value.replace(tzinfo=None).isoformat()
        return (text.rstrip("0") if value.microsecond else text) + "Z"


class EnumCodec(Codec[E]):
    """The members of an enumeration whose values are strings. The dict view shows the strings.

    :raises TypeError: a member's value is no string.
    """

    __slots__ = ("_members", "description")

    def __init__(self, enum: type[E]) -> None:
        self._members: dict[str, E] = {}
        for member in enum:
            if not isinstance(member.value, str):
                raise TypeError(f"{member} is not a string on the wire")
            self._members[member.value] = member
        self.description = "one of " + ", ".join(self._members)

    def decode(self, text: str) -> E:
        member = self._members.get(text)
        if member is None:
            raise ValueError(f"it takes {self.description}, not {_shown(text)}")
        return member

    def encode(self, value: object) -> str:
        if isinstance(value, Enum):
            value = value.value
        if not isinstance(value, str):
            raise TypeError(f"it takes {self.description}, not {type(value).__name__}")
        return str(self.decode(value).value)

    def show(self, value: E) -> str:
        return str(value.value)


class LanguageCodec(Codec[str]):
    """Language tags (RFC 5646), by their form."""

    __slots__ = ()

    description = "a language tag"

    def decode(self, text: str) -> str:
        stripped = text.strip(_SPACE)
        if not _LANGUAGE.fullmatch(stripped):
            raise ValueError(f"{_shown(text)} is no language tag")
        return stripped

    def encode(self, value: object) -> str:
        if not isinstance(value, str):
            raise TypeError(f"it takes a language tag, not {type(value).__name__}")
        return self.decode(value)


class Base64Codec(Codec[bytes]):
    """Bytes as base64 (RFC 4648 §4). Reading ignores white space and nothing else.

    :param equals: no bytes are written as ``=``, as SASL has it (RFC 6120 §6.4.2).
    """

    __slots__ = ("_equals",)

    description = "bytes"

    def __init__(self, *, equals: bool = False) -> None:
        self._equals = equals

    @property
    def empty(self) -> bytes:
        """No bytes."""
        return b""

    def decode(self, text: str) -> bytes:
        packed = "".join(text.split())
        if packed == "=" and self._equals:
            return b""
        try:
            return base64.b64decode(packed.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise ValueError("it is no base64") from None

    def encode(self, value: object) -> str:
        if isinstance(value, str):
            value = value.encode()
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError(f"it takes bytes, not {type(value).__name__}")
        text = base64.b64encode(bytes(value)).decode("ascii")
        return text or ("=" if self._equals else "")

    def unreadable(self, text: str) -> bytes:
        return b""


TEXT: Final = TextCodec()
INTEGER: Final = IntegerCodec()
FLOAT: Final = FloatCodec()
BOOLEAN: Final = BooleanCodec()
BOOLEAN_DIGIT: Final = BooleanCodec(digits=True)
ADDRESS: Final = AddressCodec()
STRICT_ADDRESS: Final = AddressCodec(strict=True)
DATETIME: Final = DateTimeCodec()
LANGUAGE: Final = LanguageCodec()
BASE64: Final = Base64Codec()

_BY_TYPE: Final[dict[object, Codec[Any]]] = {
    str: TEXT,
    int: INTEGER,
    float: FLOAT,
    bool: BOOLEAN,
    JID: ADDRESS,
    datetime.datetime: DATETIME,
    bytes: BASE64,
}


def codec_for(kind: type[T] | Codec[T], minimum: int | None = None, maximum: int | None = None) -> Codec[T]:
    """The codec for a type of values, or the codec itself if it is one.

    :param kind: str, int, float, bool, bytes, JID, datetime, an Enum class with string values, or a `Codec`.
    :param minimum: the smallest whole number; with `int` only.
    :param maximum: the largest whole number; with `int` only.
    :raises TypeError: there is none for that type, or it has no bounds.
    """
    if minimum is not None or maximum is not None:
        if kind is not int:
            raise TypeError("only whole numbers have bounds")
        return cast("Codec[T]", IntegerCodec(minimum, maximum))
    if isinstance(kind, Codec):
        return kind
    found = _BY_TYPE.get(kind)
    if found is None:
        if not (isinstance(kind, type) and issubclass(kind, Enum)):
            raise TypeError(f"stanza fields hold no values of type {kind!r}")
        found = EnumCodec(kind)
    return found
