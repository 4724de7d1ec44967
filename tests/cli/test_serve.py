# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.cli.serve`."""

from __future__ import annotations

import argparse
import asyncio
import io
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from xmppkit.cli.command import CommandFailed
from xmppkit.cli.main import main, parser
from xmppkit.cli.serve import serve

Parse = Callable[..., argparse.Namespace]
ALICE = ("--user", "alice:s3cr:t")


class Output(io.StringIO):
    """What is printed; `ready` is set with the first line."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = asyncio.Event()

    def flush(self) -> None:
        super().flush()
        self.ready.set()


@asynccontextmanager
async def serving(options: argparse.Namespace) -> AsyncIterator[str]:
    """The command while it runs: what it has printed. In the end it stops, in order."""
    stop, out = asyncio.Event(), Output()
    task = asyncio.ensure_future(serve(options, stop, out))
    ready = asyncio.ensure_future(out.ready.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
    if task.done():
        ready.cancel()
        await task
    yield out.getvalue()
    stop.set()
    await asyncio.wait_for(task, 60)
    assert out.getvalue().endswith("stopping …\n")


async def run(options: argparse.Namespace) -> None:
    async with serving(options):
        pass


async def test_what_it_prints(parse: Parse, tmp_path: Path) -> None:
    options = parse(*ALICE, "--user", "bot:x", "--component", "echo.localhost:y", "--directory", str(tmp_path))
    async with serving(options) as shown:
        assert "for development and tests only" in shown
        assert re.search(r"clients +127\.0\.0\.1 port \d+, STARTTLS\n +127\.0\.0\.1 port \d+, direct TLS\n", shown)
        assert re.search(r"components +127\.0\.0\.1 port \d+, no TLS\n +echo\.localhost\n", shown)
        assert re.search(r"accounts +alice@localhost\n +bot@localhost\n", shown)
        assert f"{tmp_path / 'ca.pem'}\n" in shown
        assert "s3cr" not in shown
        port = int(re.search(r"port (\d+), STARTTLS", shown)[1])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_what_is_not_there_is_not_printed(parse: Parse) -> None:
    async with serving(parse(*ALICE, "--direct-tls-port", "none", "--domain", "example.test")) as shown:
        assert "direct TLS" not in shown
        assert "wss:" not in shown
        assert "components" not in shown
        assert "alice@example.test" in shown


async def test_the_web_side_is_there_when_it_is_wanted(parse: Parse) -> None:
    async with serving(parse(*ALICE, "--http-port", "0")) as shown:
        assert re.search(r"\n +wss://localhost:\d+/xmpp-websocket\n +https://localhost:\d+/http-bind, BOSH\n", shown)


async def test_the_ca_certificate_is_written_where_it_is_wanted(parse: Parse, tmp_path: Path) -> None:
    wanted = tmp_path / "wanted.pem"
    async with serving(parse(*ALICE, "--ca-file", str(wanted))) as shown:
        assert f"{wanted}\n" in shown
        assert wanted.read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert wanted.exists()
    with pytest.raises(CommandFailed, match=f"{tmp_path}: Is a directory"):
        await run(parse(*ALICE, "--ca-file", str(tmp_path)))


async def test_a_port_in_use(parse: Parse) -> None:
    async with serving(parse(*ALICE)) as shown:
        port = re.search(r"port (\d+), STARTTLS", shown)[1]
        with pytest.raises(CommandFailed, match=f"a port is in use.*{port}.*choose another one, or 0"):
            await run(parse(*ALICE, "--port", port))


async def test_other_reasons_not_to_start(parse: Parse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandFailed, match=r"cannot listen at 192\.0\.2\.1: "):
        await run(parse(*ALICE, "--host", "192.0.2.1"))
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandFailed, match=f"{tmp_path}/file"):
        await run(parse(*ALICE, "--directory", str(tmp_path / "file")))

    async def refuse(*arguments: object, **named: object) -> None:
        raise PermissionError(13, "permission denied")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_server", refuse)
    with pytest.raises(CommandFailed, match="permission denied; ports below 1024"):
        await run(parse(*ALICE, "--port", "22"))


async def test_names_that_come_twice(parse: Parse) -> None:
    with pytest.raises(CommandFailed, match="the account 'alice' is named twice"):
        await run(parse(*ALICE, *ALICE))
    with pytest.raises(CommandFailed, match=r"the component 'a\.b' is named twice"):
        await run(parse("--component", "a.b:1", "--component", "a.b:2"))


@pytest.mark.parametrize("text", ["alice", "alice:", ":hush", ""])
def test_a_user_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["serve", "--user", text])
    shown = capsys.readouterr().err
    assert "argument --user: expected a name, a colon and a password, as in alice:secret" in shown
    assert "hush" not in shown


@pytest.mark.parametrize("text", ["-1", "65536", "http"])
def test_a_port_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["serve", f"--port={text}"])
    assert f"'{text}' is no port" in capsys.readouterr().err


def test_a_name_that_cannot_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--user", "a b:secret"]) == 1
    assert capsys.readouterr().err == "error: 'a b' cannot be the name of an account\n"


def test_the_ports_by_default() -> None:
    options = parser().parse_args(["serve"])
    assert (options.port, options.direct_tls_port, options.component_port) == (5222, 5223, 5347)
    assert (options.host, options.domain, options.users, options.components) == ("127.0.0.1", "localhost", [], [])


def test_a_password_may_contain_a_colon(parse: Parse) -> None:
    assert parse(*ALICE).users == [("alice", "s3cr:t")]


def test_an_interrupt_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupting(io.StringIO):
        def flush(self) -> None:
            signal.raise_signal(signal.SIGINT)

    out = Interrupting()
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["serve", *ALICE, "--port", "0", "--direct-tls-port", "none", "--verbose"]) == 0
    assert out.getvalue().endswith("Ctrl-C stops it.\n\nstopping …\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_as_a_process(number: signal.Signals) -> None:
    arguments = ["serve", *ALICE, "--port", "0", "--direct-tls-port", "none"]
    process = subprocess.Popen(
        [sys.executable, "-m", "xmppkit", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "CA certificate" in line:
            ca_file = Path(line.split()[-1])
            assert ca_file.exists()
        if line == "Ctrl-C stops it.\n":
            process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert not ca_file.parent.exists()
