# SPDX-License-Identifier: MIT
"""Typed attributes of values that methods compute."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase

NS = "urn:test:derived"


class Lamp(ElementBase):
    name, namespace = "lamp", NS
    colours: ClassVar[set[str]] = {"red", "green"}

    colour = Derived(str, among="colours", doc="of the light")
    watts_ = Derived(int, key="watts")

    def get_colour(self) -> str:
        return self._get_attr("rgb").removeprefix("#")

    def set_colour(self, value: str) -> None:
        self._set_attr("rgb", "#" + value)

    def del_colour(self) -> None:
        self._del_attr("rgb")

    def get_watts(self) -> int | str:
        return len(self._get_attr("w")) or ""

    def set_watts(self, value: int) -> None:
        self._set_attr("w", "w" * value)

    def del_watts(self) -> None:
        self._del_attr("w")


def test_both_views_call_the_methods() -> None:
    lamp = Lamp()
    assert (lamp.colour, lamp["colour"], lamp.watts_, lamp["watts"]) == (None, "", None, "")
    lamp.colour = "red"
    lamp.watts_ = 3
    assert str(lamp) == f'<lamp xmlns="{NS}" rgb="#red" w="www" />'
    assert (lamp.colour, lamp["colour"], lamp.watts_, lamp["watts"]) == ("red", "red", 3, 3)
    lamp["watts"] = 1
    lamp["colour"] = "blue"  # the methods alone say what the dict view takes
    assert (lamp.colour, lamp.watts_) == ("blue", 1)
    lamp.watts_ = None
    del lamp.colour
    assert str(lamp) == f'<lamp xmlns="{NS}" />'


def test_what_the_class_knows() -> None:
    assert Lamp.interfaces == {"colour", "watts"}
    assert Lamp.colour.doc == "of the light"
    assert not Lamp.colour.present(Lamp())
    lamp = Lamp()
    assert "colour" not in lamp
    lamp.colour = "green"
    assert "colour" in lamp
    assert Lamp.colour.present(lamp)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("colour", "blue", r"Lamp\.colour: 'blue' is none of colours"),
        ("colour", 5, r"Lamp\.colour: it takes str, not int"),
        ("watts_", "5", r"Lamp\.watts_: it takes int, not str"),
    ],
)
def test_what_the_attribute_refuses(name: str, value: Any, why: str) -> None:
    lamp = Lamp()
    with pytest.raises(InvalidValue, match=why):
        setattr(lamp, name, value)
    assert str(lamp) == f'<lamp xmlns="{NS}" />'
