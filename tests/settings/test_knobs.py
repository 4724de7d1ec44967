# SPDX-License-Identifier: MIT
"""One setting: its names, its errors, how it is declared and shown."""

from __future__ import annotations

import dataclasses
import ssl

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.records import record
from xmppkit.sasl.policy import Binding
from xmppkit.settings.kinds import whole
from xmppkit.settings.knobs import Knob, limit, seconds, setting, shown, switch

KNOB = Knob("max_cups", whole(1), 5, "cups", "How much tea.")


def test_names() -> None:
    assert KNOB.environment == "XMPPKIT_MAX_CUPS"
    assert KNOB.flag == "--max-cups"


def test_what_it_takes() -> None:
    assert KNOB.check(3) == 3
    assert KNOB.parse("3", "--max-cups") == 3


def test_errors_name_knob_value_and_source() -> None:
    with pytest.raises(ConfigurationError) as caught:
        KNOB.check("3")
    assert str(caught.value) == "max_cups takes a whole number from 1 on, not '3'"
    with pytest.raises(ConfigurationError) as caught:
        KNOB.parse("many", "--max-cups")
    assert str(caught.value) == "--max-cups: max_cups takes a whole number from 1 on, not 'many'"


def test_declarations() -> None:
    @record(frozen=True, slots=True, kw_only=True)
    class Tea:
        """Settings of a tea party."""

        cups: int = setting(5, whole(1), "How much.", "cups")
        guest: str = setting("nobody", whole(1), "Who comes.", secret=True)
        steep: float = seconds(180.0, "How long.")
        wait: float | None = seconds(None, "How long to wait.", "for ever")
        milk: bool = switch(True, "With milk.")
        lumps: int | None = limit("Lumps of sugar.", "lumps", 2)

    told = {
        item.name: (item.default, item.metadata["unit"], item.metadata["help"], item.metadata["kind"].description)
        for item in dataclasses.fields(Tea)
    }
    assert told == {
        "cups": (5, "cups", "How much.", "a whole number from 1 on"),
        "guest": ("nobody", "", "Who comes.", "a whole number from 1 on"),
        "steep": (180.0, "seconds", "How long.", "a number of seconds above 0"),
        "wait": (None, "seconds", "How long to wait.", "a number of seconds above 0, or none (for ever)"),
        "milk": (True, "", "With milk.", "true or false"),
        "lumps": (
            None,
            "lumps",
            "Lumps of sugar.",
            "a whole number from 2 on, or none (what the role has: see Limits)",
        ),
    }
    assert "nobody" not in repr(Tea())
    assert "cups=5" in repr(Tea())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, "none"),
        (ssl.TLSVersion.TLSv1_2, "1.2"),
        (10.0, "10"),
        (0.25, "0.25"),
        (5, "5"),
        ("en", "en"),
        (Binding.IF_OFFERED, "if-offered"),
    ],
)
def test_shown(value: object, text: str) -> None:
    assert shown(value) == text
