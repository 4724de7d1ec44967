# SPDX-License-Identifier: MIT
"""Results page by page (XEP-0059) at real servers: of an archive, and of service discovery."""

from __future__ import annotations

from archives import archived, tell, writer_and_reader
from servers.base import Server


async def test_many_pages(server: Server) -> None:
    texts = [f"text {number}" for number in range(120)]
    async with writer_and_reader(server) as (bob, reader):
        await tell(bob, reader, texts)
        found = [message async for message in reader.plugin["xep_0313"].iterate()]
        assert archived(found) == texts


async def test_a_question_that_is_not_paged(server: Server) -> None:
    async with writer_and_reader(server) as (_, reader):
        disco = reader.plugin["xep_0030"]
        whole = (await disco.get_items(server.domain))["disco_items"]["items"]
        pages = [page["disco_items"]["items"] async for page in await disco.get_items(server.domain, iterator=True)]
        assert set().union(*pages) == whole
