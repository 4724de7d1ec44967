# SPDX-License-Identifier: MIT
"""Entity Capabilities (XEP-0115).

Know what others can do when their presence comes, without asking each of them:

.. code-block:: python

   bot.register_plugin("xep_0115")

   @bot.on("entity_caps_known")
   def known(caps):
       if "urn:xmpp:jingle:1" in caps.info.features:
           print("one can call", caps.jid)

   disco = bot.plugin["xep_0030"]
   if await disco.supports("alice@localhost/phone", feature="urn:xmpp:jingle:1"):
       print("she takes calls")

``supports``, ``has_identity`` and ``get_info(cached=True)`` of ``xep_0030`` answer from what is known, where
something is.

Our own presence says what we can do by itself, and so does the next one after a plugin, a feature or a form was added.
Send it at once with:

.. code-block:: python

   disco.add_feature("urn:example:weather")
   await bot.plugin["xep_0115"].update_caps()

What to know:

- A hash proves an answer (§5.4); what it does not prove is not used, and the next who announces it is asked. Two
  answers can have one hash (§9.3): those in which a feature could be something else are refused.
- Each hash is asked for once. At most ``burst`` questions go out at once to contacts, and as many to everybody else,
  then ``per_second`` more. ``max_waiting`` hashes wait; strangers give way to contacts.
- With ``bot.use_storage(…)`` what is known outlives the program. It is proved again when it is read.
- ``entity_caps`` comes with each presence that announces something, before anything is proved.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0115 import stanza
from xmppkit.plugins.xep_0115.caps import XEP_0115, CapsKnown
from xmppkit.plugins.xep_0115.stanza import Capabilities

__all__ = ["XEP_0115", "Capabilities", "CapsKnown", "stanza"]
