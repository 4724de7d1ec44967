# SPDX-License-Identifier: MIT
"""The package `xmppkit.thirdparty`, its set, its decorator, and what stands for python-gnupg."""

from __future__ import annotations

import sys
import warnings
from types import ModuleType

import pytest

from xmppkit import thirdparty
from xmppkit.exceptions import ConfigurationError
from xmppkit.thirdparty import OrderedSet, gnupg
from xmppkit.thirdparty.deprecated import deprecated


def test_names_have_their_homes() -> None:
    assert thirdparty.OrderedSet is OrderedSet
    assert thirdparty.GPG is gnupg.GPG
    assert thirdparty.deprecated.deprecated is deprecated
    assert set(thirdparty.__all__) <= set(dir(thirdparty))
    with pytest.raises(AttributeError, match=r"xmppkit\.thirdparty.*nothing"):
        thirdparty.nothing  # noqa: B018


# --- OrderedSet --------------------------------------------------------------------------------------------


def test_a_set_remembers_the_order() -> None:
    found = OrderedSet([3, 1, 2, 1])
    assert list(found) == [3, 1, 2]
    assert list(reversed(found)) == [2, 1, 3]
    found.add(3)
    found.add(4)
    found.discard(1)
    found.discard(9)
    assert list(found) == [3, 2, 4]
    assert (len(found), 2 in found, 1 in found) == (3, True, False)
    assert (found.pop(), found.pop(last=False), list(found)) == (4, 3, [2])
    assert repr(found) == "OrderedSet([2])"
    found.remove(2)
    with pytest.raises(KeyError):
        found.pop()
    with pytest.raises(KeyError):
        found.remove(2)
    assert not OrderedSet()


def test_a_set_among_others() -> None:
    one, other = OrderedSet("abc"), OrderedSet("cba")
    assert one == OrderedSet("abc")
    assert one != other
    assert one == {"c", "b", "a"}
    assert one != ["a", "b", "c"]
    assert list(one | OrderedSet("xa")) == ["a", "b", "c", "x"]
    assert list(one & OrderedSet("xba")) == ["b", "a"]
    assert isinstance(one - {"a"}, OrderedSet)
    with pytest.raises(TypeError):
        hash(one)


# --- deprecated --------------------------------------------------------------------------------------------


def test_a_function_warns_its_caller() -> None:
    @deprecated("use new()")
    def old(value: int, *, more: int = 0) -> int:
        """What it does."""
        return value + more

    with pytest.warns(DeprecationWarning, match=r"use new\(\)") as caught:
        assert old(1, more=2) == 3
    assert caught[0].filename == __file__
    assert (old.__name__, old.__doc__) == ("old", "What it does.")
    assert old.__deprecated__ == "use new()"  # type: ignore[attr-defined]


async def test_a_coroutine_function_stays_one() -> None:
    @deprecated("use new()", category=UserWarning)
    async def old() -> int:
        return 1

    with pytest.warns(UserWarning, match="use new"):
        assert await old() == 1


def test_a_class_warns_whoever_makes_one_or_derives_from_it() -> None:
    @deprecated("use New")
    class Old:
        def __init__(self, value: int = 0) -> None:
            self.value = value

    with pytest.warns(DeprecationWarning, match="use New"):

        class Derived(Old):
            pass

    with pytest.warns(DeprecationWarning, match="use New"):
        assert Old(3).value == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Derived(4).value == 4


def test_a_class_that_is_told_of_its_subclasses() -> None:
    @deprecated("use New")
    class Old:
        told: list[tuple[str, str]] = []

        def __init_subclass__(cls, word: str) -> None:
            cls.told.append((cls.__name__, word))

    with pytest.warns(DeprecationWarning, match="use New"):

        class Derived(Old, word="now"):
            pass

    assert Derived.told == [("Derived", "now")]


def test_classes_with_and_without_a_constructor() -> None:
    class Made:
        def __new__(cls, value: int) -> Made:
            made = super().__new__(cls)
            made.value = value  # type: ignore[attr-defined]
            return made

    with pytest.warns(DeprecationWarning, match="gone"):
        assert deprecated("gone")(Made)(5).value == 5  # type: ignore[attr-defined]

    @deprecated("gone")
    class Plain:
        pass

    with pytest.warns(DeprecationWarning, match="gone"), pytest.raises(TypeError, match="takes no arguments"):
        Plain(1)  # type: ignore[call-arg]
    with pytest.warns(DeprecationWarning, match="gone"):
        assert isinstance(Plain(), Plain)


def test_without_a_category_nothing_is_said() -> None:
    @deprecated("only for type checkers", category=None)
    def old() -> int:
        return 1

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert old() == 1


# --- GPG ---------------------------------------------------------------------------------------------------


def test_without_gnupg_the_advice_comes_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gnupg", None)
    missing = gnupg._find()
    with pytest.raises(ConfigurationError, match="pip install python-gnupg"):
        missing(gnupghome="/nowhere")


def test_with_gnupg_it_is_its_class(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = ModuleType("gnupg")
    theirs.GPG = type("GPG", (), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gnupg", theirs)
    assert gnupg._find() is theirs.GPG
