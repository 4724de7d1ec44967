# SPDX-License-Identifier: MIT
"""Message Archive Management Preferences (XEP-0441).

Choose what your server archives:

.. code-block:: python

   from xmppkit.exceptions import IqError

   bot.register_plugin("xep_0441")

   try:
       await bot.plugin["xep_0441"].set_preferences("roster", always=["alice@localhost"], never=["eve@localhost"])
       default, always, never = await bot.plugin["xep_0441"].get_preferences()
   except IqError as error:
       print("it cannot be changed:", error)

Who is in neither list is archived ``always``, ``never``, or if they are in the ``roster``. The server may do as it
likes: look at its answer, which says what holds.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0441 import stanza
from xmppkit.plugins.xep_0441.preferences import XEP_0441, ArchivePreferences
from xmppkit.plugins.xep_0441.stanza import Default, Preferences

__all__ = ["XEP_0441", "ArchivePreferences", "Default", "Preferences", "stanza"]
