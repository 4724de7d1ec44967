# SPDX-License-Identifier: MIT
"""Stanza Headers and Internet Metadata (XEP-0131).

Say something about a message in the headers of mail or of the web:

.. code-block:: python

   bot.register_plugin("xep_0131")

   @bot.on("message")
   def told(message):
       if message["headers"].get("Urgency") == "high":
           print(message["from"], "cannot wait")

   message = bot.make_message("alice@localhost", mbody="Wherefore art thou?")
   message["headers"] = {"Urgency": "high", "Created": "2004-05-10T11:00:00Z"}
   message.send()

A header may be there several times, and is a list of texts then; ``Headers.of(message).values_of(name)`` is a list
always. Headers are what the sender says, no more: ``Distribute`` and ``Store`` are requests (§5.3, §5.4).

Others may ask which headers you understand (§3.2): ``bot.plugin["xep_0131"].supported_headers.add("Urgency")``.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0131 import stanza
from xmppkit.plugins.xep_0131.headers import XEP_0131
from xmppkit.plugins.xep_0131.stanza import Headers

__all__ = ["XEP_0131", "Headers", "stanza"]
