# SPDX-License-Identifier: MIT
"""Kinds of fields that a program makes for itself."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Field, ValueField

NS = "urn:test:fields"


class Sample(ElementBase):
    name, namespace = "sample", NS
    text = Attr(str)


@pytest.mark.parametrize("method", ["get", "set", "delete", "present"])
def test_a_field_of_ones_own_must_say_how(method: str) -> None:
    with pytest.raises(TypeError, match=method):
        Field[str]()  # type: ignore[abstract]


@pytest.mark.parametrize("method", ["text", "write", "remove"])
def test_a_value_field_of_ones_own_must_say_where(method: str) -> None:
    with pytest.raises(TypeError, match=method):
        ValueField[str]()  # type: ignore[abstract]


def test_a_field_of_ones_own() -> None:
    class Upper(Field[str]):
        """The element's name in capitals; it can be neither set nor removed."""

        def get(self, stanza: ElementBase) -> str:
            return stanza.name.upper()

        def set(self, stanza: ElementBase, value: str) -> None:
            raise InvalidValue("it cannot be set", self.attribute)

        def delete(self, stanza: ElementBase) -> None:
            raise InvalidValue("it cannot be removed", self.attribute)

        def present(self, stanza: ElementBase) -> bool:
            return True

    class Shouting(ElementBase):
        name, namespace = "shout", NS
        loud = Upper()

    stanza = Shouting()
    assert stanza.loud == stanza["loud"] == "SHOUT"
    assert "loud" in stanza
    with pytest.raises(InvalidValue):
        stanza["loud"] = "x"
    with pytest.raises(InvalidValue):
        del stanza["loud"]
