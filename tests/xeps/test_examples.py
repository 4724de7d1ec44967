# SPDX-License-Identifier: MIT
"""The examples of the XEPs, read and rebuilt by the plugins' stanza classes; how is said in tools/xep_wire.py."""

from __future__ import annotations

import pytest
import xep_examples
import xep_wire

EXAMPLES = [
    pytest.param(xep, example, id=f"{xep.number}-{example.number}")
    for xep in xep_wire.all_xeps()
    for example in xep.examples
]
LEFT_OUT = xep_wire.left_out()


@pytest.mark.parametrize(("xep", "example"), EXAMPLES)
def test_example(xep: xep_examples.Xep, example: xep_examples.Example) -> None:
    verdict = xep_wire.judge(xep, example)
    if not verdict.holds:
        return  # it is about other elements
    if (xep.number, example.number) in LEFT_OUT:
        assert verdict.faults, "it can be judged: take it out of left_out.toml"
    else:
        assert not verdict.faults, "\n".join((example.text, *verdict.faults))


def test_every_plugin_has_its_examples() -> None:
    assert [xep.number for xep in xep_wire.all_xeps()] == xep_examples.with_plugin()


def test_what_is_left_out_is_there() -> None:
    there = {(xep.number, example.number) for xep in xep_wire.all_xeps() for example in xep.examples}
    assert not LEFT_OUT.keys() - there
    assert all(LEFT_OUT.values())
