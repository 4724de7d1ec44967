# SPDX-License-Identifier: MIT
"""examples/muc_bot.py in rooms of real servers."""

from __future__ import annotations

import asyncio

from servers.base import Server
from sessions import TIMEOUT, make_client, program

from xmppkit.plugins.xep_0045 import Room


async def heard(room: Room, wanted: str) -> None:
    """Wait until somebody else says something."""
    async for message in room:
        if message["body"].startswith(wanted):
            return
    raise AssertionError(f"nobody has said {wanted}…")


async def test_it_answers(server: Server) -> None:
    alice = make_client(server)
    for plugin in ("xep_0045", "xep_0249"):
        alice.register_plugin(plugin)
    muc = alice.plugin["xep_0045"]
    where, other = (f"{name}.{server.name.lower()}@{server.muc_domain}" for name in ("garden", "attic"))
    arguments = (f"bot@{server.domain}", where, "--server", f"{server.host}:{server.port}", "--ca-file", server.ca_file)
    async with asyncio.timeout(2 * TIMEOUT), alice:
        room = await muc.join(where, "ann", timeout=TIMEOUT)
        await room.configure()
        async with program("muc_bot", *arguments, XMPP_PASSWORD=server.users["bot"]) as bot:
            assert bot.stdout is not None
            assert await bot.stdout.readline() == f"joined {where} as gardener; there are 2 occupants\n".encode()
            room.send("!who")
            await heard(room, ", ".join(f"{each.nick} ({each.role.value})" for each in room.occupants.values()))
            room.send("!kick nobody")
            await heard(room, "the room says no: ")
            attic = await muc.join(other, "ann", timeout=TIMEOUT)
            await attic.configure()
            alice.plugin["xep_0249"].send_invitation(f"bot@{server.domain}", other)
            assert await bot.stdout.readline() == f"invited to {other}\n".encode()
            assert await bot.stdout.readline() == f"joined {other} as gardener; there are 2 occupants\n".encode()
            await attic.kick("gardener", "enough")
            assert await bot.stdout.readline() == f"not in {other} any more: kicked enough\n".encode()
            room.send("!leave")
            assert (await bot.stdout.readline()).startswith(f"not in {where} any more: left".encode())
            assert await bot.wait() == 0
