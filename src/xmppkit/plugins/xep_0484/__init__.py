# SPDX-License-Identifier: MIT
"""Fast Authentication Streamlining Tokens (XEP-0484).

Log in with a token that the server has given you at the last login, in one round trip:

.. code-block:: python

   bot.register_plugin("xep_0484")
   bot.register_plugin("xep_0386")

The first login is with the password, and brings a token; the next one, after a lost connection, uses it. With
``bot.use_storage("sqlite:///bot.db")`` it is kept beyond this run, and need not be told the password again.

What to know:

- A token is as good as the password: who reads the storage can log in until the token ends. It is shown in no log.
- Each token is for one mechanism. Where the TLS connection can be bound (channel binding) it is, and a token that was
  stolen is of no use on another connection.
- A token that the server refuses is forgotten, and the password is used, on the same connection.
- What the server offers is remembered with the token, and the login is sent without waiting for the offer. If the
  server has changed its mind that costs a connection. ``ahead=False`` waits, which takes a round trip more.
- ``await bot.plugin["xep_0484"].forget()`` deletes the token here; ``bot.plugin["xep_0484"].invalidate = True`` tells
  the server to forget it, too, at the next login: when somebody logs out.
- The server replaces tokens in time: nothing need be done for that.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0484 import stanza
from xmppkit.plugins.xep_0484.fast import XEP_0484
from xmppkit.plugins.xep_0484.stanza import Fast, RequestToken, Token
from xmppkit.plugins.xep_0484.tokens import Remembered

__all__ = ["XEP_0484", "Fast", "Remembered", "RequestToken", "Token", "stanza"]
