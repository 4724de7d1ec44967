# SPDX-License-Identifier: MIT
"""XHTML-IM (XEP-0071).

Send a text with markup beside the plain one:

.. code-block:: python

   bot.register_plugin("xep_0071")

   message = bot.make_message("alice@localhost", "It is urgent!", mtype="chat")
   message["html"]["body"] = "<p>It is <em>urgent</em>!</p>"
   message.send()

   @bot.on("message")
   def show(message):
       print(message["html"]["body"] or message["body"])

Both must say the same (§8). Another language has a text of its own, ``message["html"]["body|de"]``. What you set is
sent as it is; it must be well-formed, and may be an element as well.

Markup of strangers is dangerous, which is why the XEP is deprecated, and why this plugin is only enabled by name. What
you read is safe to show: only what XEP-0071 §7.8 recommends is in it. There are no scripts, no frames, no attributes
but these, styles set colours, fonts and margins, and links and images are at http, https, mailto, xmpp or cid
addresses. An image that is loaded tells its server that you are online (§11.3), and a link can lead elsewhere than its
text says (§11.2): show where it leads. ``message["html"].xml`` has everything as it came.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0071 import stanza
from xmppkit.plugins.xep_0071.stanza import XHTML_IM, sanitize
from xmppkit.plugins.xep_0071.xhtml_im import XEP_0071

__all__ = ["XEP_0071", "XHTML_IM", "sanitize", "stanza"]
