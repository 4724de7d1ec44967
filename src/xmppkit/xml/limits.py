# SPDX-License-Identifier: MIT
"""How much a peer may send before it is cut off. Past any of these: ``policy-violation`` (RFC 6120 §4.9.3.14). Where
what comes may be other users', a stanza that is past any but its size is dropped instead, and the stream goes on."""

from __future__ import annotations

import dataclasses
from functools import cache

from xmppkit.records import record

KIB = 1024
MIB = 1024 * KIB


@record(frozen=True, slots=True)
class Limits:
    """Bounds on what one stream's parser accepts.

    They bound memory, not only politeness: the parser refuses while reading, not when a stanza is complete.
    Where a stanza begins behind another one in the same read, up to 8 KiB of it may go uncounted.
    """

    #: Bytes of one stanza, markup included. RFC 6120 §13.12 asks for at least 10,000; servers commonly
    #: take 256 KiB from a client and 512 KiB from a server or component.
    stanza_bytes: int = 1 * MIB
    #: Bytes up to the end of the stream's opening tag. A real one has about 200.
    header_bytes: int = 16 * KIB
    #: Levels of elements in a stanza, the stanza itself being the first. Real stanzas stay below 15.
    depth: int = 64
    #: Attributes of one element, namespace declarations not counted. Real ones stay below 10.
    attributes: int = 64
    #: Namespace declarations of one element, counted where its tag has more than 1 KiB. Real ones have up to 3.
    declarations: int = 32
    #: Different names of elements and attributes in one stanza, each in its namespace. Real sessions know some
    #: hundred. Names are what a parser never forgets: when a stream has brought more than half of this, the
    #: parser makes a new beginning behind a stanza.
    names: int = 4096
    #: Children of one element. The largest real ones are rosters and service discovery results.
    children: int = 20_000
    #: Characters of a qualified name (namespace and local part) or of an attribute's name.
    name_length: int = 1024
    #: Characters of one attribute's value.
    attribute_length: int = 64 * KIB
    #: Characters of one run of text.
    text_length: int = 1 * MIB

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"limit {field.name} must be a whole number above 0, not {value!r}")

    @classmethod
    @cache
    def before_authentication(cls) -> Limits:
        """What an unknown peer may send: 64 KiB a stanza."""
        return cls(stanza_bytes=64 * KIB, children=256)

    @classmethod
    @cache
    def client(cls) -> Limits:
        """What a client takes from its server: 1 MiB a stanza."""
        return cls()

    @classmethod
    @cache
    def server(cls) -> Limits:
        """What a server takes from a client that has logged in: 256 KiB a stanza."""
        return cls(stanza_bytes=256 * KIB)

    @classmethod
    @cache
    def component(cls) -> Limits:
        """What passes between a server and a component: 512 KiB a stanza."""
        return cls(stanza_bytes=512 * KIB)

    def replace(self, **changes: int) -> Limits:
        """A copy with some bounds changed; ValueError for one that is not a whole number above 0."""
        return dataclasses.replace(self, **changes)
