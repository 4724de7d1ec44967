# SPDX-License-Identifier: MIT
"""Extensible SASL Profile (XEP-0388).

Log in in fewer steps. It is used by itself, over TLS, where a server offers it, and elsewhere the login is as always;
the setting ``sasl2=False`` does without. This plugin tells the server which program logs in, from which device, which
its users may see in the list of their clients:

.. code-block:: python

   bot.register_plugin("xep_0388", {"software": "Weather Bot", "device": "the attic"})

The server knows the installation by a random id, which is made when it is first needed and kept in memory, or with
``bot.use_storage`` beyond this run. With `xep_0386 <xmppkit.plugins.xep_0386>` the address is bound along with the
login, with `xep_0484 <xmppkit.plugins.xep_0484>` a token takes the place of the password; a session that can be resumed
(`xep_0198 <xmppkit.plugins.xep_0198>`) goes on along with it, too.

The events are those of every login: ``auth_success``, ``failed_auth``, ``session_bind``, ``session_start``.

Where the server keeps less of the password than it would like to, as the hash for SCRAM-SHA-1 only, it may ask for
another (XEP-0480). It is told if it has shown that it knows the password; ``upgrade=False`` never tells it.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0388 import stanza
from xmppkit.plugins.xep_0388.sasl2 import XEP_0388
from xmppkit.plugins.xep_0388.stanza import (
    Abort,
    Authenticate,
    Authentication,
    Challenge,
    Continue,
    Failure,
    Inline,
    Next,
    Response,
    Success,
    TaskData,
    Tasks,
    Upgrade,
    UserAgent,
)

__all__ = [
    "XEP_0388",
    "Abort",
    "Authenticate",
    "Authentication",
    "Challenge",
    "Continue",
    "Failure",
    "Inline",
    "Next",
    "Response",
    "Success",
    "TaskData",
    "Tasks",
    "Upgrade",
    "UserAgent",
    "stanza",
]
