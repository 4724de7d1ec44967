# SPDX-License-Identifier: MIT
"""Stream Management (XEP-0198).

Lose no message because a connection was lost. Enable the plugin before you connect, and that is all: when the
connection breaks, the next one goes on with the same session, both ends send again what the other one has not got,
and nobody else notices. What you send meanwhile waits, what you have asked stays asked.

.. prepare::

   bot.register_plugin("xep_0198")
   bot.reconnect()
   await bot.wait_until("session_start", timeout=10)

.. code-block:: python

   bot.register_plugin("xep_0198")

   @bot.on("session_resumed")
   def resumed(_):
       print("as if nothing had happened")

See what the server has got, and what perhaps not:

.. code-block:: python

   @bot.on("stanza_acked")
   def acked(stanza):
       print("the server is responsible for", stanza["id"])

   @bot.on("stanza_not_acked")
   def not_acked(stanza):
       print("nobody knows about", stanza["id"])

   bot.send_message("alice@localhost", "hello")
   bot.plugin["xep_0198"].request_ack()
   await bot.wait_until("stanza_acked", timeout=10)

What to know:

- ``session_start`` comes once for each session, not for each connection: what it does (presence, roster, rooms) need
  not be done again after ``session_resumed`` (§5). Between ``disconnected`` and ``session_resumed`` there is no
  ``session_end``.
- A session that the server does not know any more, or has given up after the time that it named, is over:
  ``session_end``, and ``sm_failed`` if it was asked, then ``session_start``. Requests that wait raise. Messages that
  were not acknowledged are sent again in the new session, with the time at which they were sent first (``resend``).
  They may then come twice, for what was lost may have been the acknowledgement (§4); give messages ids. Of presences
  and requests, and of everything that was open when the program itself has closed the stream, ``stanza_not_acked``
  tells.
- For a second after a session has gone on, and at the beginning of one that follows a lost one, at most 3 KiB are under
  way (``pace``, ``pace_seconds``); then ever more, until nothing waits. Prosody 0.12 reads 4 KiB at a time; when a
  connection breaks behind a read that ended within a stanza, it ends the session that goes on. Over connections that
  break all the time, ``pace_always`` keeps also what is sent in bursts from that; a megabyte then takes some 350 round
  trips.
- Acknowledged means: the server has it. Whether the recipient has it, receipts say
  (`xep_0184 <xmppkit.plugins.xep_0184>`).
- The server is told that a stanza is handled when your filters and handlers are through with it, also those that are
  coroutine functions. One that takes longer than a minute is not waited for.
- At most ``max_unacked`` stanzas wait for being acknowledged. More are held back, and ``await bot.drain()`` waits for
  them; with ``when_full="raise"`` they are refused with `QueueFull <xmppkit.exceptions.QueueFull>`.
- A connection on which what was sent is not acknowledged for 15 seconds (``ack_timeout``, and the setting of that name)
  is dead, although TCP does not know it yet: it is ended, and the session goes on with another one.
- Where the server would like the session to be resumed is tried first, if it said so over TLS.
- With a storage (``bot.use_storage("sqlite:///bot.db")``) the session outlives the process, too: one that was killed is
  followed by one that goes on with its session. It raises ``session_resumed`` and then ``session_start``, since the
  program begins; it gets what its predecessor had not handled, and sends what of it was not acknowledged; see
  :doc:`/connections`. ``persist=False`` turns this off.
- ``sm_id``, ``handled``, ``seq`` and ``last_ack`` show the counts; given in the configuration, they let another
  process resume.
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
