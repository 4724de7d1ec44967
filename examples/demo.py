# SPDX-License-Identifier: MIT
"""The main job, to watch: a server, an echo bot, an echo component, and a user who talks to both.

    python examples/demo.py

Everything runs in this process and on loopback: the embedded server with a certificate that it makes for itself, three
connections to it, a conversation, and a picture that the user keeps on disk as a bit of binary (XEP-0231) and the bot
fetches. It takes a few seconds, ends by itself, and exits 0; if anything goes wrong it says what, and exits 1.
"""

from __future__ import annotations

import asyncio
import struct
import sys
import tempfile
import time
import zlib
from pathlib import Path

from bob_on_disk import keep_on_disk
from echo_bot import EchoBot
from echo_component import EchoComponent

from xmppkit import ClientXMPP
from xmppkit.exceptions import XMPPKitError
from xmppkit.server import EmbeddedServer

DOMAIN = "localhost"
COMPONENT = "echo.localhost"
#: Seconds for any one step.
PATIENCE = 10.0


class DemoFailed(Exception):
    """Something did not happen as it should."""


def picture() -> bytes:
    """A small PNG: a 32 by 32 square that fades from blue to green."""
    rows = b"".join(b"\0" + bytes(value for x in range(32) for value in (0, 8 * y, 8 * x)) for y in range(32))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Conversation:
    """Prints who says what, and how long an answer took."""

    def __init__(self) -> None:
        self.lines = 0
        self.times: list[float] = []

    def say(self, who: str, to: str, text: str) -> None:
        """Somebody says something."""
        self.lines += 1
        print(f"  {who:>9} → {to:<9}  {text}")

    async def ask(self, user: ClientXMPP, to: str, name: str, text: str) -> None:
        """`user` writes to an address, which must send the same back."""
        self.say("alice", name, text)
        begun = time.perf_counter()
        waiting = asyncio.ensure_future(user.wait_until("message", PATIENCE))
        await asyncio.sleep(0)  # the waiter is there before the answer can be
        user.send_message(to, text, mtype="chat")
        answer = await waiting
        took = time.perf_counter() - begun
        if answer["body"] != text:
            raise DemoFailed(f"{name} answered {answer['body']!r}, not {text!r}")
        self.times.append(took)
        self.say(name, "alice", f"{answer['body']}   ({1000 * took:.1f} ms)")


async def started(stream: ClientXMPP | EchoComponent, host: str, port: int) -> None:
    """Connect, and wait for the session; what went wrong is raised."""
    waiting = asyncio.ensure_future(stream.wait_until("session_start", PATIENCE))
    ended = stream.disconnected
    stream.connect(host, port)
    await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
    if not waiting.done():
        waiting.cancel()
        raise stream.last_error or DemoFailed(f"{stream.requested_jid} was disconnected before its session began")
    await waiting


async def demo(directory: Path) -> None:
    begun = time.perf_counter()
    users = {"alice": "wonderland", "bot": "echo"}
    print("Starting an embedded server, for development and tests only …")
    async with EmbeddedServer(domain=DOMAIN, users=users, components={COMPONENT: "secret"}) as server:
        print(f"  listening on {server.host}:{server.port}, components on port {server.component_port}")

        bot = EchoBot(f"bot@{DOMAIN}", users["bot"])
        alice = ClientXMPP(f"alice@{DOMAIN}/demo", users["alice"])
        component = EchoComponent(COMPONENT, "secret", server.host, server.component_port)
        for client in (bot, alice):
            client.ca_certs = server.ca_file
            client.register_plugin("xep_0231")
            await started(client, server.host, server.port)
            tls = client.tls_info
            if tls is None:
                raise DemoFailed(f"{client.boundjid} is not encrypted")
            print(f"  {client.boundjid} logged in: {tls.version} {tls.cipher}, {client.mechanism}")
        await started(component, server.host, server.component_port)
        print(f"  {component.boundjid} connected as a component (XEP-0114)")
        alice.send_presence()

        print("The conversation:")
        talk = Conversation()
        await talk.ask(alice, f"bot@{DOMAIN}", "bot", "Hello, is anybody there?")
        await talk.ask(alice, f"bot@{DOMAIN}", "bot", "Voilà: <ünïcödé> & 🎉")
        await talk.ask(alice, f"anybody@{COMPONENT}", "component", "And who are you?")

        data = picture()
        store = keep_on_disk(alice, directory)
        cid = await alice.plugin["xep_0231"].set_bob(data, "image/png")
        talk.say(
            "alice",
            "bot",
            f"a picture: {cid} ({len(data)} bytes, kept in {store.path(alice.boundjid, cid).name[:12]}….json)",
        )
        fetched = await bot.plugin["xep_0231"].get_bob(alice.boundjid, cid, timeout=PATIENCE)
        if fetched["bob"]["data"] != data:
            raise DemoFailed("the picture that the bot fetched is not the one that was sent")
        talk.say("bot", "alice", f"fetched it: {len(fetched['bob']['data'])} bytes, and the hash is right")

        for stream in (alice, bot, component):
            await stream.disconnect()
    seconds = time.perf_counter() - begun
    slowest = 1000 * max(talk.times)
    print(
        f"Done: 3 connections, {talk.lines} lines, 1 picture; slowest answer {slowest:.1f} ms; {seconds:.1f} s in all."
    )


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="xmppkit-demo-") as temporary:
        try:
            asyncio.run(demo(Path(temporary)))
        except (XMPPKitError, DemoFailed) as error:
            print(f"the demo failed: {error}", file=sys.stderr)
            return 1
        except TimeoutError:
            print(f"the demo failed: nothing happened for {PATIENCE:g} s", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
