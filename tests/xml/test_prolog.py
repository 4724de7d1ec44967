# SPDX-License-Identifier: MIT
"""What may stand before a stream's opening tag, whole and cut at every place."""

from __future__ import annotations

import pytest

from xmppkit.xml.prolog import read_prolog

ENCODING = "unsupported-encoding"
RESTRICTED = "restricted-xml"
MALFORMED = "not-well-formed"

CASES: list[tuple[bytes, str | bool]] = [
    (b"<s", True),
    (b"<stream:stream", True),
    (b" \r\n\t<s", True),
    (b"<?xml version='1.0'?><s", True),
    (b"<?xml\tversion='1.0'?>\n <s", True),
    (b"<?xml version='1.0' encoding='UTF-8'?><s", True),
    (b'<?xml version="1.0" encoding="utf-8" standalone="yes"?><s', True),
    (b"", False),
    (b" \n", False),
    (b"<", False),
    (b"<?xml version='1.0'", False),
    (b"<?xml version='1.0'?>", False),
    (b"<?xml version='1.0'?> <", False),
    # C7: other encodings
    (b"<?xml version='1.0' encoding='iso-8859-1'?><s", ENCODING),
    (b"<?xml version='1.0' encoding='UTF-7'?><s", ENCODING),
    (b"<?xml version='1.0' encoding=''?><s", ENCODING),
    ("<s".encode("utf-16"), ENCODING),
    ("<s".encode("utf-16-be"), ENCODING),
    ("<s".encode("utf-16-le"), ENCODING),
    (b"\xfe\xff", ENCODING),
    # C1-C5: anything that could define an entity, and what RFC 6120 §11.1 forbids with it
    (b"<!DOCTYPE s>", RESTRICTED),
    (b"<!DOCTYPE s [<!ENTITY e 'X'>]><s>&e;</s>", RESTRICTED),
    (b"<?xml version='1.0'?> <!DOCTYPE s", RESTRICTED),
    (b"<!-- comment --><s", RESTRICTED),
    (b"<?php echo 1 ?><s", RESTRICTED),
    (b"<?xml-stylesheet href='x'?><s", RESTRICTED),
    (b"<?xml version='1.0'?><?pi?><s", RESTRICTED),
    (b"<?xml version='1.0'?><?xml version='1.0'?><s", RESTRICTED),
    (b" <?xml version='1.0'?><s", RESTRICTED),
    # A22: other protocols
    (b"HTTP/1.1 400 Bad Request", MALFORMED),
    (b"SSH-2.0-OpenSSH", MALFORMED),
    (b"\x16\x03\x01\x02\x00", MALFORMED),
    (b"\x00\x00", MALFORMED),
    # U+FEFF is no byte order mark in a stream (RFC 6120 §11.6), and no blank either
    (b"\xef\xbb\xbf<s", MALFORMED),
]


@pytest.mark.parametrize(("prolog", "expected"), CASES)
def test_whole(prolog: bytes, expected: str | bool) -> None:
    verdict = read_prolog(prolog)
    assert (verdict if isinstance(verdict, bool) else verdict[0]) == expected
    assert isinstance(verdict, bool) or verdict[1]


@pytest.mark.parametrize(("prolog", "expected"), CASES)
def test_byte_by_byte(prolog: bytes, expected: str | bool) -> None:
    verdict: tuple[str, str] | bool = False
    for end in range(1, len(prolog) + 1):
        verdict = read_prolog(prolog[:end])
        if verdict is not False:
            break
    assert (verdict if isinstance(verdict, bool) else verdict[0]) == expected


@pytest.mark.parametrize("half", [b"\xfe", b"\xff", b"\x00"])
def test_half_a_byte_order_mark_can_become_one(half: bytes) -> None:
    assert read_prolog(half) is False
