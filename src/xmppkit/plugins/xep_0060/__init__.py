# SPDX-License-Identifier: MIT
"""Publish-Subscribe (XEP-0060).

Publish items at a node of a service, and be told what others publish:

.. code-block:: python

   from xmppkit.xmlstream import ET

   bot.register_plugin("xep_0060")
   pubsub = bot.plugin["xep_0060"]
   pubsub.map_node_event("princely_musings", "musing")

   @bot.on("musing_publish")
   def published(message):
       item = message["pubsub_event"]["items"]["item"]
       print(message["from"], "has published", item["id"], item["payload"])

   async def publish(service):
       await pubsub.create_node(service, "princely_musings", {"access_model": "open", "max_items": 10})
       await pubsub.subscribe(service, "princely_musings")
       entry = ET.Element("{http://www.w3.org/2005/Atom}entry")
       await pubsub.publish(service, "princely_musings", id="soliloquy", payload=entry)
       async for item in pubsub.items(service, "princely_musings"):
           print(item["id"])

Give what is published a stanza class, register it with `Item` and `EventItem`, and it is found as ``Nick.of(item)`` and
``item["nick"]``, without a look at the XML.

**Who is believed.** An event is told by ``message["from"]``, and by nobody else. Anybody may send you a message that
looks like one: compare the sender with the service that you have subscribed at. What contacts publish about themselves
(XEP-0163) is checked for you. The attribute ``publisher`` of an item is what the service says, and is worth as much as
the service is.

**When it goes wrong.** `condition_of` says of an `IqError <xmppkit.exceptions.IqError>` what went wrong in the words of
XEP-0060. ``publish(…, options={"access_model": "whitelist"})`` publishes only if the node is configured like that, and
raises `PreconditionNotMet <xmppkit.exceptions.PreconditionNotMet>` if it is not: nothing private gets out by mistake.
``publish_and_configure`` configures the node then, and publishes again.

**Who may subscribe** is up to an owner where the node has the access model ``authorize``: then a subscription is
``pending``, and a service asks with the event ``pubsub_subscription_request``, which `answer_subscription_request`
answers.

**How much.** `get_items` asks once, and takes what comes in one answer. `items` asks for one page after the other, and
ends after ``max_items`` or ``max_pages``.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0060 import stanza
from xmppkit.plugins.xep_0060.approval import SubscriptionRequest
from xmppkit.plugins.xep_0060.pubsub import XEP_0060
from xmppkit.plugins.xep_0060.stanza import (
    AffiliationKind,
    EventItem,
    Item,
    NodeType,
    PubsubCondition,
    SubscriptionState,
    condition_of,
)

__all__ = [
    "XEP_0060",
    "AffiliationKind",
    "EventItem",
    "Item",
    "NodeType",
    "PubsubCondition",
    "SubscriptionRequest",
    "SubscriptionState",
    "condition_of",
    "stanza",
]
