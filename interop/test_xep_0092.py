# SPDX-License-Identifier: MIT
"""Software versions (XEP-0092): those of real servers, and of clients through them."""

from __future__ import annotations

import asyncio

from servers.base import Server
from sessions import TIMEOUT, make_client


async def test_versions(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    alice.register_plugin("xep_0092")
    bob.register_plugin("xep_0092", {"software_name": "Gärtner", "version": "1.2", "os": "Linux"})
    async with asyncio.timeout(TIMEOUT), alice, bob:
        versions = alice.plugin["xep_0092"]
        theirs = (await versions.get_version(server.domain))["software_version"]
        assert (theirs.name_ or "").lower() == server.name.lower()
        told = (await versions.get_version(bob.boundjid))["software_version"]
        assert (told.name_, told.version, told.os) == ("Gärtner", "1.2", "Linux")
