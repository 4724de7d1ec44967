# SPDX-License-Identifier: MIT
"""The root of the errors."""

from __future__ import annotations

import pytest

from xmppkit.exceptions.root import XMPPKitError, in_one_line


def test_it_is_an_exception_like_others() -> None:
    assert issubclass(XMPPKitError, Exception)
    assert str(XMPPKitError("why")) == "why"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("not now", "not now"),
        ("später ☕", "später ☕"),
        ("two\u00a0words", "two\u00a0words"),
        ("later\nCRITICAL root: forged\r", "later\\nCRITICAL root: forged\\r"),
        ("\x1b[31m\x9b\u2028\u2029", "\\x1b[31m\\x9b\\u2028\\u2029"),
        ("\u200e\u200f\u202a\u202e\u2066\u2069\u061c", "\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069\\u061c"),
    ],
)
def test_what_others_have_said_is_one_line(text: str, shown: str) -> None:
    assert in_one_line(text) == shown
