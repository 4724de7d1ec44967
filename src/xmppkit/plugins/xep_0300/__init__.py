# SPDX-License-Identifier: MIT
"""Use of Cryptographic Hash Functions in XMPP (XEP-0300).

Make the hash that goes with a file, and check the one that has come with it:

.. prepare::

   import pathlib
   import tempfile

   path = pathlib.Path(tempfile.mkdtemp()) / "picture.png"
   path.write_bytes(b"a picture")

.. code-block:: python

   bot.register_plugin("xep_0300")
   hashes = bot.plugin["xep_0300"]

   made = await hashes.hash_file(path, "sha-256", "sha3-256")
   print(*made)
   assert await hashes.verify_file(made, path)
   assert not hashes.verify(made, b"another picture")

``hash_file`` and ``verify_file`` compute in a thread and never have more than ``block_size`` bytes in memory. Nothing
is taken to be right because it carries a hash: ``verify`` wants at least one of a function that is switched on, and
each such one must be right. SHA-1 is off, since two contents can be made that have one hash; older functions are not
there at all.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0300 import stanza
from xmppkit.plugins.xep_0300.hash import XEP_0300
from xmppkit.plugins.xep_0300.stanza import Hash, HashUsed

__all__ = ["XEP_0300", "Hash", "HashUsed", "stanza"]
