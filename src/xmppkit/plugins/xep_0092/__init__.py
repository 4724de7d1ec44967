# SPDX-License-Identifier: MIT
"""Software Version (XEP-0092).

Ask somebody which program they use:

.. code-block:: python

   bot.register_plugin("xep_0092")

   answer = await bot.plugin["xep_0092"].get_version("localhost")
   version = answer["software_version"]
   print(version.name_, version.version, version.os)

Others are told the name and the version of this program, as the options say, if they may know (§4): the operating
system is not told unless the program says so.

.. code-block:: python

   bot.plugin["xep_0092"].software_name = "tea-bot"
   bot.plugin["xep_0092"].version = "1.2"
"""

from __future__ import annotations

from xmppkit.plugins.xep_0092 import stanza
from xmppkit.plugins.xep_0092.stanza import Version
from xmppkit.plugins.xep_0092.version import XEP_0092

__all__ = ["XEP_0092", "Version", "stanza"]
