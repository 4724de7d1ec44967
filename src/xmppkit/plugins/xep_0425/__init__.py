# SPDX-License-Identifier: MIT
"""Moderated Message Retraction (XEP-0425).

Take back what somebody else has said, as a moderator of a room, and learn that moderators did:

.. code-block:: python

   bot.register_plugin("xep_0425")
   bot.register_plugin("xep_0045")
   shown = {}  # the messages of the room, by the id that it gave

   async def remove(message):
       room, id = message["from"].bare, message["stanza_id"]["id"]
       await bot.plugin["xep_0425"].moderate(room, id, "please be polite")

   @bot.on("moderated_message")
   def moderated(message):
       original = shown.get(message["retract"]["id"])
       if original is not None and bot.plugin["xep_0425"].applies(original, message):
           print("a moderator has removed a message:", message["retract"]["reason"])

``moderate`` raises `IqError` when you are no moderator, or when the room does not know the protocol: it announces the
feature ``urn:xmpp:message-moderate:1``, or, as those of Prosody, ``urn:xmpp:message-moderate:0``, which is older.
Both are spoken, and look alike here: a room's word in the earlier form is handed to the event in today's.
``message["retract"]["moderated"]["by"]`` is the moderator, as an occupant.

Only a room itself says what was moderated. The event is raised for rooms that were joined with xep_0045, and never for
what an occupant sends; ``applies`` says whether it means a message, by the id that the room gave.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0425 import stanza
from xmppkit.plugins.xep_0425.fastened import ApplyTo, FastenedModerate, FastenedModerated, FastenedRetract
from xmppkit.plugins.xep_0425.moderation import XEP_0425
from xmppkit.plugins.xep_0425.stanza import Moderate, Moderated

__all__ = [
    "XEP_0425",
    "ApplyTo",
    "FastenedModerate",
    "FastenedModerated",
    "FastenedRetract",
    "Moderate",
    "Moderated",
    "stanza",
]
