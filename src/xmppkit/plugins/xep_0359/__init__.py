# SPDX-License-Identifier: MIT
"""Unique and Stable Stanza IDs (XEP-0359).

Learn the id that your server, or a room, has given a message. It is the message's id in the archive (XEP-0313):

.. code-block:: python

   bot.register_plugin("xep_0359")

   @bot.on("message")
   async def told(message):
       id = await bot.plugin["xep_0359"].get_stanza_id(message)
       print("a message", "without an id" if id is None else f"with the id {id}")

An author gives a message an id of their own: ``message["origin_id"]["id"]``. With ``bot.use_origin_id = True`` each
message that you make has one.

Anybody can write any id into a message (§6). ``get_stanza_id`` believes only what is said to be from your own account,
or, for ``groupchat``, from the room that the message has come from; and only if that entity announces that it removes
what others have put there. An origin-id says nothing without its author: two people may use the same.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0359 import stanza
from xmppkit.plugins.xep_0359.stanza import OriginID, ReferencedStanza, StanzaID, referred_id, stanza_id_by
from xmppkit.plugins.xep_0359.stanza_ids import XEP_0359

__all__ = ["XEP_0359", "OriginID", "ReferencedStanza", "StanzaID", "referred_id", "stanza", "stanza_id_by"]
