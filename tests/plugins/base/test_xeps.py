# SPDX-License-Identifier: MIT
"""The table of XEPs."""

from __future__ import annotations

import importlib.util

import pytest
import xep_examples

from xmppkit.plugins.base.xeps import XEPS, Implementation

BY_NUMBER = {each.number: each for each in XEPS}


def test_the_table_is_in_order() -> None:
    assert [each.number for each in XEPS] == sorted(BY_NUMBER)


def test_every_plugin_is_in_it() -> None:
    assert set(xep_examples.with_plugin()) <= set(BY_NUMBER)


@pytest.mark.parametrize("number", sorted(path.stem for path in xep_examples.DATA.glob("*.xml")))
def test_it_agrees_with_the_source_of_the_xep(number: str) -> None:
    source = xep_examples.read_data(xep_examples.DATA / f"{number}.xml")
    assert (BY_NUMBER[number].title, BY_NUMBER[number].version) == (source.title, source.version)


@pytest.mark.parametrize("one", [each for each in XEPS if each.home], ids=lambda each: each.number)
def test_what_is_no_plugin_is_somewhere_else(one: Implementation) -> None:
    assert one.place == one.home
    assert importlib.util.find_spec(one.place)


def test_a_plugin_is_a_package_of_its_name() -> None:
    assert BY_NUMBER["0085"].place == "xmppkit.plugins.xep_0085"
