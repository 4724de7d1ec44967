# SPDX-License-Identifier: MIT
"""Message Processing Hints (XEP-0334).

Tell the servers on the way what to do with a message:

.. code-block:: python

   bot.register_plugin("xep_0334")

   message = bot.make_message("alice@localhost", "forget this")
   message.enable("no-store")
   message.enable("no-copy")
   message.send()

The hints are ``no-store``, ``no-permanent-store``, ``no-copy`` and ``store`` (`Hint`). They are hints: nobody must do
what they say (§5). ``bot.plugin["xep_0334"].get_hints(message)`` is the set of those in a message that has come.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0334 import stanza
from xmppkit.plugins.xep_0334.hints import XEP_0334
from xmppkit.plugins.xep_0334.stanza import Hint, NoCopy, NoPermanentStore, NoStore, Store, hints_of

__all__ = ["XEP_0334", "Hint", "NoCopy", "NoPermanentStore", "NoStore", "Store", "hints_of", "stanza"]
