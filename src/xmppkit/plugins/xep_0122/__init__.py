# SPDX-License-Identifier: MIT
"""Data Forms Validation (XEP-0122).

Say more of what the answers to a form must be:

.. code-block:: python

   bot.register_plugin("xep_0122")

   form = bot.plugin["xep_0004"].make_form(title="Party")
   guests = form.add_field("guests", "text-single", label="How many are you?", value="2")
   guests["validate"]["datatype"] = "xs:integer"
   guests["validate"]["range"] = {"minimum": 1, "maximum": 20}
   drinks = form.add_field("drinks", "list-multi", options=["water", "wine"])
   drinks["validate"]["open"] = True  # another drink will do, too

   form.submission({"guests": 4, "drinks": ["water", "milk"]})

`Form.check` and `Form.submission <xmppkit.plugins.xep_0004.stanza.form.Form>` look at it: an answer of another
datatype, outside the range, or too many of them raises `InvalidForm <xmppkit.exceptions.InvalidForm>`. Datatypes that
are not known are text (§4.1), and a range that cannot be read is none.

A regular expression is only handed over, as ``field["validate"].regex``. The library runs none: an expression that
takes hours for thirty characters is quickly made, and others make it. The program that has asked knows its own, and
can look at what ``form.check`` returns.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0122 import stanza
from xmppkit.plugins.xep_0122.stanza import FormValidation, ListRange, Range
from xmppkit.plugins.xep_0122.validation import XEP_0122

__all__ = ["XEP_0122", "FormValidation", "ListRange", "Range", "stanza"]
