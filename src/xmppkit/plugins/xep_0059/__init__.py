# SPDX-License-Identifier: MIT
"""Result Set Management (XEP-0059).

Read a long answer page by page:

.. code-block:: python

   bot.register_plugin("xep_0059")

   question = bot.make_iq_get(ito="localhost")
   question.enable("disco_items")
   async for page in bot.plugin["xep_0059"].iterate(question, "disco_items", amount=50):
       for item in page["disco_items"]:
           print(item["jid"], item["name"])

It works for whatever holds the element ``set``: service discovery, archives (XEP-0313), publish-subscribe (XEP-0060),
and payloads of your own with ``register_stanza_plugin(YourPayload, Set)``. A page is asked for when the loop wants it;
an error ends the loop and is raised.

``max_pages`` ends the loop after so many. Who answers with the same page again, or with more than 10,000 pages, is not
followed: that raises `ContentMismatch <xmppkit.exceptions.ContentMismatch>`.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0059 import stanza
from xmppkit.plugins.xep_0059.iterator import ResultIterator
from xmppkit.plugins.xep_0059.rsm import XEP_0059
from xmppkit.plugins.xep_0059.stanza import Set

__all__ = ["XEP_0059", "ResultIterator", "Set", "stanza"]
