# SPDX-License-Identifier: MIT
"""Stanza Forwarding (XEP-0297).

Pass a message on, and see those that others pass on:

.. code-block:: python

   bot.register_plugin("xep_0297")

   @bot.on("forwarded_stanza")
   def told(message):
       original = message["forwarded"]["stanza"]
       print(f"{message['from']} says that {original['from']} wrote: {original['body']}")

   @bot.on("message")
   def pass_on(message):
       bot.plugin["xep_0297"].forward(message, mto="alice@localhost", mbody="look at this")

Nothing proves that a forwarded message is genuine (§7.1): all that is known is who has forwarded it. It raises no
``message`` event. Ask with ``await bot.plugin["xep_0030"].supports(jid, feature=…)`` before you send forwarded messages
to somebody (§4).

Carbons (XEP-0280) and archives (XEP-0313) come in the same container, and are not reported here.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0297 import stanza
from xmppkit.plugins.xep_0297.forwarded import XEP_0297
from xmppkit.plugins.xep_0297.stanza import Forwarded

__all__ = ["XEP_0297", "Forwarded", "stanza"]
