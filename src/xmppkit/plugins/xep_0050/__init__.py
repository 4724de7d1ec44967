# SPDX-License-Identifier: MIT
"""Ad-Hoc Commands (XEP-0050).

Offer a command. A coroutine function runs it: it asks for what it needs, and returns what came of it, a form or a
sentence:

.. code-block:: python

   from xmppkit.plugins.xep_0004 import Form

   bot.register_plugin("xep_0050")
   commands = bot.plugin["xep_0050"]

   async def brew(command):
       form = Form(title="Tea")
       form.add_field("kind", "list-single", options=["green", "black"], required=True)
       form.add_field("cups", "text-single", label="How many cups", value="1")
       wish = await command.ask(form, last=True)
       return f"{wish['cups']} cups of {wish['kind']} tea for {command.requester.bare}"

   commands.add("brew", "Make tea", brew, allow=["localhost"])

Run somebody else's:

.. code-block:: python

   async with await commands.execute(bot.boundjid, "brew") as command:
       print(command.form["title"])
       await command.submit({"kind": "green", "cups": "2"})
       print([note.text for note in command.notes])

.. prepare::

   assert command.status == "completed"

``allow`` says who may run a command: addresses, a domain for all its accounts, or a function. Without it everybody may;
with ``Settings.strict()`` nobody. An execution belongs to the address that began it. Others cannot go on with it, even
if they know its id, and it ends when nothing comes for an hour (``session_timeout``) or as long as ``timeout`` says.

What does not fit a form is refused, and whoever runs the command may mend it. An `XMPPError
<xmppkit.exceptions.XMPPError>` that the coroutine raises is the answer. When the command is cancelled, so is the
coroutine.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0050 import stanza
from xmppkit.plugins.xep_0050.adhoc import XEP_0050
from xmppkit.plugins.xep_0050.conversation import CommandSession, StepBack
from xmppkit.plugins.xep_0050.offers import Offer
from xmppkit.plugins.xep_0050.remote import CommandInfo, RemoteCommand
from xmppkit.plugins.xep_0050.stanza import Action, Command, CommandCondition, Condition, Note, NoteType, Status

__all__ = [
    "XEP_0050",
    "Action",
    "Command",
    "CommandCondition",
    "CommandInfo",
    "CommandSession",
    "Condition",
    "Note",
    "NoteType",
    "Offer",
    "RemoteCommand",
    "Status",
    "StepBack",
    "stanza",
]
