# SPDX-License-Identifier: MIT
"""Stream Management (XEP-0198).

Know what the server has got, and go on with the same session after a connection was lost::

    bot.register_plugin("xep_0198")

.. code-block:: python

    bot.register_plugin("xep_0198")
    bot.add_event_handler("stanza_acked", lambda stanza: print("the server has", stanza["id"]))
    bot.add_event_handler("session_resumed", lambda _: print("as if nothing had happened"))
    bot.add_event_handler("stanza_not_acked", lambda stanza: print("perhaps lost:", stanza["id"]))
    bot.send_message("alice@localhost", "hello")
"""

from __future__ import annotations

from xmppkit.plugins.xep_0198 import stanza
from xmppkit.plugins.xep_0198.stanza import (
    Ack,
    Enable,
    Enabled,
    Failed,
    RequestAck,
    Resume,
    Resumed,
    StreamManagement,
)
from xmppkit.plugins.xep_0198.stream_management import XEP_0198

__all__ = [
    "XEP_0198",
    "Ack",
    "Enable",
    "Enabled",
    "Failed",
    "RequestAck",
    "Resume",
    "Resumed",
    "StreamManagement",
    "stanza",
]
