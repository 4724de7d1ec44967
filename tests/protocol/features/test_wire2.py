# SPDX-License-Identifier: MIT
"""What both halves of SASL2 read alike."""

from __future__ import annotations

import pytest
from secured import parse

from xmppkit.protocol.features.wire2 import given, read_failure


@pytest.mark.parametrize(
    ("text", "expected"), [("", None), ("<x/>", "="), ("<x> \n</x>", "="), ("<x> QUJD\n</x>", "QUJD")]
)
def test_data(text: str, expected: str | None) -> None:
    # XEP-0388 §2.2: an element without text is data of length zero.
    assert given(next(iter(parse(text)), None)) == expected


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", ("not-authorized", "")),
        ("<aborted xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", ("aborted", "")),
        ("<aborted/><text>a sentence</text>", ("aborted", "a sentence")),
        ("<text/><own xmlns='urn:example:own'/>", ("not-authorized", "")),
    ],
)
def test_a_failure(inside: str, expected: tuple[str, str]) -> None:
    assert read_failure(parse(f"<failure xmlns='urn:xmpp:sasl:2'>{inside}</failure>")[0]) == expected
