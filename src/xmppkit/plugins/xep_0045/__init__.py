# SPDX-License-Identifier: MIT
"""Multi-User Chat (XEP-0045).

Join a room, see who is there, and talk:

.. code-block:: python

   bot.register_plugin("xep_0045")
   muc = bot.plugin["xep_0045"]

   room = await muc.join("garden@muc.localhost", "gardener")
   if room.created:
       await room.configure()

   for occupant in room.occupants.values():
       print(occupant.nick, occupant.role, occupant.affiliation)
   print("about", room.subject)
   room.send("hello")

   async def read():
       async for message in room:
           print(message["mucnick"], "says", message["body"])
       print("not there any more:", room.departure.why)

.. prepare::

   import asyncio

   reading = asyncio.ensure_future(read())
   alice.register_plugin("xep_0045")
   hers = await alice.plugin["xep_0045"].join("garden@muc.localhost", "alice", timeout=10)
   hers.send("roses")

`join <xmppkit.plugins.xep_0045.doors.Doors.join>` returns when all has come: the occupants, what was said before
(`Room.history <xmppkit.plugins.xep_0045.room.Room.history>`), the subject. It raises `PresenceError
<xmppkit.exceptions.PresenceError>` when the room refuses, with the reason as ``condition`` (``conflict``: the nickname
is taken; ``not-authorized``: a password is missing or wrong …), and ``TimeoutError`` when it is silent. A room that
did not exist is made, and is locked until it is configured.

Whoever may, changes things:

.. code-block:: python

   room.set_subject("roses")
   await room.kick("alice", reason="thorns")
   await room.set_affiliation("alice@localhost", "member")
   form = await room.configuration()
   await room.configure(form.submission({"muc#roomconfig_membersonly": True}))
   await room.destroy("winter")

.. prepare::

   async with asyncio.timeout(10):
       await reading

What happens is told by events too, of one room (``@room.on("groupchat_subject")``, which is
``muc::garden@muc.localhost::groupchat_subject``) or of all:

.. code-block:: python

   @bot.on("muc_occupant_joined")
   def greet(joined):
       muc.room(joined.room).send(f"hello {joined.occupant.nick}")

Good to know:

- **Who is believed.** Only rooms that we have asked to let us in raise events, and until a room has said that we are
  there, nothing but its answer counts. Whoever else sends status codes or messages of type groupchat is not heard. An
  invitation (``groupchat_invite``) counts from the bare address of a room alone.
- **Real addresses** (``occupant.jid``) are there if the room tells them: always to moderators, to everybody in rooms
  that are not anonymous.
- **When the session ends** we are in no room any more. ``muc.lost_rooms`` has those that we were in; ``room.entry``
  says with what they were joined. In the session after one that was lost they are joined again, with nickname and
  password, unless your handlers of ``session_start`` have done so: ``muc_rejoined`` tells, and what was said meanwhile
  comes as ``groupchat_message``, with its time, as far as the room keeps it. ``muc_rejoin_failed`` tells why a room
  does not want us any more. After a session that goes on (`xep_0198 <xmppkit.plugins.xep_0198>`) the rooms are asked
  whether we are still there (XEP-0410), and those that have let us fall because of a fault (status 332, 333)
  are joined again after a while. ``rejoin=False`` turns all of this off. Whoever has called ``disconnect`` is not
  brought back.
- **Limits.** ``async for`` keeps 1,000 messages that nobody has read (``backlog``), then drops the oldest.
  Of a room, ``max_occupants`` occupants are kept. Leaving frees everything.
- **Components** that are several people in one room set ``multi_from``, and name the own address in each call:
  ``presence_options={"pfrom": jid}`` in ``join``, ``pfrom=jid`` elsewhere.
- slixmpp's methods and events are all here, over the same rooms: ``muc.room(address)`` finds the ``Room`` of one that
  ``join_muc`` has entered.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0045 import stanza
from xmppkit.plugins.xep_0045.muc import XEP_0045
from xmppkit.plugins.xep_0045.records import (
    BadPfromUsage,
    Departure,
    Entry,
    JoinResult,
    Leaving,
    Occupant,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    RejoinFailed,
    RoomState,
)
from xmppkit.plugins.xep_0045.room import Room
from xmppkit.plugins.xep_0045.stanza import (
    MUCActor,
    MUCAdminItem,
    MUCAdminQuery,
    MUCBase,
    MUCContinue,
    MUCDecline,
    MUCDestroy,
    MUCHistory,
    MUCInvite,
    MUCJoin,
    MUCMessage,
    MUCOwnerDestroy,
    MUCOwnerQuery,
    MUCPresence,
    MUCStatus,
    MUCUserItem,
)
from xmppkit.plugins.xep_0045.stanza.vocabulary import Affiliation, Role, StatusCode

__all__ = [
    "XEP_0045",
    "Affiliation",
    "BadPfromUsage",
    "Departure",
    "Entry",
    "JoinResult",
    "Leaving",
    "MUCActor",
    "MUCAdminItem",
    "MUCAdminQuery",
    "MUCBase",
    "MUCContinue",
    "MUCDecline",
    "MUCDestroy",
    "MUCHistory",
    "MUCInvite",
    "MUCJoin",
    "MUCMessage",
    "MUCOwnerDestroy",
    "MUCOwnerQuery",
    "MUCPresence",
    "MUCStatus",
    "MUCUserItem",
    "Occupant",
    "OccupantChanged",
    "OccupantJoined",
    "OccupantLeft",
    "RejoinFailed",
    "Role",
    "Room",
    "RoomState",
    "StatusCode",
    "stanza",
]
