# SPDX-License-Identifier: MIT
"""Message Retraction (XEP-0424).

Take back what you have said, and learn that others did:

.. code-block:: python

   bot.register_plugin("xep_0424")

   said = bot.make_message("alice@localhost", "my password is mellon", mtype="chat")
   said.send()
   bot.plugin["xep_0424"].send_retraction("alice@localhost", said["id"])

   shown = {}  # the messages that people have seen, by id

   @bot.on("message_retract")
   def retracted(message):
       original = shown.get(message["retract"]["id"])
       if original is not None and bot.plugin["xep_0424"].applies(original, message):
           del shown[message["retract"]["id"]]

Anybody can send a message that says to take back any other. Ask ``applies`` before you do it: both must be from one
account, and in a room, or in private messages from there, from one occupant. What is of type error, or from a room that
was not joined, raises no event. In a room that gives messages ids, retractions mean a message by that id:
``referred_id`` of xep_0359 finds it.

Nobody is made to forget anything, and other clients may not know the protocol: they show a sentence in its place. In an
archive, a message that was taken back may have become a tombstone, ``message["retracted"]``. Moderators, who take back
what others said, use xep_0425.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0424 import stanza
from xmppkit.plugins.xep_0424.retraction import XEP_0424
from xmppkit.plugins.xep_0424.stanza import Retract, Retracted

__all__ = ["XEP_0424", "Retract", "Retracted", "stanza"]
