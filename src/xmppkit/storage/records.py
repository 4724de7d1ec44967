# SPDX-License-Identifier: MIT
"""What passes between a storage and those who use or implement it: scopes, bounds, entries, operations, and how a
value becomes bytes."""

from __future__ import annotations

import enum
import json
from dataclasses import field
from typing import Final, TypeAlias

from xmppkit.exceptions import InvalidValue, StorageCorrupted
from xmppkit.records import record

__all__ = [
    "ABSENT",
    "NOWHERE",
    "Clear",
    "Delete",
    "Entry",
    "Full",
    "Limits",
    "Operation",
    "Place",
    "Put",
    "Record",
    "Scope",
    "Value",
    "decode",
    "encode",
]

#: A value that is kept: bytes, or what JSON can say. Bytes are not allowed inside of the latter.
Value: TypeAlias = "bytes | str | int | float | bool | list[Value] | dict[str, Value] | None"

#: The revision of an entry that is not there.
ABSENT: Final = 0
#: Characters that a name, a key, or a part of a scope may have.
MAX_KEY: Final = 4096


def check_text(text: str, name: str) -> str:
    """`text`, if it may be a key; otherwise raises `InvalidValue`. NUL and lone surrogates are what databases refuse,
    each in its own way."""
    if len(text) > MAX_KEY:
        raise InvalidValue(f"{len(text)} characters are more than {MAX_KEY}", name)
    if "\0" in text:
        raise InvalidValue("it contains NUL", name)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue("it contains half a character", name) from None
    return text


class Full(enum.Enum):
    """What happens to an entry for which a collection has no room."""

    REFUSE = "refuse"
    #: What was written longest ago goes, until there is room: for caches.
    DROP_OLDEST = "drop-oldest"


@record(frozen=True, slots=True)
class Limits:
    """What a collection of one owner may hold, in all scopes together: another party chooses addresses and nodes, and
    may not fill the disk by choosing many.

    :ivar value: bytes of one value; default 1 MiB, more than any server lets through.
    :ivar entries: how many entries; default 100,000, the largest rosters there are.
    :ivar bytes: bytes of all values; default 256 MiB.
    :ivar when_full: what happens when there are too many entries or bytes. Too long a value is refused in any case.
    """

    value: int = 1024 * 1024
    entries: int = 100_000
    bytes: int = 256 * 1024 * 1024
    when_full: Full = Full.REFUSE


@record(frozen=True, slots=True)
class Scope:
    """Whose entries are meant. Equal keys in different scopes are different entries.

    :ivar owner: the own address, as a bare JID; empty: the program's.
    :ivar jid: the address of somebody else whom it concerns; empty: nobody.
    :ivar node: a node of that; empty: none.
    """

    owner: str = ""
    jid: str = ""
    node: str = ""

    def __post_init__(self) -> None:
        for name in ("owner", "jid", "node"):
            object.__setattr__(self, name, check_text(str(getattr(self, name)), f"Scope.{name}"))


#: The program's own scope.
NOWHERE: Final = Scope()


@record(frozen=True, slots=True)
class Place:
    """A collection in one scope."""

    collection: str
    scope: Scope


@record(frozen=True, slots=True)
class Record:
    """An entry as a storage has it.

    :ivar position: grows from each new entry of the storage to the next. It stays when the entry is written again.
    :ivar revision: grows with each writing, over the whole storage: no two writings have the same one.
    :ivar expires: the time of the storage's clock from which on the entry is not there; None: never.
    """

    scope: Scope
    key: str
    data: bytes
    position: int
    revision: int
    expires: float | None


@record(frozen=True, slots=True)
class Entry:
    """An entry as a program sees it.

    :ivar key: its key.
    :ivar value: a copy of the value.
    :ivar revision: for `Collection.replace`: another one says that it was written meanwhile.
    :ivar position: for `Collection.items`: where it is in the order.
    :ivar scope: whose it is.
    """

    key: str
    value: Value
    revision: int
    position: int
    scope: Scope


@record(frozen=True, slots=True)
class Put:
    """Write an entry.

    :ivar expires: the time of the storage's clock; None: never.
    :ivar expected: the revision that the entry must have, `ABSENT`: none; None: whatever it is.
    """

    place: Place
    key: str
    data: bytes
    expires: float | None = None
    expected: int | None = None
    limits: Limits = field(default_factory=Limits)


@record(frozen=True, slots=True)
class Delete:
    """Delete an entry, if it is there. `expected` as in `Put`."""

    place: Place
    key: str
    expected: int | None = None


@record(frozen=True, slots=True)
class Clear:
    """Delete all entries of a place."""

    place: Place


Operation: TypeAlias = Put | Delete | Clear

# The first byte says what follows.
_BYTES, _JSON = b"b", b"j"


def encode(value: Value) -> bytes:
    """A value as bytes.

    :raises InvalidValue: it is neither bytes nor what JSON can say.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return _BYTES + bytes(value)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        if json.loads(text) != value:  # tuples, and keys that are no strings, would come back as something else
            raise InvalidValue("it would not come back as it is: use lists, and strings as keys", "value")
        return _JSON + text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error, InvalidValue):
            raise
        raise InvalidValue(f"what is kept is bytes or like JSON: {error}", "value") from error


def decode(data: bytes, where: str) -> Value:
    """The value of some bytes.

    :param where: what they are, for people.
    :raises StorageCorrupted: they are none that `encode` has made.
    """
    kind, rest = data[:1], data[1:]
    if kind == _BYTES:
        return rest
    try:
        if kind == _JSON:
            value: Value = json.loads(rest)
            return value
    except (ValueError, RecursionError):
        pass
    raise StorageCorrupted(f"{where} cannot be read: it was not written by xmppkit, or was damaged")
