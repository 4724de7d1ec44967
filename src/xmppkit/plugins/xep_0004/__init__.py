# SPDX-License-Identifier: MIT
"""Data Forms (XEP-0004).

Ask somebody, and be told of the answer:

.. code-block:: python

   bot.register_plugin("xep_0004")

   form = bot.plugin["xep_0004"].make_form(title="Meeting")
   form.add_field("where", "text-single", label="Where", required=True)
   form.add_field("when", "list-single", label="When", options=[("9", "at nine"), ("10", "at ten")], value="9")
   message = bot.make_message("alice@localhost")
   message.append(form)
   message.send()

   @bot.on("message_xform")
   def answered(message):
       answers = form.check(message["form"])  # typed values, or InvalidForm
       print(message["from"], "comes to", answers["where"])

Fill a form in. What the form proposes is sent where there is no other answer, and an answer that does not fit raises
`InvalidForm <xmppkit.exceptions.InvalidForm>`, which names the fields:

.. code-block:: python

   submission = form.submission({"where": "at the well", "when": "10"})
   assert submission["values"] == {"where": "at the well", "when": "10"}

A form that the program knows is best a class, with typed attributes:

.. code-block:: python

   from xmppkit.plugins.xep_0004 import ChoiceField, TextField, TypedForm

   class Meeting(TypedForm, form_type="urn:example:meeting"):
       where = TextField("where", "Where", required=True)
       when = ChoiceField("when", {"9": "at nine", "10": "at ten"}, "When")

   to_fill_in = Meeting(when="9").form(title="Meeting")
   answer = Meeting(where="at the well").submission(to_fill_in)
   assert Meeting.read(answer) == Meeting(where="at the well", when="9")

Forms are in other stanzas too: in commands, in the configuration of rooms and nodes, in service discovery. There, as
everywhere, ``form["values"]`` is a dict of what a form says, and ``form.values_`` one with typed values.
`Form <xmppkit.plugins.xep_0004.stanza.form.Form>` has all of it.

What others send may be anything. Fields of unknown types are lines of text (§3.3); a value that cannot be read is None.
A form in a message of the type ``error`` is one that has come back: no event is raised.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0004 import stanza
from xmppkit.plugins.xep_0004.dataforms import XEP_0004
from xmppkit.plugins.xep_0004.stanza import FieldOption, FieldRule, FieldType, FieldValue, Form, FormField, FormType
from xmppkit.plugins.xep_0004.typed import TypedForm
from xmppkit.plugins.xep_0004.typedfields import (
    BooleanField,
    ChoiceField,
    ChoicesField,
    IntegerField,
    JIDField,
    JIDsField,
    LinesField,
    PasswordField,
    TextField,
    TypedField,
)

__all__ = [
    "XEP_0004",
    "BooleanField",
    "ChoiceField",
    "ChoicesField",
    "FieldOption",
    "FieldRule",
    "FieldType",
    "FieldValue",
    "Form",
    "FormField",
    "FormType",
    "IntegerField",
    "JIDField",
    "JIDsField",
    "LinesField",
    "PasswordField",
    "TextField",
    "TypedField",
    "TypedForm",
    "stanza",
]
