# SPDX-License-Identifier: MIT
"""Entity Capabilities 2.0 (XEP-0390).

Know what others can do when their presence comes, without asking each of them, by hashes that prove it:

.. code-block:: python

   bot.register_plugin("xep_0390")

   @bot.on("entity_caps_known")
   def known(caps):
       print(caps.jid, "speaks", len(caps.info.features), "protocols")

It works together with ``xep_0115``, which it enables, and which keeps what is known of both: the events, the bounds,
the storage and ``supports`` of ``xep_0030`` are described there. Our presence has both kinds of hashes, so that older
programs know us, too. Of what others send this kind counts where there are both: in a hash of XEP-0115, one answer
could stand for another.

Hash functions have the names of XEP-0300. SHA-1 proves nothing here; a set that has nothing better is passed over.
``bot.plugin["xep_0390"].functions`` are those that we send.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0390 import stanza
from xmppkit.plugins.xep_0390.caps2 import XEP_0390
from xmppkit.plugins.xep_0390.stanza import Capabilities2

__all__ = ["XEP_0390", "Capabilities2", "stanza"]
