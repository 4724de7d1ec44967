# SPDX-License-Identifier: MIT
"""bench/workers: ours do their work, a few times; that they are fast is not tested."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys

import bare_expat
import common
import data
import parser_rules
import pytest
import with_xmppkit
from common import Heartbeat, Keeper, Options
from harness import WORKERS

from xmppkit.xml.parser import StreamParser

LONGEST = 60


async def figures(setup, count, *, plugins="none", variant=""):
    """What a workload measures when it is done so often."""
    measure = await setup(Options(plugins, variant))
    try:
        found = await measure.run(count)
    finally:
        measure.close()
    assert all(value >= 0 for value in found.values())
    return found, measure.about


@pytest.mark.parametrize("plugins", ["none", "24", "all"])
async def test_echo(plugins):
    found, about = await figures(with_xmppkit.echo, 2, plugins=plugins)
    assert found["time"] > 0
    assert bool(about["plugins"]) == (plugins != "none")


@pytest.mark.parametrize(("window", "count"), [("1", 3), ("50", 60)])
async def test_iq(window, count):
    found, _ = await figures(with_xmppkit.iq, count, variant=window)
    assert found["time"] > 0


@pytest.mark.parametrize("variant", ["payloads", "plain", "prose"])
async def test_build(variant):
    found, _ = await figures(with_xmppkit.build, 2, variant=variant)
    assert found["time"] > 0


async def test_roster():
    found, _ = await figures(with_xmppkit.roster, 300)
    assert 0 < found["stall"] <= found["seconds"]


async def test_idle():
    found, _ = await figures(with_xmppkit.idle, 3)
    assert set(found) == {"time", "kib"}


@pytest.mark.parametrize("variant", ["hot", "cold", "cold-other"])
async def test_jid(variant):
    found, _ = await figures(with_xmppkit.jid, 20, variant=variant)
    assert found["time"] > 0


async def test_tcp():
    found, _ = await figures(with_xmppkit.tcp, 150)
    assert 0 < found["writes_per_read"] <= 1


async def test_bare_expat():
    found, _ = await figures(bare_expat.echo, 2)
    assert found["time"] > 0


async def test_rules():
    found, _ = await figures(parser_rules.rules, 1)
    assert found == {"differing": 0, "held_back": 0, "let_through": 0}


async def test_token():
    found, _ = await figures(parser_rules.token, 1, variant="attribute")
    assert found["seconds"] > 0


async def test_heartbeat_sees_a_stall(monkeypatch):
    now = 0.0
    monkeypatch.setattr(common.time, "perf_counter", lambda: now)
    heartbeat = Heartbeat()
    for step in (0.1, 0.5, 0.2):
        now += step
        await asyncio.sleep(0)
    assert heartbeat.stop() == pytest.approx(0.5)


def test_ids_of_requests():
    keeper = Keeper()
    keeper.write(b"<iq type='get' id='a1'><ping xmlns='urn:xmpp:ping'/></iq><message id='no'/>")
    keeper.write(memoryview(b'<iq to="x" id="b2"/>'))
    assert keeper.requests == 2
    assert keeper.take_ids() == [b"a1", b"b2"]
    assert keeper.requests == 0


def test_data_is_what_it_is_said_to_be():
    parser = StreamParser()
    items = parser.feed(data.HEADER + data.one_read() + data.RESULT % b"q1" + b"".join(data.roster_reads("r", 50)))
    assert len(items) == 1 + data.MESSAGES + 2
    assert len(items[-1][0]) == 50
    assert {len(text) for text in data.LONG_TEXTS.values()} == {100_000}
    assert len(data.PLUGINS_24) == 24
    assert len(set(data.addresses(0, 10)) | set(data.addresses(10, 10))) == 20


def run_worker(*arguments: str, told: str = "") -> list[str]:
    done = subprocess.run(
        [sys.executable, *arguments], input=told, capture_output=True, text=True, cwd=WORKERS, timeout=LONGEST
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_worker_takes_orders():
    about, *answers = run_worker("with_xmppkit.py", "echo", "--plugins", "all", told="1\n2\n")
    assert json.loads(about)["plugins"] > 0
    assert len(answers) == 2
    assert all(json.loads(answer)["time"] > 0 for answer in answers)


def test_worker_by_hand():
    shown = "\n".join(run_worker("with_xmppkit.py", "echo", "--count", "2", "--profile"))
    assert "function calls" in shown


@pytest.mark.parametrize("stage", ["import", "names", "client"])
def test_imports(stage):
    ready, answer = run_worker("imports.py", "xmppkit", stage, told="1\n")
    assert ready == "{}"
    found = json.loads(answer)
    assert found["ms"] > 0
    assert (found["plugins"] > 0) == (stage == "client")


@pytest.fixture(autouse=True)
def quiet():
    """A worker logs nothing."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
