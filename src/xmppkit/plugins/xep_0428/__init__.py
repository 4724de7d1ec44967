# SPDX-License-Identifier: MIT
"""Fallback Indication (XEP-0428).

Some protocols put a text into a message for those who do not know them, as the words that are answered in a reply. Who
knows the protocol reads the text without them:

.. code-block:: python

   bot.register_plugin("xep_0428")

   REPLY = "urn:xmpp:reply:0"

   answer = bot.make_message("alice@localhost", "> Will you come?\\nYes!")
   bot.plugin["xep_0428"].add_fallback(answer, REPLY, 0, 17)
   answer.send()

   assert bot.plugin["xep_0428"].get_stripped_body(answer, REPLY) == "Yes!"
   assert bot.plugin["xep_0428"].get_stripped_body(answer, "urn:xmpp:reactions:0") == "> Will you come?\\nYes!"

Name the protocols that you know; the texts for others stay. Positions are Unicode code points (XEP-0426), which are
what Python counts, and ``get_ranges`` has them, for who would rather dim a part than hide it. A part that cannot be,
since it is no number or lies behind the text, is not taken away.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0428 import stanza
from xmppkit.plugins.xep_0428.fallback import XEP_0428
from xmppkit.plugins.xep_0428.stanza import Fallback, FallbackBody, FallbackMixin, FallbackSubject, Range

__all__ = ["XEP_0428", "Fallback", "FallbackBody", "FallbackMixin", "FallbackSubject", "Range", "stanza"]
