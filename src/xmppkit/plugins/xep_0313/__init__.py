# SPDX-License-Identifier: MIT
"""Message Archive Management (XEP-0313).

Look up what was said:

.. code-block:: python

   from datetime import UTC, datetime, timedelta

   bot.register_plugin("xep_0313")
   archive = bot.plugin["xep_0313"]
   yesterday = datetime.now(UTC) - timedelta(days=1)

   async for message in archive.iterate(start=yesterday, with_jid="alice@localhost", total=50):
       result = message["mam_result"]
       print(result["forwarded"]["delay"]["stamp"], result["forwarded"]["stanza"]["body"])

Pages are asked for as they are wanted; ``reverse=True`` begins with the last message. `retrieve <XEP_0313.retrieve>`
asks for one page, or, with ``iterator=True``, for one after the other. The archive of a room is that with
``jid="room@muc.example.org"``.

Follow a conversation across restarts and lost connections, whether its messages are in the archive, come live, went to
or from another of your devices, or were said in a room:

.. code-block:: python

   bot.use_storage("sqlite:///bot.db")

   async def follow():
       async with archive.timeline(since=yesterday) as timeline:
           async for entry in timeline:
               who = "I" if entry.outgoing else entry.message["from"]
               print(f"{entry.stamp:%H:%M} {who}: {entry.message['body']}")

.. prepare::

   import asyncio

   try:
       async with asyncio.timeout(0.5):
           await follow()
   except TimeoutError:
       pass
   await bot.storage.close()

Each message comes once, in the order of the archive; see `timeline <XEP_0313.timeline>`. Where it has come to is kept,
so that the next run goes on there. What your program sends is in it, too (``entry.outgoing``): do not answer yourself.

A result counts only from the archive that was asked, and only while the question is open (§8.2). An archive that
repeats itself, or sends more than it was asked for, is not followed: `ContentMismatch
<xmppkit.exceptions.ContentMismatch>`. Ids in live messages are believed where the server, or the room, announces that
it takes out those of others (XEP-0359 §6). XEP-0441 says what is to be archived.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0313 import stanza
from xmppkit.plugins.xep_0313.entries import Entry, Position, Source
from xmppkit.plugins.xep_0313.mam import XEP_0313
from xmppkit.plugins.xep_0313.stanza import MAM, End, Fin, Metadata, Result, Start
from xmppkit.plugins.xep_0313.timeline import Timeline

__all__ = [
    "MAM",
    "XEP_0313",
    "End",
    "Entry",
    "Fin",
    "Metadata",
    "Position",
    "Result",
    "Source",
    "Start",
    "Timeline",
    "stanza",
]
