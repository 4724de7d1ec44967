# SPDX-License-Identifier: MIT
"""Bind 2 (XEP-0386).

Have the address bound, stream management enabled and carbons switched on along with the login: with
`xep_0388 <xmppkit.plugins.xep_0388>`, which comes with it, and no further steps.

.. code-block:: python

   bot.register_plugin("xep_0386", {"tag": "weather"})

What to know:

- The server chooses the resource. It begins with the ``tag`` if one is given, which everybody sees to whom you write.
  If you want a certain resource (``alice@example.org/desk``), it is asked for in the old way, and the login takes a
  step more.
- Messages that came while nobody was online are not sent by themselves after it (§3.2): fetch them from the archive, as
  with ``sync`` of `xep_0313 <xmppkit.plugins.xep_0313>`. That is why nobody has this plugin unasked.
- With `xep_0280 <xmppkit.plugins.xep_0280>` carbons begin with the session; ``carbons=False`` leaves that to you.
- A server ends the earlier session of the same installation, so none is left over when a connection was lost.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0386 import stanza
from xmppkit.plugins.xep_0386.bind2 import XEP_0386
from xmppkit.plugins.xep_0386.stanza import Bind, Bound, Feature, InlineFeatures

__all__ = ["XEP_0386", "Bind", "Bound", "Feature", "InlineFeatures", "stanza"]
