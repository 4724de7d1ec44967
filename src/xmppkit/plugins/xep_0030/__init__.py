# SPDX-License-Identifier: MIT
"""Service Discovery (XEP-0030).

Ask somebody what they are and what they can do, and what belongs to them:

.. code-block:: python

   bot.register_plugin("xep_0030")
   disco = bot.plugin["xep_0030"]

   answer = await disco.get_info("localhost")
   info = answer["disco_info"]
   print(info.identities)                   # [Identity(category='server', type='im', …)]
   print("urn:xmpp:ping" in info.features)

   answer = await disco.get_items("localhost")
   for item in answer["disco_items"].items:
       print(item.jid, item.node, item.name_)

   if await disco.supports("localhost", feature="urn:xmpp:ping"):
       print("it can be pinged")

What this program is and can do is told to others who ask. Plugins announce their features themselves; the program adds
what it is, and features, items and nodes of its own:

.. code-block:: python

   await disco.add_identity(category="client", itype="bot", name="A helper")
   await disco.add_feature("urn:example:tea")
   await disco.add_item("bot@localhost", "Teas that there are", subnode="teas")

An answer is what the other end says of itself: a feature in it is no promise. ``examples/disco_browser.py`` walks
through a whole domain.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0030 import stanza
from xmppkit.plugins.xep_0030.disco import XEP_0030
from xmppkit.plugins.xep_0030.stanza import DiscoInfo, DiscoItem, DiscoItems, Identity, Item
from xmppkit.plugins.xep_0030.static import StaticDisco

__all__ = ["XEP_0030", "DiscoInfo", "DiscoItem", "DiscoItems", "Identity", "Item", "StaticDisco", "stanza"]
