# SPDX-License-Identifier: MIT
"""Occupant identifiers for semi-anonymous MUCs (XEP-0421).

Recognise somebody in a room who comes back under another nickname, although the room does not tell their address:

.. code-block:: python

   bot.register_plugin("xep_0421")
   known = set()

   @bot.on("groupchat_message")
   def said(message):
       who = bot.plugin["xep_0421"].get_id(message)
       if who is not None and who not in known:
           known.add(who)
           print(message["mucnick"], "says something for the first time")

   room = await bot.plugin["xep_0045"].join("garden@muc.localhost", "bot")
   await bot.plugin["xep_0421"].has_feature(room.jid)

.. prepare::

   await room.leave()

Only a room that announces it gives such ids replaces those that its occupants have put in themselves (§5). So an id is
told only of a room that we are in and that has been asked; that takes a moment after joining, when ``get_id`` and
`Occupant.occupant_id <xmppkit.plugins.xep_0045.records.Occupant.occupant_id>` are still None. What
``message['occupant-id']`` has is what somebody has written there, whoever that was.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0421 import stanza
from xmppkit.plugins.xep_0421.occupant_id import XEP_0421
from xmppkit.plugins.xep_0421.stanza import OccupantId

__all__ = ["XEP_0421", "OccupantId", "stanza"]
