# SPDX-License-Identifier: MIT
"""MUC Self-Ping (Schrödinger's Chat, XEP-0410).

A service of rooms that has been restarted, or to which the link was down, does not tell that we are not in its rooms
any more: they are only silent. Notice it:

.. code-block:: python

   bot.register_plugin("xep_0410")
   room = await bot.plugin["xep_0045"].join("garden@muc.localhost", "bot")
   bot.plugin["xep_0410"].enable_self_ping(room.address, interval=900)

   @bot.on("muc_ping_changed")
   def changed(change):
       print(change["key"][1], "was", change["previous"].name, "and is", change["result"].name)

   status = await bot.plugin["xep_0410"].send_self_ping(room.address)
   assert status.name == "JOINED"

.. prepare::

   await room.leave()

``DISCONNECTED`` means that the room is to be joined anew. ``TIMEOUT`` means nothing yet: ask again later (§3.2).
"""

from __future__ import annotations

from xmppkit.plugins.xep_0410.self_ping import XEP_0410
from xmppkit.plugins.xep_0410.status import PingChanged, PingStatus

__all__ = ["XEP_0410", "PingChanged", "PingStatus"]
