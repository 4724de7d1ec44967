# SPDX-License-Identifier: MIT
"""What settings take, each kind by itself: Python values, text, and the words that describe it."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from xmppkit.settings.kinds import SECONDS, SWITCH, TAG, Choice, Kind, Maybe, Several, text, whole


class Speed(IntEnum):
    """What a choice is made of."""

    SLOW = 1
    FAST = 2


FILE = text("a file", "FILE")
HOST = text("a host in lower case", "HOST", "[a-z.]+")
SPEED = Choice(slow=Speed.SLOW, _2_0=Speed.FAST)
COLOURS = Several("a colour", "COLOUR", ",", ("red", "green"), also=lambda: ["plaid"])
PATHS = Several("a file", "FILE", ":")
NUMBER_OR_NOT = Maybe(whole(1), "no end")


@pytest.mark.parametrize(
    ("kind", "description", "metavar"),
    [
        (SWITCH, "true or false", "VALUE"),
        (SECONDS, "a number of seconds above 0", "SECONDS"),
        (FILE, "a file", "FILE"),
        (SPEED, "one of slow, 2.0", "slow|2.0"),
        (COLOURS, "a colour, or several, of red, green", "COLOUR[,…]"),
        (PATHS, "a file, or several", "FILE[:…]"),
        (NUMBER_OR_NOT, "a whole number from 1 on, or none (no end)", "NUMBER"),
    ],
)
def test_words(kind: Kind[Any], description: str, metavar: str) -> None:
    assert (kind.description, kind.metavar) == (description, metavar)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (SWITCH, True, True),
        (SECONDS, 2, 2.0),
        (TAG, "de-CH", "de-CH"),
        (whole(0), 0, 0),
        (FILE, "a.pem", "a.pem"),
        (FILE, Path("a.pem"), "a.pem"),
        (HOST, "example.org", "example.org"),
        (SPEED, Speed.FAST, Speed.FAST),
        (COLOURS, "red", ("red",)),
        (COLOURS, ["green", "plaid"], ("green", "plaid")),
        (PATHS, Path("a.pem"), ("a.pem",)),
        (PATHS, iter(["a.pem", Path("b.pem")]), ("a.pem", "b.pem")),
        (NUMBER_OR_NOT, None, None),
        (NUMBER_OR_NOT, 3, 3),
    ],
)
def test_values(kind: Kind[Any], value: object, kept: object) -> None:
    checked = kind.check(value)
    assert checked == kept
    assert type(checked) is type(kept)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (SWITCH, "true"),
        (SECONDS, "5"),
        (SECONDS, 0.0),
        (whole(0), -1),
        (FILE, ""),
        (FILE, 5),
        (HOST, "Example"),
        (SPEED, 3),
        (COLOURS, "blue"),
        (COLOURS, ["red", 1]),
        (PATHS, []),
        (PATHS, None),
        (NUMBER_OR_NOT, 0),
    ],
)
def test_values_that_are_refused(kind: Kind[Any], value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        kind.check(value)


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        (SWITCH, "TRUE", True),
        (SWITCH, "0", False),
        (SECONDS, "2.5", 2.5),
        (FILE, "A.pem", "A.pem"),
        (SPEED, "2.0", Speed.FAST),
        (COLOURS, "red, plaid", ("red", "plaid")),
        (PATHS, "a:b", ("a", "b")),
        (NUMBER_OR_NOT, "None", None),
        (NUMBER_OR_NOT, "7", 7),
    ],
)
def test_text(kind: Kind[Any], said: str, value: object) -> None:
    assert kind.parse(said) == value


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (SWITCH, "maybe"),
        (SECONDS, "-1"),
        (FILE, ""),
        (HOST, "example.org/"),
        (SPEED, "FAST"),
        (COLOURS, "red,"),
        (NUMBER_OR_NOT, "x"),
    ],
)
def test_text_that_is_refused(kind: Kind[Any], said: str) -> None:
    with pytest.raises(ValueError):
        kind.parse(said)
