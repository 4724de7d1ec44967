# SPDX-License-Identifier: MIT
"""Programs written for slixmpp, unchanged: each runs to its end under ``python -m xmppkit run --as slixmpp``.

They are in `programs/`, and no line of them knows of xmppkit. Before the first test all that are selected run,
some at a time, against one embedded server; a friend with an account there talks to those that wait for somebody.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from xmppkit import ClientXMPP, Message
from xmppkit.server import EmbeddedServer

PROGRAMS = Path(__file__).parent / "programs"
#: Seconds that a program may take, and how many run at a time.
TIMEOUT, AT_ONCE = 120.0, 4
#: Who talks to the programs.
FRIEND, FRIEND_PASSWORD = "friend@localhost", "friendship"
SECRET = "secret"


class Friend(ClientXMPP):
    """Logged in as long as programs run: hears what they say, and repeats what comes after "echo "."""

    def __init__(self, server: EmbeddedServer) -> None:
        super().__init__(f"{FRIEND}/desk", FRIEND_PASSWORD)
        self.ca_certs = server.ca_file
        self.custom_address = (server.host, server.port)
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0092", {"software_name": "Friend", "version": "7", "os": "desk"})
        self.register_plugin("xep_0199")
        self.heard: defaultdict[str, asyncio.Queue[Message]] = defaultdict(asyncio.Queue)
        self.add_event_handler("message", self.hear)

    def hear(self, message: Message) -> None:
        """A message came."""
        if message["body"].startswith("echo "):
            message.reply(message["body"].removeprefix("echo ")).send()
        else:
            self.heard[message["from"].bare].put_nowait(message)

    async def ask(self, to: str, text: str, *, sender: str | None = None) -> str:
        """The next thing that `to` (or `sender`) says after it was told `text`."""
        self.send_message(to, text, mtype="chat")
        answer = await self.heard[sender or to].get()
        return str(answer["body"])


Talk = Callable[[Friend, str], Awaitable[None]]


async def talk_to_echo_bot(friend: Friend, bot: str) -> None:
    for text in ("Hello", "Voilà: <ünïcödé> & 🎉"):
        assert await friend.ask(bot, text) == f"You said: {text}"
    assert await friend.ask(bot, "bye") == "So long"


async def talk_to_async_echo_bot(friend: Friend, bot: str) -> None:
    assert await friend.ask(bot, "stressed") == "desserts"
    assert await friend.ask(bot, "bye") == "Bye, friend"


async def talk_to_component(friend: Friend, component: str) -> None:
    assert await friend.ask(component, "one") == "nobody got one"
    assert await friend.ask(f"shop@{component}", "two") == "shop got two"
    version = await friend.plugin["xep_0092"].get_version(component)
    assert version["software_version"]["version"] == "2.1"
    approved = asyncio.ensure_future(friend.wait_until("presence_subscribed"))
    friend.send_presence_subscription(f"news@{component}")
    assert (await approved)["from"] == f"news@{component}"
    assert await friend.ask(component, "bye", sender=f"sales@{component}") == "closed"


@dataclass(frozen=True, slots=True)
class Program:
    """A program: how it is called, what it prints, how it ends.

    :param arguments: ``{jid}``, ``{password}``, ``{host}``, ``{port}``, ``{component_port}``, ``{ca}`` are filled in.
    :param prints: regular expressions, one for each line of its standard output.
    :param status: the exit status.
    :param talk: what the friend does once the program has printed its first line; it gets the program's address.
    :param component: it is one, at a domain of its own.
    """

    arguments: str = "{jid} {password} {host} {port}"
    prints: tuple[str, ...] = ()
    status: int = 0
    talk: Talk | None = None
    component: bool = False


COMPONENT = "{jid} {password} {host} {component_port}"
#: The programs by name. What they print is what slixmpp's documentation promises, or what `docs/migrating-from-slixmpp`
#: says is different.
PROGRAM = {
    "async_echo_bot": Program(prints=("ready", "disconnected"), talk=talk_to_async_echo_bot),
    "auth_failure": Program(
        status=3, prints=(r"\['failed_auth not-authorized', 'failed_all_auth'\] False", r"\['connection_failed True'\]")
    ),
    "bits_of_binary": Program(
        prints=(
            "sha1.[0-9a-f]{40}@bob.xmpp.org True",
            "bob iq",
            "True b'some bytes' text/plain 3600",
            "item-not-found",
            "Binary 0.1",
        )
    ),
    "component_echo": Program(
        COMPONENT,
        (
            "ready True component-echo.localhost jabber:component:accept",
            *["subscribe news@.* from friend@localhost"] * 2,
        ),
        talk=talk_to_component,
        component=True,
    ),
    "custom_iq": Program(
        prints=(
            r"result True \[\]",
            "callback ready",
            "ready",
            "feature-not-implemented cancel I don't know how to do that .*text",
            r"resource-constraint wait tired \{urn:x\}sleep",
            "undefined-condition cancel (?!.*private).*",
            "timeout remote-server-timeout silence",
            "IqError cancel: feature-not-implemented: .*",
        )
    ),
    "custom_plugin": Program(
        prints=(
            "seen Mine",
            "paper 3 Mine True rock",
            r"\[\('custom_plugin', 'a'\), \('custom_plugin', 'b'\)\] 2 note",
            "True",
            r"False False \['game', 'xep_0030'\]",
        )
    ),
    "deprecated_access": Program(
        prints=(
            "d'artagnan False a@b",
            "c@b/x b c True 1",
            r"\['xep_0030', 'xep_0199'\] 120",
            "True none False",
            "deprecated_access@localhost deprecated_access@localhost/old deprecated_access localhost True",
            r"a@b c \{\}",
            "jabber:iq:private conflict",
            "result 9",
            "roster result True True",
        )
    ),
    "disco_client": Program(
        prints=(
            "identity server im",
            "True True",
            r"\['http://jabber.org/protocol/disco#info', 'urn:example:one'\] .*'client'.*'bot'.*'en'.*'Disco'.*",
            "True",
            "item catalog.localhost deep Inside",
            "True",
            "True",
            "Entity returned an error: service-unavailable service-unavailable cancel",
            r"\['localhost', 'disco_client@localhost/disco'\]",
        )
    ),
    "disco_dynamic": Program(
        prints=(
            *[f"item{n}.localhost list/{n} No. {n}" for n in range(3)],
            r"open \{'urn:example:open'\} .*'automation'.*'command-node'.*'Dynamic open'.*",
            "forbidden auth for disco_dynamic",
            "DiscoInfo open",
            "now item-not-found",
        )
    ),
    "echo_bot": Program("-q -j {jid} -p {password} --server {host}:{port}", ("ready",), talk=talk_to_echo_bot),
    "errbot_like": Program(
        prints=(
            "command !status all friend@localhost",
            "command !stop  friend@localhost",
            r"disconnected \['available', 'online errbot_like@localhost'\]",
            "True True",
        )
    ),
    "event_tools": Program(
        prints=(
            "3 0",
            r"\['once', 'plain 1', 'plain 2', 'slow 1', 'slow 2'\] 2",
            r"""\['plain \{\}', "exception ValueError\('bad'\)"\]""",
            "scheduled",
            "timeout",
            "there is one",
            r"\['Tick'\]",
            r"\{'plain tick'\} wrapped",
        )
    ),
    "filters": Program(
        prints=(r"\['SLOW ONE', 'TWO', 'THREE', 'four', 'END'\]", r"\['message'(, 'message'){5}\]"),
    ),
    "handlers_matchers": Program(
        prints=(
            "instream:one path:one once:one",
            "instream:two mask:message id:two",
            "instream:HEY YOU path:HEY YOU sender:HEY YOU loud:HEY YOU",
            "instream:four any:four",
            "instream:five any:five",
            "instream:six",
            "five 51 None",
            r"\['s', 't'\]",
            "True False False",
            "instream:last any:last",
        )
    ),
    "own_loop": Program(prints=("a True True de", "b True True de", r"True \[False, False\]")),
    "ping_tool": Program(
        "{jid} {password} {host} {port} localhost friend@localhost/desk nobody@localhost/x",
        (
            "Success! localhost True",
            "Success! friend@localhost/desk True",
            "Error pinging nobody@localhost/x: service-unavailable",
            "result localhost",
        ),
        status=1,
    ),
    "plugin_unittest": Program(prints=("4 True",)),
    "poezio_like": Program(
        prints=(
            "result poezio_like@localhost jabber:client True True",
            "/me waves",
            "Friend 7 desk",
            "True True",
            "True",
            r"True Pal \['A'\] \{\}",
            "b'data' None",
            "invalid",
            "True",
        )
    ),
    "process_forever": Program(prints=("roster result 0", "ended")),
    "reconnecting": Program(
        prints=(
            "not connected False False",
            "True",
            "first is over True",
            "start",
            "end",
            r"disconnected \(Reconnecting\)",
            "later kept",
            "start",
            "message kept",
            "end",
            r"disconnected \(enough\)",
            "False 3",
        )
    ),
    "roster_backend": Program(
        COMPONENT,
        (
            r"\['old@localhost'\] Old from \{'Past': \['old@localhost'\]\}",
            r"True True A friend False \[\]",
            r"\['friend@localhost'\] \['friend@localhost'\] True",
            r"\[\] \['other@.*', 'roster-backend.localhost', 'shop@.*'\]",
        ),
        component=True,
    ),
    "roster_browser": Program(
        prints=(
            r"\[\]",
            r"   Nobody \(nobody@localhost\) \[none\]",
            r"\[All\]",
            r"   A friend \(friend@localhost\) \[(to|both)\]",
            r"     - desk \(available\) ",
            r"\[Friends\]",
            r"   A friend \(friend@localhost\) \[(to|both)\]",
            r"     - desk \(available\) ",
            r"\['result', 'set'\] \['friend@localhost'\] False",
        )
    ),
    "send_client": Program(
        "{jid} {password} {host} {port} friend@localhost", ("friend@localhost answers: Hello", "done")
    ),
    "spade_like": Program(
        prints=(
            r"spade_like@localhost/1 ping th-1 \{'performative': 'request'\}",
            r"\('spade_like@localhost/2', 'gnip', 'th-1', \{'performative': 'inform'\}\)",
            "Could not authenticate spade_like@localhost",
            "False True",
        )
    ),
    "stanza_dicts": Program(
        prints=(
            "None '' '' normal en",
            "r me '' t1 t0",
            r"""\["\('en', 'Hi'\)", "\('fr', 'Salut'\)"\] Salut Salut""",
            r"you@localhost/r\|Hi none True False",
            "chat me@localhost t1 Yes",
            "room@muc.localhost nick room@muc.localhost groupchat",
            r"'Salut' t1 \['body', 'from', 'id'\]",
            "away away Out 5 you@localhost",
            "unavailable '' available 0",
            "unavailable unavailable",
            "subscribed you@localhost",
            r"get jabber:iq:roster you@localhost True \{jabber:iq:roster\}query",
            r"error cancel item-not-found Where\? ''",
            "gone xmpp:new@localhost ",
            r"JID a@localhost A both \['x', 'y'\]",
            "2 v1 True",
            r"\['bind', 'starttls'\] \['starttls'\]",
            "see-other-host There other.localhost:5222",
            "abc 0 9",
        )
    ),
    "stanza_xml": Program(
        prints=(
            '<iq xmlns="jabber:client" type="set" to="a@localhost" id="1"><box .*>v2</value></item></box></iq>',
            r"2 \['k1', 'k2'\] v2 True",
            '<box xmlns="urn:example:list" owner="me &amp; you"><a><b>x &lt; y</b></a><item key="k1">.*</box>',
            '<iq type="set" to="a@localhost" id="1">< True',
            "True True",
            "False me & you",
            "k1 1 False",
            r"0 \[\]",
            r"jabber:iq:private \['\{urn:example:list\}box', '\{jabber:iq:private\}query'\] True",
            '<iq .*><query xmlns="jabber:iq:private"><prefs xmlns="urn:example:prefs">on</prefs></query></iq>',
            "set 0 False",
            "Hallo de True False",
            r"True Neu \{jabber:client\}message",
            r"\{a\}b/\{a\}c\[@x\] &lt;a href=&apos;x&apos;&gt; \{x\}y",
            "1 set True",
        )
    ),
    "stream_features": Program(
        prints=(
            "connected",
            "CERTIFICATE",
            "tls_success",
            "auth_success",
            "features True",
            "session_bind",
            "session_start",
            "stream_negotiated",
            r"\['bind', .*'mechanisms', .*'rosterver', .*'starttls'\] True True True False",
            "stream_features@localhost/home stream_features@localhost/home True True",
            "True TLSv1 1.0 True",
        )
    ),
    "subscriptions": Program(
        prints=(
            "True True True",
            "subscribed friend@localhost",
            "True None False",
            "asked for False",
            r"both dict_keys\(\['desk'\]\)",
            r"\['authorized from friend', 'request from friend'.*\] False",
        )
    ),
    "third_party_plugin": Program(
        prints=(
            r"\[sealed\] None \['xep_0030', 'xep_9384'\]",
            "xep_9999",
            "True True True",
            "xyz zyx",
            r"\[sealed\] \['xyz'\]",
            r"\['xyz', 'other third_party_plugin'\] xyz iq",
        )
    ),
    "threads": Program(
        prints=(r"True \['word 0', 'word 1', 'word 2', 'word 3', 'word 4'\]", "service-unavailable", "False")
    ),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a program."""

    status: int
    stdout: str
    stderr: str
    failure: str


def address_of(name: str) -> str:
    """Where a program is: an account, or a domain if it is a component."""
    return f"{name}.localhost".replace("_", "-") if PROGRAM[name].component else f"{name}@localhost"


class Runner:
    """Runs programs against one server.

    :param names: which.
    """

    def __init__(self, names: list[str], directory: Path) -> None:
        self.names = names
        self.directory = directory
        self.slots = asyncio.Semaphore(AT_ONCE)

    async def run_all(self) -> dict[str, Outcome]:
        """Their outcomes, by name."""
        users, components = {"friend": FRIEND_PASSWORD}, {}
        for name in self.names:
            self.directory.joinpath(name).mkdir()
            if PROGRAM[name].component:
                components[address_of(name)] = SECRET
            else:
                users[name] = SECRET
        async with EmbeddedServer("localhost", users, components) as server, Friend(server) as friend:
            friend.send_presence()
            outcomes = await asyncio.gather(*(self.run(name, server, friend) for name in self.names))
        return dict(zip(self.names, outcomes, strict=True))

    async def run(self, name: str, server: EmbeddedServer, friend: Friend) -> Outcome:
        """Run one, and have the friend talk to it."""
        program = PROGRAM[name]
        jid = address_of(name)
        arguments = program.arguments.format(
            jid=jid, password=SECRET, host=server.host, port=server.port, component_port=server.component_port
        ).split()
        path = PROGRAMS / f"{name}.py"
        async with self.slots:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "xmppkit", "run", "--as", "slixmpp", str(path), *arguments),
                cwd=self.directory / name,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "SSL_CERT_FILE": str(server.ca_file)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            assert process.stdout is not None
            assert process.stderr is not None
            stderr = asyncio.ensure_future(process.stderr.read())
            stdout, failure = "", ""
            try:
                async with asyncio.timeout(TIMEOUT):
                    if program.talk is not None:
                        stdout = (await process.stdout.readline()).decode()
                        await program.talk(friend, jid)
                    stdout += (await process.stdout.read()).decode()
                    await process.wait()
            except Exception as error:  # told with what the program said
                failure = repr(error)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            stdout += (await process.stdout.read()).decode()
            return Outcome(await process.wait(), stdout, (await stderr).decode(), failure)


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of all programs whose tests were selected."""
    names = [
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == Path(__file__) and hasattr(item, "callspec")
    ]
    return asyncio.run(Runner(names, tmp_path_factory.mktemp("programs")).run_all())


def test_every_program_is_listed() -> None:
    assert sorted(path.stem for path in PROGRAMS.glob("*.py")) == sorted(PROGRAM)


@pytest.mark.parametrize("name", PROGRAM)
def test_a_program_for_slixmpp(name: str, outcomes: dict[str, Outcome]) -> None:
    outcome, program = outcomes[name], PROGRAM[name]
    everything = f"{outcome}\n{outcome.stdout}\n--- standard error\n{outcome.stderr}"
    assert (outcome.status, outcome.failure) == (program.status, ""), everything
    for word in ("Traceback", "was never", "exception was never retrieved"):
        assert word not in outcome.stderr, everything
    lines = outcome.stdout.splitlines()
    assert len(lines) == len(program.prints), everything
    for line, expected in zip(lines, program.prints, strict=True):
        assert re.fullmatch(expected, line), everything
