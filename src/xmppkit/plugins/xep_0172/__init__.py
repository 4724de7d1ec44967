# SPDX-License-Identifier: MIT
"""User Nickname (XEP-0172).

Say what you want to be called, and see what your contacts want to be called:

.. code-block:: python

   bot.register_plugin("xep_0172")

   @bot.on("user_nick_publish")
   def renamed(message):
       nick = message["pubsub_event"]["items"]["item"]["nick"]["nick"]
       print(message["from"], "wants to be called", nick or "by the address")

   async def rename():
       await bot.plugin["xep_0172"].publish_nick("Ishmael")

A request to see somebody's presence, and the first message to a stranger, should say it as well (§4.1, §4.2):

.. code-block:: python

   message = bot.make_message("alice@localhost", "Call me.")
   message["nick"]["nick"] = "Ishmael"
   message.send()

**Who is believed.** The events are raised for what the server of the account tells in its name. A nickname is what
somebody says of himself, and anybody may say any (§7): show the address with it to who must know whom he talks to.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0172 import stanza
from xmppkit.plugins.xep_0172.stanza import UserNick
from xmppkit.plugins.xep_0172.user_nick import XEP_0172

__all__ = ["XEP_0172", "UserNick", "stanza"]
