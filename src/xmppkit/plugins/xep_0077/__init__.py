# SPDX-License-Identifier: MIT
"""In-Band Registration (XEP-0077).

Make the account that a client is about to log in to. The event ``register`` comes before the login, when the server
lets accounts be made:

.. code-block:: python

   bot.register_plugin("xep_0077")

   @bot.on("register")
   async def register(offer):
       values = {"username": bot.boundjid.local, "password": bot.password}
       await bot.plugin["xep_0077"].register(values, offer=offer)

The login goes on when the handler is through, whatever it did: at a server that refused it fails. An account with which
there was a session is not made again. Some servers do not announce that accounts can be made; with the option
``force_registration`` they are asked nevertheless.

Servers and services ask for different things, some with a form. ``Registration`` shows what it is:

.. code-block:: python

   from xmppkit.plugins.xep_0077 import Registration

   async def show(service):
       offer = await bot.plugin["xep_0077"].get_registration(service)
       registration = Registration.of(offer)
       print(registration.instructions)
       for name, known in registration.fields.items():
           print(name, "=", known or "?")

``register`` fills in form or fields, and raises `InvalidForm` for answers that do not fit, before anything is sent.
With an account:

.. code-block:: python

   from xmppkit.exceptions import IqError

   try:
       await bot.plugin["xep_0077"].change_password("a better secret")
   except IqError as error:
       print("the server says", error.condition)

Later connections use the new password then. ``cancel_registration`` deletes the account, with all that belongs to it.

A component that enables the plugin lets users register with it:

.. code-block:: python

   def offer_registration(component):
       component.register_plugin("xep_0077", {"form_fields": {"username", "password"}})

       @component.on("user_register")
       async def registered(iq):
           print(iq["from"].bare, "is", iq["register"]["username"])

What to know:

- Passwords go over the stream as they are. Before the login nothing is sent without TLS, unless the stream allows
  connections without it. They are not logged, and a component tells them to nobody who asks what is known.
- A component keeps what is sent, passwords too, since a gateway needs them. The operations are the place for doing
  better: ``user_validate`` may hand a password on, and keep nothing.
- Who registers is known by the address that the server stamped, and by nothing that is in the form.
- The handler of ``register`` has as long as the negotiation of the stream may take: ask people before you connect.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0077 import stanza
from xmppkit.plugins.xep_0077.register import XEP_0077
from xmppkit.plugins.xep_0077.registration import Registration, RegistrationElsewhere
from xmppkit.plugins.xep_0077.stanza import Register, RegisterFeature

__all__ = ["XEP_0077", "Register", "RegisterFeature", "Registration", "RegistrationElsewhere", "stanza"]
