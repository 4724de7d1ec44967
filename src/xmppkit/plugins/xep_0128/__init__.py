# SPDX-License-Identifier: MIT
"""Service Discovery Extensions (XEP-0128).

Say more of a program than identities and features can:

.. code-block:: python

   from xmppkit.plugins.xep_0004 import Form

   bot.register_plugin("xep_0128")

   software = Form()
   software.form_type = "urn:xmpp:dataforms:softwareinfo"
   software["values"] = {"software": "Gardener", "software_version": "1.0"}
   bot.plugin["xep_0128"].set_extended_info(data=software)

And read what others say:

.. code-block:: python

   answer = await bot.plugin["xep_0030"].get_info("localhost")
   for form in answer["disco_info"]["forms"]:
       print(form.form_type, form["values"])

   found = Form.of_type(answer["disco_info"], "http://jabber.org/network/serverinfo")

The FORM_TYPE says what the fields mean (XEP-0068). Anybody can say anything of themselves here.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0128 import stanza
from xmppkit.plugins.xep_0128.extended_disco import XEP_0128

__all__ = ["XEP_0128", "stanza"]
