# SPDX-License-Identifier: MIT
"""`python -m xmppkit run`: real programs, in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from importlib import invalidate_caches
from pathlib import Path

import pytest

from xmppkit import ClientXMPP
from xmppkit.cli.main import main
from xmppkit.server import EmbeddedServer

#: Seconds for any one step.
PATIENCE = 60.0

# As the documentation of slixmpp has it done: nothing in here knows of xmppkit.
ECHO_BOT = '''\
#!/usr/bin/env python3
"""An echo bot for slixmpp."""
import asyncio
import logging
from argparse import ArgumentParser

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath


class EchoBot(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        slixmpp.ClientXMPP.__init__(self, jid, password)
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.message)
        self.register_handler(Callback("Seen", StanzaPath("message@type=chat/body"), self.seen))
        self.count = 0

    async def start(self, event):
        self.send_presence()
        try:
            await self.get_roster()
        except (IqError, IqTimeout):
            self.disconnect()
        print("ready", self.boundjid.bare, flush=True)

    def seen(self, msg):
        self.count += 1

    def message(self, msg):
        if msg["type"] not in ("chat", "normal"):
            return
        if msg["body"] == "bye":
            self.disconnect()
            return
        msg.reply("Thanks for sending\\n%(body)s" % msg).send()


if __name__ == "__main__":
    parser = ArgumentParser(description=EchoBot.__doc__)
    parser.add_argument("-d", "--debug", help="set logging to DEBUG", action="store_const", dest="loglevel",
                        const=logging.DEBUG, default=logging.INFO)
    parser.add_argument("-j", "--jid", dest="jid")
    parser.add_argument("-p", "--password", dest="password")
    parser.add_argument("--ca")
    parser.add_argument("--port", type=int)
    args = parser.parse_args()
    logging.basicConfig(level=args.loglevel, format="%(levelname)-8s %(message)s")

    xmpp = EchoBot(args.jid, args.password)
    xmpp.register_plugin("xep_0030")
    xmpp.register_plugin("xep_0199")
    xmpp.ca_certs = args.ca

    xmpp.connect("127.0.0.1", args.port)
    asyncio.get_event_loop().run_until_complete(xmpp.disconnected)
    print("seen", xmpp.count)
'''

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a program into the directory where it will be run."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs ``python -m xmppkit run --as slixmpp …`` to its end."""

    def run(*arguments: str | Path, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *options, "-m", "xmppkit", "run", "--as", "slixmpp", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


# --- what a program finds ----------------------------------------------------------------------------------


def test_the_arguments_are_the_programs_own(run: Run, write: Write) -> None:
    write("bot.py", "import sys, slixmpp\nprint(sys.argv, __name__, slixmpp.JID.__module__)")
    done = run("bot.py", "-m", "x", "--as", "--help", "-h", "a b")
    assert done.stdout == "['bot.py', '-m', 'x', '--as', '--help', '-h', 'a b'] __main__ xmppkit.jid.address\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_modules_are_looked_for_beside_the_program(run: Run, write: Write) -> None:
    write("elsewhere/helper.py", "from slixmpp.stanza import Message\n")
    write("helper.py", "raise AssertionError('the working directory')\n")
    path = write("elsewhere/bot.py", "import sys, helper, __main__\nprint(sys.path[0], __file__, __main__.helper)")
    done = run("elsewhere/bot.py")
    first, file, *_ = done.stdout.split()
    assert (first, file) == (str(path.parent.resolve()), "elsewhere/bot.py"), done.stderr


def test_with_a_safe_path_nothing_is_put_before_it(run: Run, write: Write) -> None:
    write("bot.py", "import sys\nprint(sys.path[0])")
    plain = subprocess.run(
        [sys.executable, "-P", "-c", "import sys\nprint(sys.path[0])"], capture_output=True, text=True, check=True
    )
    assert run("bot.py", options=("-P",)).stdout == plain.stdout
    write("bot/__main__.py", "import sys\nprint('whole')")
    assert run("bot", options=("-P",)).stdout == "whole\n"


def test_a_directory_and_an_archive(run: Run, write: Write, tmp_path: Path) -> None:
    write("bot/__main__.py", "import sys, part\nprint(part.slixmpp.__name__, sys.argv[1:])")
    write("bot/part.py", "import slixmpp\n")
    assert run("bot", "one").stdout == "xmppkit ['one']\n"
    with zipfile.ZipFile(tmp_path / "bot.pyz", "w") as archive:
        for name in ("__main__.py", "part.py"):
            archive.write(tmp_path / "bot" / name, name)
    assert run("bot.pyz", "two").stdout == "xmppkit ['two']\n"


def test_a_module(run: Run, write: Write) -> None:
    write("bots/__init__.py", "")
    path = write(
        "bots/echo.py", "import sys, slixmpp\nfrom . import part\nprint(__name__, sys.argv, part.JID.__name__)"
    )
    write("bots/part.py", "from slixmpp.jid import JID\n")
    done = run("-m", "bots.echo", "--as", "-x")
    assert done.stdout == f"__main__ {[str(path), '--as', '-x']} JID\n", done.stderr
    write("bots/__main__.py", "print('the package')")
    assert run("-m", "bots").stdout == "the package\n"


# --- how it ends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "status", "stderr"),
    [
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('no more')", 1, "no more\n"),
        ("raise SystemExit", 0, ""),
        ("pass", 0, ""),
    ],
)
def test_the_exit_status_is_the_programs(run: Run, write: Write, program: str, status: int, stderr: str) -> None:
    write("bot.py", program)
    done = run("bot.py")
    assert (done.returncode, done.stderr) == (status, stderr)


@pytest.mark.parametrize("arguments", [("bot.py",), ("-m", "bot")])
def test_a_traceback_begins_with_the_program(run: Run, write: Write, arguments: tuple[str, ...]) -> None:
    path = write("bot.py", "import slixmpp\n\ndef work():\n    raise slixmpp.exceptions.XMPPError('gone')\n\nwork()\n")
    done = run(*arguments)
    assert done.returncode == 1
    name = "bot.py" if arguments == ("bot.py",) else str(path)
    lines = done.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == f'  File "{name}", line 6, in <module>'
    assert lines[-1].startswith("xmppkit.exceptions.XMPPError: ")
    assert "runpy" not in done.stderr
    assert "cli/run.py" not in done.stderr


def test_a_syntax_error_has_no_traceback(run: Run, write: Write) -> None:
    write("bot.py", "x = 1\ny = = 2\n")
    done = run("bot.py")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].strip().startswith('File "')
    assert 'bot.py", line 2' in done.stderr
    assert done.stderr.splitlines()[-1] == "SyntaxError: invalid syntax"


def test_the_hook_of_the_program_tells_of_its_exceptions(run: Run, write: Write) -> None:
    write("bot.py", "import sys\nsys.excepthook = lambda kind, value, trace: print('hook', value)\n1 / 0\n")
    done = run("bot.py")
    assert (done.returncode, done.stdout, done.stderr) == (1, "hook division by zero\n", "")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt(run: Run, write: Write) -> None:
    write("bot.py", f"import os, signal, time\nos.kill(os.getpid(), {int(signal.SIGINT)})\ntime.sleep(60)\n")
    done = run("bot.py")
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1] == "KeyboardInterrupt"


# --- within this process, where it can be measured ----------------------------------------------------------


@pytest.fixture
def run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs a command line as `run` does, in this process; the library is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("xmppkit.cli.run.LIBRARIES", {"slixmpp": lambda: None})
    monkeypatch.setattr(sys, "argv", ["pytest"])
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    return lambda *arguments: main(["run", "--as", "slixmpp", *map(str, arguments)])


@pytest.mark.parametrize(
    ("text", "status", "output", "error"),
    [
        ("import sys; print(sys.argv[1:], __name__)", 0, "['-x'] __main__\n", ""),
        ("raise KeyboardInterrupt", 130, "", "KeyboardInterrupt\n"),
        ("1 / 0", 1, "", "ZeroDivisionError: division by zero\n"),
        ("1 = 0", 1, "", "SyntaxError: "),
        ("import xmppkit; raise xmppkit.exceptions.LocalError('mine')", 1, "", "xmppkit.exceptions.LocalError: mine\n"),
    ],
)
@pytest.mark.parametrize("kind", ["file", "directory", "module", "package"])
def test_how_programs_end(
    run_here: Callable[..., int],
    write: Write,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    text: str,
    status: int,
    output: str,
    error: str,
) -> None:
    name = f"program_{kind}"
    write({"file": f"{name}.py", "module": f"{name}.py"}.get(kind, f"{name}/__main__.py"), text)
    if kind == "package":
        write(f"{name}/__init__.py", "")
    command = {"file": [f"{name}.py"], "directory": [name]}.get(kind, ["-m", name])
    try:
        assert run_here(*command, "-x") == status
    finally:
        for module in [module for module in sys.modules if module.partition(".")[0] == name]:
            del sys.modules[module]
        invalidate_caches()
    out, err = capsys.readouterr()
    assert out == output
    last = err.splitlines(keepends=True)[-1] if err else ""
    assert last.startswith(error)
    assert "runpy" not in err
    assert "cli/run.py" not in err


def test_what_is_not_there_is_said_in_a_line(
    run_here: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("bare/note.txt", "")
    write("broken_one/__init__.py", "import not_there_at_all")
    write("broken_two/__init__.py", "1 / 0")
    for arguments in ((), ("bot.py",), ("bare",), ("-m", "nowhere"), ("-m", "nowhere.either"), ("-m", "bare")):
        assert run_here(*arguments) == 1
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ")
    for name in ("broken_one", "broken_two"):
        assert run_here("-m", f"{name}.part") == 1
        assert "Traceback" in capsys.readouterr().err


def test_the_exit_is_left_to_the_interpreter(run_here: Callable[..., int], write: Write) -> None:
    write("bot.py", "raise SystemExit(7)")
    with pytest.raises(SystemExit, match="7"):
        run_here("bot.py")


# --- what cannot be run ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name the program to run, as in: run --as slixmpp bot.py"),
        (("-m",), "name the program to run, as in: run --as slixmpp bot.py"),
        (("bot.py",), "there is no program bot.py: name a file, or a module with -m"),
        (("empty",), "cannot run empty: it is a directory without a __main__.py"),
        (("-m", "nowhere"), "there is no module nowhere that can be run"),
        (("-m", "empty.nowhere"), "there is no module empty.nowhere that can be run"),
        (("-m", "nowhere.at.all"), "there is no module nowhere.at.all that can be run"),
        (("-m", "empty"), "there is no module empty that can be run"),
    ],
)
def test_what_is_not_there(run: Run, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "empty").mkdir()
    done = run(*arguments)
    [line] = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.startswith(f"error: {message}")


def test_a_file_that_cannot_be_read(
    run_here: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "bot.py"
    path.touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert run_here(path) == 1
    assert capsys.readouterr().err == f"error: cannot read the program {path}: Permission denied\n"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("import not_there", "ModuleNotFoundError: No module named 'not_there'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_what_fails_within_the_package_of_a_module_is_shown(run: Run, write: Write, text: str, last: str) -> None:
    write("bots/__init__.py", text)
    write("bots/echo.py", "")
    done = run("-m", "bots.echo")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(last)
    assert "bots/__init__.py" in done.stderr


@pytest.mark.parametrize("arguments", [["run", "bot.py"], ["run", "--as", "irc", "bot.py"]])
def test_the_library_must_be_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "--as" in capsys.readouterr().err


# --- a bot -------------------------------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(domain="localhost", users={"alice": "wonderland", "bot": "secret"}) as server:
        yield server


async def test_an_unmodified_bot_for_slixmpp(server: EmbeddedServer, write: Write, tmp_path: Path) -> None:
    write("echo_client.py", ECHO_BOT)
    command = [sys.executable, "-m", "xmppkit", "run", "--as", "slixmpp", "echo_client.py"]
    command += ["-d", "-j", "bot@localhost", "-p", "secret", "--ca", str(server.ca_file), "--port", str(server.port)]
    bot = await asyncio.create_subprocess_exec(*command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert bot.stdout is not None
        alice = ClientXMPP("alice@localhost/test", "wonderland")
        alice.ca_certs = server.ca_file
        alice.custom_address = (server.host, server.port)
        async with asyncio.timeout(PATIENCE), alice:
            alice.send_presence()
            assert await bot.stdout.readline() == b"ready bot@localhost\n"
            for text in ("hello", "Voilà: <ünïcödé> & 🎉"):
                answer = asyncio.ensure_future(alice.wait_until("message", PATIENCE))
                await asyncio.sleep(0)
                alice.send_message("bot@localhost", text, mtype="chat")
                assert (await answer)["body"] == f"Thanks for sending\n{text}"
            alice.send_message("bot@localhost", "bye", mtype="chat")
            stdout, stderr = await bot.communicate()
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()
    assert (bot.returncode, stdout) == (0, b"seen 3\n"), stderr.decode()
    assert b"Traceback" not in stderr, stderr.decode()
