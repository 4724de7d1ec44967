# SPDX-License-Identifier: MIT
"""Options and decorators of plugins."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.plugins.base.declarations import (
    EventDeclaration,
    FilterDeclaration,
    HandlerDeclaration,
    OperationDeclaration,
    Option,
    api_operation,
    declarations_of,
    filters,
    handles,
    listens,
)


class Configured:
    """Whatever has a config has options."""

    flag = Option(bool, False, doc="a switch")
    count = Option(int, 3, minimum=1, maximum=9)
    timeout = Option(float, 30.0, minimum=0.5)
    title = Option(str, doc="may be absent")
    mode = Option(str, "one", choices=("one", "two"))

    default_config: ClassVar[dict[str, Any]] = {
        "flag": False,
        "count": 3,
        "timeout": 30.0,
        "title": None,
        "mode": "one",
    }

    def __init__(self) -> None:
        self._config: dict[str, Any] | None = None

    @property
    def config(self) -> dict[str, Any]:
        if self._config is None:
            self._config = dict(self.default_config)
        return self._config


def test_an_option_is_an_attribute() -> None:
    it = Configured()
    assert (it.flag, it.count, it.timeout, it.title, it.mode) == (False, 3, 30.0, None, "one")
    it.flag, it.count, it.timeout, it.title, it.mode = True, 9, 1, "x", "two"
    assert it.config == {"flag": True, "count": 9, "timeout": 1, "title": "x", "mode": "two"}
    it.title = None
    assert it.title is None


def test_the_class_shows_the_option_itself() -> None:
    assert isinstance(Configured.flag, Option)
    assert (Configured.flag.name, Configured.flag.doc, Configured.flag.default) == ("flag", "a switch", False)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("flag", 1, "it takes bool"),
        ("flag", None, "it takes bool"),
        ("count", True, "it takes int"),
        ("count", "3", "it takes int"),
        ("count", 0, "at least 1"),
        ("count", 10, "at most 9"),
        ("timeout", False, "it takes float"),
        ("timeout", 0.25, "at least 0.5"),
        ("title", 1, "it takes str"),
        ("mode", "three", "one of 'one', 'two'"),
    ],
)
def test_a_value_that_does_not_fit(name: str, value: Any, reason: str) -> None:
    it = Configured()
    before = dict(it.config)
    with pytest.raises(ConfigurationError) as info:
        setattr(it, name, value)
    assert str(info.value) == f"Configured.{name} cannot be {value!r}: {reason}"
    assert it.config == before


def test_decorators_declare_in_the_order_in_which_they_are_written() -> None:
    @handles("iq@type=get/x", "Name", instream=True, before="a", after="b")
    @handles("message")
    @listens("session_start")
    @filters("in", order=3)
    @api_operation("get_x")
    @api_operation()
    def _get_y() -> None:
        raise AssertionError

    assert declarations_of(_get_y) == (
        HandlerDeclaration("iq@type=get/x", "Name", True, "a", "b"),
        HandlerDeclaration("message", None, False, None, None),
        EventDeclaration("session_start"),
        FilterDeclaration("in", 3),
        OperationDeclaration("get_x"),
        OperationDeclaration("get_y"),
    )


def test_nothing_is_declared() -> None:
    assert declarations_of(print) == ()
    assert declarations_of(None) == ()
