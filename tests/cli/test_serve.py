# SPDX-License-Identifier: MIT
"""``python -m xmppkit serve`` as a program, and its command line."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from xmppkit.cli import main as cli
from xmppkit.cli import serve
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.componentxmpp import ComponentXMPP

COMMAND = (sys.executable, "-m", "xmppkit")
PATIENCE = 20.0


async def test_the_program_serves_until_it_is_told_to_stop() -> None:
    arguments = ("--port", "0", "--direct-tls-port", "0", "--component-port", "0", "--user", "alice:pass:word")
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "serve", *arguments, "--component", "echo.localhost:s3cret", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        text = (await process.stdout.readuntil(b"ends it.\n")).decode()
        assert "for development and tests only" in text
        assert "alice@localhost" in text
        assert "pass:word" not in text
        assert "s3cret" not in text
        assert "WARNING" not in text
        port = int(re.search(r"127\.0\.0\.1:(\d+)", text)[1])  # type: ignore[index]
        client = ClientXMPP("alice@localhost", "pass:word")
        client.ca_certs = re.search(r"CA file: +(.+)", text)[1]  # type: ignore[index]
        client.custom_address = ("127.0.0.1", port)
        component = ComponentXMPP("echo.localhost", "s3cret")
        component.custom_address = ("127.0.0.1", int(re.search(r"components: +port (\d+)", text)[1]))  # type: ignore[index]
        async with client, component:
            assert client.sessionstarted
            over = client.disconnected
            process.send_signal(signal.SIGINT)
            client.auto_reconnect = component.auto_reconnect = False
            error = await over
        assert "system-shutdown" in str(error)
        assert await process.wait() == 0
        assert b"stopping" in await process.stdout.read()


async def run(*arguments: str) -> tuple[int, str, str]:
    """Run the program to its end."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_help_is_worth_reading() -> None:
    status, out, _ = await run("serve", "--help")
    assert status == 0
    for word in ("development", "--user NAME:PASSWORD", "--component DOMAIN:SECRET", "examples:", "Ctrl-C"):
        assert word in out


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_a_port_in_use_is_told(taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "--port", str(taken_port)]) == 1
    err = capsys.readouterr().err
    assert str(taken_port) in err
    assert "--port 0" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--user", "alice"], ["--user", "colon"]),
        (["--user", "alice:"], ["--user", "colon"]),
        (["--component", ":x"], ["--component", "colon"]),
        (["--user", "a:1", "--user", "a:2"], ["--user a", "twice"]),
        (["--user", "a b:hunter2"], ["a b", "account"]),
        (["--domain", "a@b"], ["a@b", "no domain"]),
        (["--component", "localhost:x"], ["localhost", "another one"]),
    ],
)
def test_mistakes_are_told(arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "--port", "0", *arguments]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert all(word in err for word in words), err
    assert "hunter2" not in err


def test_ports_have_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["serve", "--port", "70000"])
    assert caught.value.code == 2
    assert "no port" in capsys.readouterr().err


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "serve" in capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert "xmppkit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True), ("h", True)]
)
def test_an_address_that_others_reach_is_warned_of(host: str, warned: bool, capsys: pytest.CaptureFixture[str]) -> None:
    class Server:
        domain, port, direct_tls_port, components, users, ca_file = "localhost", 1, None, (), (), "ca.pem"

    server: Any = Server()
    server.host = host
    serve._introduce(server)
    out = capsys.readouterr().out
    assert ("WARNING" in out) is warned
    assert "--user" in out


def test_verbose_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    configured: list[Any] = []
    monkeypatch.setattr(serve.logging, "basicConfig", lambda **options: configured.append(options))
    monkeypatch.setattr(serve, "_serve", lambda server: _nothing())
    assert cli.main(["serve", "--verbose"]) == 0
    assert len(configured) == 1


async def _nothing() -> int:
    return 0
