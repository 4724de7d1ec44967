# SPDX-License-Identifier: MIT
"""Bits of Binary (XEP-0231).

Offer a small piece of data, as a picture in a form, under the hash that is its name; others fetch it when they need it:

.. prepare::

   alice.register_plugin("xep_0231")

.. code-block:: python

   bot.register_plugin("xep_0231")

   cid = await bot.plugin["xep_0231"].set_bob(b"...", "image/png", max_age=86400)
   print(cid)                               # sha1+6eae3a5b062c6d0d79f070c26e6d62486b40cb46@bob.xmpp.org

And fetch one:

.. code-block:: python

   answer = await alice.plugin["xep_0231"].get_bob(bot.boundjid, cid)
   print(answer["bob"]["type"], answer["bob"]["data"])

What is fetched is kept as long as its owner allows, in memory or in the storage of ``use_storage``. Data whose hash is
another than its name says is never believed, whoever sends it: `ContentMismatch`. A piece has at most ``max_size``
bytes; for more there is HTTP upload (XEP-0363).
"""

from __future__ import annotations

from xmppkit.plugins.xep_0231 import stanza
from xmppkit.plugins.xep_0231.bob import XEP_0231
from xmppkit.plugins.xep_0231.content_id import ContentId
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary

__all__ = ["XEP_0231", "BitsOfBinary", "ContentId", "stanza"]
