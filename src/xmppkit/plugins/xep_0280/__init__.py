# SPDX-License-Identifier: MIT
"""Message Carbons (XEP-0280).

Get a copy of each message that your account's other clients send and receive:

.. code-block:: python

   bot.register_plugin("xep_0280")

   @bot.on("session_start")
   async def begin(event):
       await bot.plugin["xep_0280"].enable()

   @bot.on("carbon_sent")
   def sent(message):
       copied = message["carbon_sent"]
       print(f"I have written to {copied['to']}: {copied['body']}")

   @bot.on("carbon_received")
   def received(message):
       copied = message["carbon_received"]
       print(f"{copied['from']} has written to me: {copied['body']}")

Enable it in each session; a stream that is resumed (XEP-0198) goes on having copies. A message of which there shall be
no copies: ``bot.plugin["xep_0280"].make_private(message).send()``.

Only your own server is believed (§11): a copy that comes from anybody else is ignored, with a warning in the log. So is
one of a message that was neither to nor from your account. Do not answer copies by program (§10.4).

To see messages in one order, whether they came themselves, as copies or from the archive: ``timeline`` of XEP-0313.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0280 import stanza
from xmppkit.plugins.xep_0280.carbons import XEP_0280
from xmppkit.plugins.xep_0280.stanza import CarbonDisable, CarbonEnable, PrivateCarbon, ReceivedCarbon, SentCarbon

__all__ = [
    "XEP_0280",
    "CarbonDisable",
    "CarbonEnable",
    "PrivateCarbon",
    "ReceivedCarbon",
    "SentCarbon",
    "stanza",
]
