# SPDX-License-Identifier: MIT
"""More than somebody takes: what a flood costs a client whose handlers are slow, and what it costs to send to a server
that does not read (R7 and R8 of docs/reliability.md).

``python interop/flood.py receive --count 1000000`` and ``python interop/flood.py send --count 200000``; ``--help`` says
more. Each prints a line, and ends with 1 if the figure was not reached. Linux: the memory is read from /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from xmppkit import ClientXMPP
from xmppkit.basexmpp import BaseXMPP
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.exceptions import QueueFull
from xmppkit.jid.address import JID
from xmppkit.server import EmbeddedServer
from xmppkit.settings import Settings
from xmppkit.xml.names import CLIENT, clark

WAYS = ("tcp", "websocket", "bosh")
#: Growth of the memory, in MiB, that is allowed.
MAY_GROW = {"receive": 32.0, "send": 16.0}
#: What the flooding server leaves unsent and unacknowledged: it is a good one.
UNSENT, UNACKED = 1_000_000, 800
#: Seconds for which `send_soon` is to be seen waiting.
WAITING = 2.0


def memory(field: str) -> float:
    """``VmRSS``, what is in use, or ``VmHWM``, the most that was, in MiB."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition(f"{field}:")[2].split()[0]) / 1024


def client(name: str, server: dict[str, object], way: str, *, counted: bool) -> ClientXMPP:
    settings = Settings(ack_timeout=None, idle_timeout=None)
    made = ClientXMPP(f"{name}@localhost/here", "secret", settings=settings)
    made.ca_certs = str(server["ca"])
    made.auto_reconnect = False
    if way == "tcp":
        made.custom_address = ("127.0.0.1", int(str(server["port"])))
    else:
        path = "wss://localhost:{}/xmpp-websocket" if way == "websocket" else "https://localhost:{}/http-bind"
        made.custom_url = path.format(server["http"])
    if counted:
        made.register_plugin("xep_0198")
    return made


# --- R7: a flood at a slow program --------------------------------------------------------------------------------


async def serve(count: int) -> None:
    """Wait for alice, and send her as much as she takes."""
    async with EmbeddedServer(users={"alice": "secret"}, http_port=0) as server:
        print(json.dumps({"port": server.port, "http": server.http_port, "ca": str(server.ca_file)}), flush=True)
        address = JID("alice@localhost/here")
        while address not in server.sessions:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.1)
        session = server._router.session(address)
        assert session is not None
        for number in range(count):
            message = Element(clark(CLIENT, "message"), {"from": "bob@localhost/x", "to": address.full})
            SubElement(message, clark(CLIENT, "body")).text = str(number)
            session.send(message)
            if number % 50 == 0:
                await asyncio.sleep(0)
                while session.driver.unsent > UNSENT or (session.managed and len(session.managed) > UNACKED):  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
        await asyncio.Event().wait()


async def receive(count: int, way: str, *, counted: bool, blocking: bool, pause: float) -> bool:
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "serve", "--count", str(count), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    alice = client("alice", json.loads(await process.stdout.readline()), way, counted=counted)
    begun = ended = astray = 0
    done = asyncio.Event()

    def begin(body: str) -> None:
        nonlocal begun, astray
        astray += int(body) != begun
        begun = int(body) + 1

    def end() -> None:
        nonlocal ended
        ended += 1
        if ended == count:
            done.set()

    def busy(message: dict[str, str]) -> None:
        begin(message["body"])
        time.sleep(pause)
        end()

    async def patient(message: dict[str, str]) -> None:
        begin(message["body"])
        await asyncio.sleep(pause)
        end()

    alice.add_event_handler("message", busy if blocking else patient)
    alice.add_event_handler("disconnected", lambda _: done.set())
    async with alice:
        gc.collect()
        before, since = memory("VmRSS"), time.monotonic()
        await done.wait()
    process.terminate()
    await process.wait()
    growth, seconds = memory("VmHWM") - before, time.monotonic() - since
    what = f"{'blocking' if blocking else 'waiting'} handlers, {way}{', counted' if counted else ''}"
    print(f"R7, {what}: {count} sent, {count - ended} lost, {astray} out of order, {growth:.1f} MiB, {seconds:.0f} s")
    return ended == count and not astray and growth <= MAY_GROW["receive"]


# --- R8: a server that does not read ------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def stalling(port: int, stalled: asyncio.Event) -> AsyncIterator[int]:
    """A proxy to a port on this machine, at a port of its own, which reads nothing more from clients when told so."""

    running: list[asyncio.Task[None] | None] = []

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, stops: bool) -> None:
        while data := await reader.read(4096):
            writer.write(data)
            if stops and stalled.is_set():
                await asyncio.Event().wait()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.append(asyncio.current_task())
        there, back = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(carry(reader, back, stops=True), carry(there, writer, stops=False))
        except (OSError, asyncio.CancelledError):
            pass  # one end has gone, or everything ends
        finally:
            writer.transport.abort()
            back.transport.abort()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as proxy:
        yield proxy.sockets[0].getsockname()[1]
        for each in running:
            if each is not None:
                each.cancel()


async def send(count: int, way: str, *, counted: bool, size: int) -> bool:
    stalled = asyncio.Event()
    components = {"echo.localhost": "secret"}
    async with EmbeddedServer(users={"alice": "secret"}, components=components, http_port=0) as server:
        ports = {"tcp": server.port, "component": server.component_port}
        async with stalling(ports.get(way, server.http_port or 0), stalled) as port:
            here = {"port": port, "http": port, "ca": server.ca_file}
            sender: BaseXMPP = (
                ComponentXMPP("echo.localhost", "secret", "127.0.0.1", port, settings=Settings(ack_timeout=None))
                if way == "component"
                else client("alice", here, way, counted=counted)
            )
            async with sender:
                await asyncio.sleep(0.3)
                stalled.set()
                gc.collect()
                before, taken = memory("VmRSS"), 0
                body = "x" * size
                for number in range(count):
                    with contextlib.suppress(QueueFull):
                        sender.send(sender.make_message("alice@localhost/there", body))
                        taken += 1
                    if number % 1000 == 0:
                        await asyncio.sleep(0)
                waits = False
                try:
                    await asyncio.wait_for(
                        sender.send_soon(sender.make_message("alice@localhost/there", body)), WAITING
                    )
                except TimeoutError:
                    waits = True
                growth = memory("VmHWM") - before
                sender.abort()
    what = f"{way}{', counted' if counted else ''}, {size} characters"
    print(f"R8, {what}: {taken} of {count} taken, send_soon waits: {waits}, {growth:.1f} MiB")
    return waits and taken < count and growth <= MAY_GROW["send"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("what", choices=("receive", "send", "serve"), help="R7, R8, or the server that the first needs")
    parser.add_argument("--count", type=int, default=10_000, help="how many messages")
    parser.add_argument("--way", choices=(*WAYS, "component"), default="tcp", help="component: R8 only")
    parser.add_argument("--counted", action="store_true", help="with stream management (XEP-0198)")
    parser.add_argument("--blocking", action="store_true", help="R7: the handlers are functions, and not coroutines")
    parser.add_argument("--pause", type=float, default=0.05, help="R7: seconds that each handler takes")
    parser.add_argument("--size", type=int, default=50, help="R8: characters of a message")
    told = parser.parse_args()
    if told.what == "serve":
        asyncio.run(serve(told.count))
        return 0
    if told.what == "receive":
        how = {"counted": told.counted, "blocking": told.blocking, "pause": told.pause}
        return not asyncio.run(receive(told.count, told.way, **how))
    return not asyncio.run(send(told.count, told.way, counted=told.counted, size=told.size))


if __name__ == "__main__":
    sys.exit(main())
