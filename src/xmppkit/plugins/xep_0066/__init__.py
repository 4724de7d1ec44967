# SPDX-License-Identifier: MIT
"""Out of Band Data (XEP-0066).

Put a URL into a message. Clients show a file instead of a link where the body is the same URL:

.. code-block:: python

   bot.register_plugin("xep_0066")

   url = "https://example.org/cat.jpg"
   message = bot.make_message("alice@localhost", url)
   message["oob"]["url"] = url
   message.send()

   @bot.on("message")
   def received(message):
       if "oob" in message:
           print(message["from"], "has sent", message["oob"]["url"])

The other use is rarer: to ask somebody to fetch a file, and to be told when that has happened.

.. code-block:: python

   async def fetch(iq):
       print("to be fetched:", iq["oob_transfer"]["url"])

   bot.plugin["xep_0066"].register_url_handler(handler=fetch)

``send_oob`` asks. Without a handler each such request is refused.

Nothing is fetched by the plugin itself. A URL is the word of who sent it: it may be of any scheme, lead into the own
network, or to a file without end. Look at it before you open it.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0066 import stanza
from xmppkit.plugins.xep_0066.oob import XEP_0066, UrlHandler
from xmppkit.plugins.xep_0066.stanza import OOB, OOBTransfer

__all__ = ["OOB", "XEP_0066", "OOBTransfer", "UrlHandler", "stanza"]
