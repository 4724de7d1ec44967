# SPDX-License-Identifier: MIT
"""Entity Time (XEP-0202).

Ask which time it is at somebody's, and answer that question yourself:

.. code-block:: python

   bot.register_plugin("xep_0202")

   answer = await bot.plugin["xep_0202"].get_entity_time("localhost")
   print("there it is", answer["entity_time"]["time"])

``time`` is an aware datetime in the other's zone; ``utc`` and ``tzo`` are its parts. What is told is in UTC, so that
nobody learns where the program runs; the option ``tz_offset`` says another zone, and ``local_time`` is a clock of your
own:

.. code-block:: python

   bot.plugin["xep_0202"].tz_offset = 5.5  # hours

With the setting ``answer_strangers`` off, only those are answered who may see that you are online.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0202 import stanza
from xmppkit.plugins.xep_0202.stanza import EntityTime
from xmppkit.plugins.xep_0202.time import XEP_0202

__all__ = ["XEP_0202", "EntityTime", "stanza"]
