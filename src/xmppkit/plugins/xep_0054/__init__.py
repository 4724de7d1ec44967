# SPDX-License-Identifier: MIT
"""vcard-temp (XEP-0054).

Read what somebody says of themselves, and say it yourself:

.. code-block:: python

   from xmppkit.exceptions import IqError

   bot.register_plugin("xep_0054")
   vcards = bot.plugin["xep_0054"]

   mine = vcards.make_vcard()
   mine["FN"] = "The bot"
   mine["NICKNAME"] = ["bot", "botty"]
   mine["EMAIL"]["USERID"] = "bot@example.com"
   await vcards.publish_vcard(mine)

   try:
       answer = await vcards.get_vcard("alice@localhost")
   except IqError as error:
       print("there is none:", error.condition)
   else:
       vcard = answer["vcard_temp"]
       print(vcard.full_name, [email.userid for email in vcard.emails])

Publishing replaces all of the vCard: to change something, get it first. Of most parts there may be several:
``vcard["EMAIL"]`` is the first, ``vcard.emails`` are all. Everybody can read a vCard. What it says is somebody's word,
and is not checked; addresses in it are of any kind, and nothing is loaded from there. Avatars are xep_0153.

What was fetched is kept for a day (``max_age``), with ``bot.use_storage`` beyond this run, and used with
``cached=True``. A component keeps the vCards of its addresses, ``publish_vcard(vcard, jid)``, and gives them to who
asks.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0054 import stanza
from xmppkit.plugins.xep_0054.stanza import VCardTemp
from xmppkit.plugins.xep_0054.vcard_temp import XEP_0054

__all__ = ["XEP_0054", "VCardTemp", "stanza"]
