# SPDX-License-Identifier: MIT
"""The limits: their defaults, and values that are none."""

from __future__ import annotations

import dataclasses

import pytest

from xmppkit.xml.limits import Limits


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """What is made once in a process is made by these tests, too."""
    for name in ("before_authentication", "client", "server", "component"):
        Limits.__dict__[name].__func__.cache_clear()


FIELDS = [field.name for field in dataclasses.fields(Limits)]


def test_defaults() -> None:
    assert Limits() == Limits(
        stanza_bytes=1_048_576,
        header_bytes=16_384,
        depth=64,
        attributes=64,
        declarations=32,
        names=4096,
        children=20_000,
        name_length=1024,
        attribute_length=65_536,
        text_length=1_048_576,
    )


def test_sets_of_limits() -> None:
    assert Limits.before_authentication().stanza_bytes == 65_536
    assert Limits.client().stanza_bytes == 1_048_576
    assert Limits.server().stanza_bytes == 262_144
    assert Limits.component().stanza_bytes == 524_288
    for limits in (Limits.before_authentication(), Limits.client(), Limits.server(), Limits.component()):
        # RFC 6120 §13.12
        assert limits.stanza_bytes >= 10_000


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", [0, -1, 1.5, "1", True, None])
def test_values_that_are_none(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"limit {name} must be a whole number above 0, not {value!r}"):
        Limits(**{name: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=name):
        Limits().replace(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FIELDS)
def test_each_can_be_changed_in_a_copy(name: str) -> None:
    limits = Limits()
    changed = limits.replace(**{name: 1})
    assert getattr(changed, name) == 1
    assert dataclasses.asdict(changed) == {**dataclasses.asdict(limits), name: 1}
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(limits, name, 1)


def test_a_limit_that_does_not_exist() -> None:
    with pytest.raises(TypeError):
        Limits().replace(bytes=1)
