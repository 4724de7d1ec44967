# SPDX-License-Identifier: MIT
"""bench/catalogue.py: every requirement has a row, and rows say what the figures are."""

from __future__ import annotations

import math

import pytest
from catalogue import WORKLOADS
from harness import WORKERS, Series
from report import Figures

#: What the slow ones are slower by, below.
PEER = 100.0


def measured(workload, own=1.0, peer=PEER):
    """Series in which all of our figures are the same, and all of the peers'."""
    names = {column.name for column in workload.columns} | {"time"}
    return [
        Series(case, {name: [own if case.library in ("xmppkit", "expat") else peer] for name in names})
        for case in workload.cases
    ]


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)
def test_cases_are_told_apart_and_have_workers(workload):
    settings = [(case.library, case.setting) for case in workload.cases]
    assert len(set(settings)) == len(settings)
    assert all((WORKERS / case.script).is_file() for case in workload.cases)


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)
def test_rows_find_their_figures(workload):
    rows = workload.rows(Figures(measured(workload)))
    assert rows
    assert not [row.label for row in rows if math.isnan(row.value)]


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)
def test_nothing_measured_is_no_success(workload):
    assert {row.met for row in workload.rows(Figures([]))} == {None}


@pytest.mark.parametrize(
    ("name", "label", "value"),
    [
        ("echo", "slixmpp : xmppkit, 24 plugins", PEER),
        ("echo", "aioxmpp : xmppkit, all plugins", PEER),
        ("echo", "xmppkit, all plugins : bare expat", 1),
        ("echo", "growth from no plugins to all", 0),
        ("iq", "xmppkit, 1,000 in flight : 1 in flight", 1),
        ("roster", "xmppkit's share of slixmpp's peak memory", 1),
        ("jid", "slixmpp (Python) : xmppkit, cold ASCII", PEER),
        ("imports", "`import xmppkit` : `import slixmpp`", 1 / PEER),
        ("idle", "time to create", 0.001),
        ("tcp", "writes per read", 1),
    ],
)
def test_values(name, label, value):
    workload = WORKLOADS[name]
    rows = {row.label: row.value for row in workload.rows(Figures(measured(workload)))}
    assert rows[label] == pytest.approx(value)
