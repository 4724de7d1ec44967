# SPDX-License-Identifier: MIT
"""Last Message Correction (XEP-0308).

Replace what you have said, and learn that others did:

.. code-block:: python

   bot.register_plugin("xep_0308")

   said = bot.make_message("alice@localhost", "See you on Mondey", mtype="chat")
   said.send()
   bot.plugin["xep_0308"].correct_message(said, "See you on Monday")

   shown = {}  # the messages that people have seen, by id

   @bot.on("message")
   def message(message):
       if not bot.plugin["xep_0308"].is_correction(message):
           shown[message["id"]] = message

   @bot.on("message_correction")
   def corrected(message):
       original = shown.get(message["replace"]["id"])
       if original is not None and bot.plugin["xep_0308"].applies(original, message):
           print(message["from"], "meant", message["body"])

Anybody can send a message that says to replace any other. Ask ``applies`` before you do it: both must be from one
account, and in a room, or in private messages from there, from one occupant. An occupant is known by the id that the
room gives (XEP-0421), and by the nickname where it gives none. What is of type error, or from a room that was not
joined, raises no event. A correction names the first version of a message (§4), however often it was corrected.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0308 import stanza
from xmppkit.plugins.xep_0308.correction import XEP_0308
from xmppkit.plugins.xep_0308.stanza import Replace

__all__ = ["XEP_0308", "Replace", "stanza"]
