# SPDX-License-Identifier: MIT
"""Displayed Markers (XEP-0333).

Ask to be told how far somebody has read, and tell others:

.. code-block:: python

   bot.register_plugin("xep_0333")

   @bot.on("marker_displayed")
   def displayed(message):
       print(message["from"], "has read everything up to", message["displayed"]["id"])

   question = bot.make_message("alice@localhost", "have you read it?", mtype="chat")
   question.enable("markable")
   question.send()

   @bot.on("message")
   def read(message):
       if "markable" in message:
           bot.plugin["xep_0333"].send_marker(message["from"].bare, message["id"], "displayed", mtype=message["type"])

A marker is for all messages up to the one it names. Which message it means, and whether its sender may mark it, is
asked with the message at hand:

.. prepare::

   from xmppkit.stanza.message import Message

   marker = Message()
   marker["from"], marker["to"], marker["displayed"]["id"] = "alice@localhost/x", bot.boundjid, question["id"]

.. code-block:: python

   if bot.plugin["xep_0333"].applies(question, marker):
       print("it is read")

Between two, that is from the one who has got the message; in a room, any of its occupants. Errors raise no event, and
neither do rooms that were not joined. Markers only move forward (§5): that one is older than what you know already, you
see from your own list of messages. A marker tells others that you are online; nothing is sent by itself.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0333 import stanza
from xmppkit.plugins.xep_0333.markers import XEP_0333
from xmppkit.plugins.xep_0333.stanza import Acknowledged, Displayed, Markable, Marker, Received

__all__ = ["XEP_0333", "Acknowledged", "Displayed", "Markable", "Marker", "Received", "stanza"]
