# SPDX-License-Identifier: MIT
"""Direct MUC Invitations (XEP-0249).

Invite somebody to a room, and be invited:

.. code-block:: python

   bot.register_plugin("xep_0249")

   @bot.on("groupchat_direct_invite")
   def invited(message):
       invite = message["groupchat_invite"]
       print(message["from"], "invites us to", invite.jid, invite.reason)

   bot.plugin["xep_0249"].send_invitation("alice@localhost", "garden@muc.localhost", reason="roses")

The room knows nothing of such an invitation. To a room for members only those can come whom it knows: use
`invite <xmppkit.plugins.xep_0045.muc.XEP_0045.invite>` of xep_0045, which asks the room to invite.

Anybody can invite to anything (§5). An invitation is worth as much as its sender, and a password that comes with it is
no secret. Invitations to rooms that we are in (xep_0045) are passed over, as §4 asks for.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0249 import stanza
from xmppkit.plugins.xep_0249.invite import XEP_0249
from xmppkit.plugins.xep_0249.stanza import Invite

__all__ = ["XEP_0249", "Invite", "stanza"]
