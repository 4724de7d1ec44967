# SPDX-License-Identifier: MIT
"""Message Delivery Receipts (XEP-0184).

Ask whether a message has come, and be told:

.. code-block:: python

   bot.register_plugin("xep_0184")

   @bot.on("receipt_received")
   def received(message):
       print(message["from"], "has got", message["receipt"])

   message = bot.make_message("alice@localhost", "hello", mtype="chat")
   message["request_receipt"] = True
   message.send()

With the option ``auto_request`` each message with a text asks by itself: always where it goes to an account, and to a
client only once that has said that it gives receipts. Receipts say that a client has the message, not that somebody has
read it; that none comes says nothing (§4).

Who asks you for a receipt gets it, unless ``auto_ack`` is off: then ``bot.plugin["xep_0184"].ack(message)`` gives it.
Errors, receipts, and messages of rooms get none. A receipt tells its receiver that you are online; with the setting
``answer_strangers`` off (as `Settings.strict` has it) only those get one who may see that anyway.

``receipt_received`` is raised for receipts from whom they were asked from: the account, or in a room the occupant. The
last 10,000 messages are remembered for it (``max_pending``), with ``bot.use_storage`` beyond this run.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0184 import stanza
from xmppkit.plugins.xep_0184.receipt import XEP_0184
from xmppkit.plugins.xep_0184.stanza import Received, Request

__all__ = ["XEP_0184", "Received", "Request", "stanza"]
