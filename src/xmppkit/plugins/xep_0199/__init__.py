# SPDX-License-Identifier: MIT
"""XMPP Ping (XEP-0199).

Measure how long somebody takes to answer, in seconds; nobody named, it is the own server:

.. prepare::

   alice.register_plugin("xep_0199")

.. code-block:: python

   bot.register_plugin("xep_0199")

   print(await bot.plugin["xep_0199"].ping())
   print(await bot.plugin["xep_0199"].ping(alice.boundjid, timeout=5))

Notice a connection that is gone although TCP does not know it yet: the own server is pinged now and then, and when it
is silent the stream connects again.

.. code-block:: python

   bot.plugin["xep_0199"].enable_keepalive(interval=60, timeout=10)

Pings of others are answered by themselves. ``examples/keepalive.py`` is a program that stays connected in this way.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0199 import stanza
from xmppkit.plugins.xep_0199.ping import XEP_0199
from xmppkit.plugins.xep_0199.stanza import Ping

__all__ = ["XEP_0199", "Ping", "stanza"]
