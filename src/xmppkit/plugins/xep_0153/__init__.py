# SPDX-License-Identifier: MIT
"""vCard-Based Avatars (XEP-0153).

Have a picture, and see those of others:

.. prepare::

   import base64

   picture = base64.b64decode(
       "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
   )

.. code-block:: python

   bot.register_plugin("xep_0153")
   avatars = bot.plugin["xep_0153"]

   await avatars.set_avatar(avatar=picture)

   @bot.on("vcard_avatar_update")
   async def changed(presence):
       avatar = await avatars.get_avatar(presence["from"])
       if avatar is not None:
           print(presence["from"].bare, "has an avatar:", avatar.type, len(avatar.data), "bytes")

   mine = await avatars.get_avatar(bot.boundjid)
   assert mine.data == picture and mine.type == "image/png"

``get_avatar`` returns what was announced or raises `ContentMismatch <xmppkit.exceptions.ContentMismatch>`: the hash is
checked, no picture is longer than ``max_size``, and its type is what its first bytes say, not what somebody says.
Whoever decodes a picture must be careful nevertheless. ``avatar.hash`` is a good key to keep it under.

While the plugin is enabled, each presence says which avatar you have: at first that it is not known yet, until your
vCard has been fetched. When another client of your account changes it, that is noticed. Presences from rooms are
ignored, since all occupants share a bare address.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0153 import stanza
from xmppkit.plugins.xep_0153.avatar import Avatar
from xmppkit.plugins.xep_0153.stanza import VCardTempUpdate
from xmppkit.plugins.xep_0153.vcard_avatar import XEP_0153

__all__ = ["XEP_0153", "Avatar", "VCardTempUpdate", "stanza"]
