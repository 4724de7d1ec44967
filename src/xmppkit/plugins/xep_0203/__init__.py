# SPDX-License-Identifier: MIT
"""Delayed Delivery (XEP-0203).

See when a message was sent that was kept for you, by your server or by a room:

.. code-block:: python

   bot.register_plugin("xep_0203")

   @bot.on("message")
   def told(message):
       sent = bot.plugin["xep_0203"].get_stamp(message)
       if sent is not None:
           print(f"{message['from']} wrote at {sent:%H:%M}: {message['body']}")

`Delay.of(message) <Delay>` is all that is said: ``stamp``, who has kept it, and why.

Anybody can put a delay into a message (§5). Ask for what somebody says whom you trust:
``get_stamp(message, by=bot.boundjid.domain)``.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0203 import stanza
from xmppkit.plugins.xep_0203.delay import XEP_0203
from xmppkit.plugins.xep_0203.stanza import Delay

__all__ = ["XEP_0203", "Delay", "stanza"]
