# SPDX-License-Identifier: MIT
"""The tables themselves: complete, closed, and obeyed by `StreamState`. What they permit on a real stream is in
test_table.py."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import LocalProtocolError
from xmppkit.protocol import state as module
from xmppkit.protocol.state import (
    OURS,
    TABLES,
    THEIRS,
    VIOLATIONS,
    Call,
    Fact,
    Half,
    Input,
    Mark,
    Role,
    Step,
    StreamState,
)


@pytest.fixture(autouse=True)
def nothing_is_kept() -> None:
    """What is made once in a process is made by these tests, too."""
    module._with.cache_clear()


ROWS = [(role, step) for role, rows in TABLES.items() for step in rows]


def at(role: Role, step: Step) -> StreamState:
    """A state in `step`, by the shortest way that the table allows."""
    ways: dict[Step, list[Step]] = {Step.NEW: []}
    while step not in ways:
        for known, way in list(ways.items()):
            for following in TABLES[role][known].then:
                ways.setdefault(following, [*way, following])
    state = StreamState(role)
    for following in ways[step]:
        state.move(following)
    return state


@pytest.mark.parametrize(("role", "step"), ROWS)
class TestRows:
    def test_every_step_can_be_reached(self, role: Role, step: Step) -> None:
        assert at(role, step).step is step

    def test_followers_are_rows_of_the_same_role(self, role: Role, step: Step) -> None:
        assert TABLES[role][step].then <= TABLES[role].keys()

    def test_only_the_end_is_final(self, role: Role, step: Step) -> None:
        assert bool(TABLES[role][step].then) is (step is not Step.ENDED)

    def test_it_can_always_be_left(self, role: Role, step: Step) -> None:
        row = TABLES[role][step]
        assert {Call.CLOSE, Call.ABORT} <= row.calls
        assert step is Step.ENDED or Step.ENDED in row.then

    @pytest.mark.parametrize("call", Call)
    def test_check(self, role: Role, step: Step, call: Call) -> None:
        state = at(role, step)
        if call in TABLES[role][step].calls:
            state.check(call)
        else:
            with pytest.raises(LocalProtocolError) as caught:
                state.check(call)
            assert call.value in str(caught.value)
            assert step.value in str(caught.value)
        assert state.step is step

    @pytest.mark.parametrize("item", Input)
    def test_violation(self, role: Role, step: Step, item: Input) -> None:
        expected = None if item in TABLES[role][step].inputs else VIOLATIONS[item]
        assert at(role, step).violation(item) == expected

    @pytest.mark.parametrize("following", Step)
    def test_move(self, role: Role, step: Step, following: Step) -> None:
        state = at(role, step)
        if following in TABLES[role][step].then:
            state.move(following)
            assert state.step is following
            assert state.row is TABLES[role][following]
        else:
            with pytest.raises(LocalProtocolError, match="cannot become"):
                state.move(following)
            assert state.step is step


def test_every_input_has_a_stream_error() -> None:
    assert VIOLATIONS.keys() == set(Input)


@pytest.mark.parametrize("mark", Mark)
@pytest.mark.parametrize("half", Half)
def test_halves(half: Half, mark: Mark) -> None:
    state = StreamState(Role.CLIENT)
    state.ours = state.theirs = half
    for does, table in (("ours", OURS), ("theirs", THEIRS)):
        following = table[half].get(mark)
        if following is None:
            with pytest.raises(LocalProtocolError, match=f"{half.value} and takes no {mark.value}"):
                getattr(state, f"{does}_does")(mark)
        else:
            getattr(state, f"{does}_does")(mark)
        assert getattr(state, does) is (following or half)


def test_facts_accumulate() -> None:
    state = StreamState(Role.RECEIVER)
    state.learn(Fact.SECURE)
    state.learn(Fact.AUTHENTICATED, Fact.BOUND)
    assert state.facts == {Fact.SECURE, Fact.AUTHENTICATED, Fact.BOUND}
    assert repr(state) == ("<receiver: not opened yet; ours unopened, theirs unopened; authenticated, bound, secure>")
    assert "no facts" in repr(StreamState(Role.CLIENT))
