# SPDX-License-Identifier: MIT
"""Chat State Notifications (XEP-0085).

Tell others that you are writing, and see who writes to you:

.. code-block:: python

   bot.register_plugin("xep_0085")

   @bot.on("chatstate_composing")
   def writing(message):
       print(message["from"], "is writing")

   message = bot.make_message("alice@localhost")
   message["chat_state"] = "composing"
   message.send()

Say ``active`` in messages with a text, so that the other end knows that you support chat states (§5.1); nothing is said
by itself. Do not send states to somebody who has never sent one (§5.1);
``await bot.plugin["xep_0030"].supports(jid, feature=…)`` asks.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0085 import stanza
from xmppkit.plugins.xep_0085.chat_states import XEP_0085
from xmppkit.plugins.xep_0085.stanza import Active, ChatState, Composing, Gone, Inactive, Paused, State

__all__ = ["XEP_0085", "Active", "ChatState", "Composing", "Gone", "Inactive", "Paused", "State", "stanza"]
