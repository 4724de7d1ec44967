# SPDX-License-Identifier: MIT
"""What kind of picture an avatar is, and hashes."""

from __future__ import annotations

import pytest

from xmppkit.plugins.xep_0153.avatar import Avatar, digest, known_hash, sniffed


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"GIF87a...", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"<svg onload='x()'/>", None),
        (b"", None),
    ],
)
def test_kinds(data: bytes, kind: str | None) -> None:
    assert sniffed(data) == kind
    assert Avatar.of(data) == Avatar(data, kind, digest(data))


def test_hashes() -> None:
    """FIPS 180-4"""
    assert digest(b"abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("A9993E364706816ABA3E25717850C26C9CD0D89D", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (" a9993e364706816aba3e25717850c26c9cd0d89d\n", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("", ""),
        (" ", ""),
        ("a9993e", None),
        ("../etc/passwd", None),
        ("g" * 40, None),
        ("a" * 41, None),
    ],
)
def test_what_a_presence_says(text: str, known: str | None) -> None:
    assert known_hash(text) == known
