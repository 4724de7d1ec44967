# SPDX-License-Identifier: MIT
"""Executes the Python blocks and interactive sessions of one page of the documentation, in order and in one namespace.

    python tests/docs_page.py < page.json
    python tests/docs_page.py server.json < page.json

The page is a list of blocks, each with ``name``, ``line``, ``language``, ``file`` and ``code``. Those that are files
are written first; a module of a package, or a test, is imported in place of being executed. A block that starts an
event loop by itself (``asyncio.run(main())``, ``bot.run()``) is executed outside of one; all others inside, where they
may ``await``.

What is on the pages is executed as it stands. Three things stand in for the world:

- `localhost`, `example.org` and `example.net` lead to embedded servers, which have the accounts of `USERS`. This
  replaces DNS and the certificate authorities, and nothing else.
- `world`, for the blocks that readers do not see, has what a page may need: those servers, a session, a visitor.
- With ``server.json`` it is a server that runs already, for `localhost` alone: its ``host``, ``port``, ``ca_file`` and
  the passwords of its ``users``.
- Connections that do not stay on this machine are refused.
"""

from __future__ import annotations

import ast
import asyncio
import doctest
import importlib
import inspect
import ipaddress
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypedDict

from xmppkit import ClientXMPP, ComponentXMPP
from xmppkit.server import EmbeddedServer

DOMAINS = ("localhost", "example.org", "example.net")
USERS = dict.fromkeys(("alice", "bot", "juliet", "romeo"), "secret")
#: Secrets of components, by the part in front of the domain.
COMPONENTS = {"echo": "shared", "help": "shared"}
#: Seconds that something may take that happens within a page.
PATIENCE = 60.0


class Block(TypedDict):
    """A block, as it comes from the test."""

    name: str
    line: int
    language: str
    file: str | None
    code: str


class Running:
    """A server that runs already.

    :param about: its ``host``, ``port``, ``ca_file``, and the passwords of its ``users`` by name.
    """

    component_port = 0

    def __init__(self, about: dict[str, Any]) -> None:
        self.host: str = about["host"]
        self.port: int = about["port"]
        self.ca_file: str = about["ca_file"]
        self.users: dict[str, str] = about["users"]


class World:
    """What the pages find around them; it lives in a thread of its own, so that a page may block.

    :param running: the server of localhost, if there is one already.
    """

    def __init__(self, running: Running | None = None) -> None:
        self._running = running
        self._loop = asyncio.new_event_loop()
        self._servers: dict[str, EmbeddedServer] = {}
        self._visits: list[Future[Any]] = []
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def do(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine in the world's thread, and wait for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def server(self, domain: str = "localhost") -> EmbeddedServer | Running:
        """The server of a domain."""
        if self._running is not None:
            assert domain == "localhost", f"there is no {domain} here"
            return self._running
        if domain not in self._servers:
            components = {f"{name}.{domain}": secret for name, secret in COMPONENTS.items()}
            server = EmbeddedServer(domain=domain, users=USERS, components=components)
            self.do(server.start())
            self._servers[domain] = server
        return self._servers[domain]

    def certificates(self, domain: str = "localhost", path: str = "ca.pem") -> None:
        """Copy the certificate of a server's authority into the directory of the page."""
        Path(path).write_bytes(Path(str(self.server(domain).ca_file)).read_bytes())

    def lead_here(self) -> None:
        """Let clients and components find the servers of this world."""

        def redirect(cls: type[Any], lead: Callable[[Any, Any], None]) -> None:
            initialize = cls.__init__

            def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
                initialize(self, *args, **kwargs)
                for domain in DOMAINS:
                    if self.boundjid.domain == domain or self.boundjid.domain.endswith(f".{domain}"):
                        lead(self, world.server(domain))

            __init__.__signature__ = inspect.signature(initialize)  # type: ignore[attr-defined]
            cls.__init__ = __init__  # type: ignore[method-assign]

        def lead_client(client: Any, server: Any) -> None:
            client.custom_address = (server.host, server.port)
            client.ca_certs = server.ca_file

        def lead_component(component: Any, server: Any) -> None:
            if component.server_port == 5347:  # others have it from a server that the page has started itself
                component.server_host, component.server_port = server.host, server.component_port

        world = self
        redirect(ClientXMPP, lead_client)
        redirect(ComponentXMPP, lead_component)

    async def session(self, jid: str = "bot@localhost", *plugins: str) -> ClientXMPP:
        """A client whose session has started, in the loop of the page."""
        passwords = self._running.users if self._running is not None else USERS
        client = ClientXMPP(jid, passwords[jid.partition("@")[0]])
        for plugin in plugins:
            client.register_plugin(plugin)
        client.connect()
        await client.wait_until("session_start", timeout=PATIENCE)
        return client

    def failures(self) -> list[str]:
        """What is logged as an error from now on, as the failure of an event handler is: a list that grows."""
        found: list[str] = []

        class Collect(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                found.append(self.format(record))

        logging.getLogger().addHandler(Collect(logging.ERROR))
        return found

    def visit(self, jid: str, text: str = "hello", answer: str = "hello", *, interrupt: bool = True) -> None:
        """Have alice write to `jid`, once it is there, and expect an answer; after that press Ctrl-C."""

        domain = next(each for each in DOMAINS if jid.endswith(each))
        self.server(domain)  # which is there before the visitor is

        async def visit() -> None:
            try:
                async with ClientXMPP(f"alice@{domain}/visitor", "secret") as alice:
                    alice.send_presence()
                    for _ in range(int(PATIENCE)):
                        alice.send_message(jid, text, mtype="chat")
                        try:
                            got = await alice.wait_until("message", timeout=1)
                        except TimeoutError:
                            continue  # it is not there yet
                        assert got["body"] == answer, got
                        return
                    raise AssertionError(f"{jid} did not answer")
            finally:
                if interrupt:
                    os.kill(os.getpid(), signal.SIGINT)

        self._visits.append(asyncio.run_coroutine_threadsafe(visit(), self._loop))

    def check(self) -> None:
        """Raise what has gone wrong beside the page."""
        for visit in self._visits:
            visit.result(PATIENCE)
        self._visits.clear()

    def end(self) -> None:
        """Stop the servers."""
        for server in self._servers.values():
            self.do(server.stop())


def stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook that refuses connections to other machines."""
    address = arguments[1] if event in ("socket.connect", "socket.sendto") else None
    if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
        raise ConnectionRefusedError(f"the documentation is tested without a network, and {address} is elsewhere")


def starts_a_loop(code: str) -> bool:
    """Whether a block calls ``something.run(…)`` outside of functions."""
    pending: list[ast.AST] = [ast.parse(code)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run":
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return False


async def say_the_same(block: Block, namespace: dict[str, Any]) -> None:
    """Execute an interactive session, and compare what it says."""
    name = block["name"]
    test = doctest.DocTestParser().get_doctest(block["code"], {}, name, name.rpartition(":")[0], block["line"])
    test.globs = namespace
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append, clear_globs=False)
    if result.failed or not result.attempted:
        raise AssertionError("".join(report) or f"{name} has nothing to execute")


def execute(block: Block, namespace: dict[str, Any], runner: asyncio.Runner) -> None:
    """Execute one block."""
    file = block["file"] or ""
    if "/" in file or file.startswith("test_"):
        importlib.import_module(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        return
    if block["language"] == "pycon":
        runner.run(say_the_same(block, namespace))
        return
    code = compile(
        "\n" * block["line"] + block["code"],
        block["name"].rpartition(":")[0],
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        dont_inherit=True,
    )

    async def inside() -> None:
        result = eval(code, namespace)
        if inspect.isawaitable(result):
            await result

    if starts_a_loop(block["code"]):
        exec(code, namespace)
    else:
        runner.run(inside())


def main() -> None:
    sys.addaudithook(stay_on_this_machine)
    # `run()` and `asyncio.Runner` take Ctrl-C only from a process that has not been told to ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    world = World(Running(json.loads(Path(sys.argv[1]).read_text())) if len(sys.argv) > 1 else None)
    world.lead_here()
    namespace: dict[str, Any] = {"__name__": "__main__", "world": world}
    page: list[Block] = json.load(sys.stdin)
    sys.path.insert(0, str(Path.cwd()))
    for block in page:
        if block["file"] is not None:
            Path(block["file"]).parent.mkdir(parents=True, exist_ok=True)
            Path(block["file"]).write_text(block["code"], encoding="utf-8")
    with asyncio.Runner() as runner:
        for block in page:
            execute(block, namespace, runner)
            if block["language"] != "prepare":
                world.check()
            print(f"executed {block['name']}", flush=True)
    world.end()


if __name__ == "__main__":
    main()
