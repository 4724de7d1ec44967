# SPDX-License-Identifier: MIT
"""Personal Eventing Protocol (XEP-0163).

Publish something about yourself at your own account, and be told what your contacts publish about themselves:

.. code-block:: python

   from xmppkit import ElementBase
   from xmppkit.stanza.fields import ChildText

   class Tune(ElementBase):
       name = "tune"
       namespace = "http://jabber.org/protocol/tune"
       plugin_attrib = "tune"

       title = ChildText(str)

   bot.register_plugin("xep_0163")
   bot.plugin["xep_0163"].register_pep("user_tune", Tune)

   @bot.on("user_tune_publish")
   def listening(message):
       print(message["from"], "listens to", message["pubsub_event"]["items"]["item"]["tune"]["title"])

   async def listen(title):
       tune = Tune()
       tune.title = title
       await bot.plugin["xep_0163"].publish(tune)

The server sends what you are interested in; it reads that from the capabilities in your presence (XEP-0115), which
`register_pep` and `add_interest` see to.

**Who is believed.** The events are raised only for what comes from a bare address, since that is what a server writes
in the name of its account: the contact whose it is, and nobody else, is ``message["from"]`` (`owner_of`). What is
registered with ``private=True``, as bookmarks and keys are, is believed from the own account only
(`tells_own_account`).

**What others may see** is up to the node: ``publish(tune, options={"access_model": "whitelist"})`` publishes only if it
is configured like that, and raises `PreconditionNotMet <xmppkit.exceptions.PreconditionNotMet>` if not.

A plugin of your own that publishes something is a `PEPPlugin`, which declares what it publishes; xep_0172 is the
shortest.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0163.origin import owner_of, tells_own_account
from xmppkit.plugins.xep_0163.pep import XEP_0163, Pep, PEPOptions, PEPPlugin

__all__ = ["XEP_0163", "PEPOptions", "PEPPlugin", "Pep", "owner_of", "tells_own_account"]
