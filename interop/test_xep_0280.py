# SPDX-License-Identifier: MIT
"""Carbons (XEP-0280) of real servers."""

from __future__ import annotations

from archives import client_of, writer_and_reader
from servers.base import Server
from sessions import available, seen


async def test_carbons(server: Server) -> None:
    async with writer_and_reader(server) as (bob, reader):
        other = client_of(server, reader.boundjid.local, resource="other")
        other.password = reader.password
        copies = seen(reader, "carbon_sent", "carbon_received")
        async with other:
            await available(other)  # ejabberd copies what comes for those who are there
            await reader.plugin["xep_0280"].enable()
            other.send_message(bob.boundjid.bare, "from me", mtype="chat")
            assert (await copies.get())["carbon_sent"]["body"] == "from me"
            bob.send_message(other.boundjid, "for me", mtype="chat")
            received = (await copies.get())["carbon_received"]
            assert (received["body"], received["to"]) == ("for me", other.boundjid)
            secret = other.make_message(bob.boundjid.bare, "secret", mtype="chat")
            other.plugin["xep_0280"].make_private(secret).send()
            other.send_message(bob.boundjid.bare, "not secret", mtype="chat")
            assert (await copies.get())["carbon_sent"]["body"] == "not secret"
            await reader.plugin["xep_0280"].disable()
