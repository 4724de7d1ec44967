# SPDX-License-Identifier: MIT
"""RFC 6122's preparation of the parts of an address."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xmppkit.exceptions import StringPrepError
from xmppkit.stringprep import StringprepError, idna, nodeprep, punycode, resourceprep


@pytest.mark.parametrize(
    ("function", "given", "prepared"),
    [
        (nodeprep, "Ünode", "ünode"),
        (nodeprep, "Straße", "strasse"),
        (nodeprep, "a\u00adb", "ab"),
        (nodeprep, "\N{ROMAN NUMERAL NINE}", "ix"),
        (nodeprep, "\N{GRINNING FACE}", "\N{GRINNING FACE}"),
        (resourceprep, "Res ourceà", "Res ourceà"),
        (resourceprep, "\N{ROMAN NUMERAL NINE}", "IX"),
        (idna, "BÜcher.DE", "bücher.de"),
        (idna, "xn--bcher-kva.de", "bücher.de"),
        (idna, "example.com", "example.com"),
        (punycode, "BÜcher.DE", b"xn--bcher-kva.de"),
        (punycode, "Example.com", b"example.com"),
    ],
)
def test_what_becomes_of_it(function: Callable[[str], object], given: str, prepared: object) -> None:
    assert function(given) == prepared


@pytest.mark.parametrize(
    ("function", "given"),
    [
        *((nodeprep, f"a{character}b") for character in " \"&'/:<>@\0\u00a0\ufffd"),
        (nodeprep, "a\u0627"),
        (resourceprep, "a\u00a0\0"),
        (idna, "a..b"),
        (idna, "a_b"),
        (idna, "-a"),
        (idna, "a-"),
        (idna, "x" * 64),
        (idna, "xn--üb"),
        (idna, "a\u00a0\u200eb.de"),
        (idna, "xn--99999999"),
        (punycode, "a b"),
        (punycode, ""),
    ],
)
def test_what_is_refused(function: Callable[[str], object], given: str) -> None:
    with pytest.raises(StringPrepError):
        function(given)


def test_the_error_has_two_names() -> None:
    assert StringprepError is StringPrepError
    assert issubclass(StringPrepError, ValueError)
