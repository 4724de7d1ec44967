# SPDX-License-Identifier: MIT
"""HTTP File Upload (XEP-0363).

Upload a file, and send its URL:

.. prepare::

   import pathlib, tempfile
   directory = tempfile.TemporaryDirectory()
   path = pathlib.Path(directory.name, "cat.jpg")
   path.write_bytes(bytes(200_000))
   bot.register_plugin("xep_0363", {"allow_private_hosts": True})

.. code-block:: python

   bot.register_plugin("xep_0363")
   bot.register_plugin("xep_0066")

   url = await bot.plugin["xep_0363"].upload_file(path)

   message = bot.make_message("alice@localhost", url)
   message["oob"]["url"] = url
   message.send()

That needs aiohttp: ``pip install "xmppkit[http]"``. The service is found at the own server, or named in the option
``upload_service``. The content need not be a file on disk:

.. code-block:: python

   await bot.plugin["xep_0363"].upload_file("hello.txt", input_file=b"Hello!")

``input_file`` takes bytes, an open file, or an asynchronous iterator of pieces, together with their ``size``. Whatever
it is, one piece of it is in memory at a time. ``upload`` shows how far it is:

.. code-block:: python

   async with bot.plugin["xep_0363"].upload(path) as upload:
       async for progress in upload:
           print(f"{progress.fraction:.0%}")
       url = await upload

Leaving the block stops the upload; so does ``upload.cancel()``. A function as ``progress=`` is told the same.

Each way to fail has its error, all of them `FileUploadError`:

.. code-block:: python

   from xmppkit.plugins.xep_0363 import FileTooBig, FileUploadError, SlotRefused

   try:
       await bot.plugin["xep_0363"].upload_file("large.bin", input_file=bytes(5_000_000))
   except FileTooBig as error:
       print("no more than", error.max_file_size, "bytes")
   except SlotRefused as error:
       print("refused:", error.text, "- try again at", error.retry)
   except FileUploadError as error:
       print(error)

What to know:

- The service is believed in nothing but where the file goes. Its URLs must be ``https``, and their host on the public
  internet; the options ``allow_http`` and ``allow_private_hosts`` allow more, as for a server in the own network. Of
  its headers only ``Authorization``, ``Cookie`` and ``Expires`` are used. Redirections are not followed.
- The certificate of the HTTP server must be valid, for the authorities that the stream trusts (``ca_certs``).
- Who has the URL can read the file. Encrypt it before, if that matters.
- The HTTP server learns the address of this machine, and may be somebody else's than the XMPP server.

A component offers uploads:

.. code-block:: python

   def requested(iq):
       request = iq["http_upload_request"]
       answer = iq.reply()
       url = "https://files.example.org/secret/" + request["filename"]
       answer["http_upload_slot"]["put"]["url"] = url
       answer["http_upload_slot"]["get"]["url"] = url
       answer.send()

   def offer_uploads(component):
       component.register_plugin("xep_0363", {"handle_upload_requests": True, "max_file_size": 1_000_000})
       component.add_event_handler("http_upload_request", requested)
"""

from __future__ import annotations

from xmppkit.plugins.xep_0363 import stanza
from xmppkit.plugins.xep_0363.errors import (
    FileTooBig,
    FileUploadError,
    HTTPError,
    PurposeNotSupported,
    SlotRefused,
    UnsafeSlot,
    UploadServiceNotFound,
)
from xmppkit.plugins.xep_0363.http_upload import XEP_0363
from xmppkit.plugins.xep_0363.stanza import (
    EphemeralPurpose,
    FileTooLarge,
    Get,
    Header,
    MessagePurpose,
    PermanentPurpose,
    ProfilePurpose,
    Put,
    Request,
    Retry,
    Slot,
)
from xmppkit.plugins.xep_0363.upload import Progress, Upload

__all__ = [
    "XEP_0363",
    "EphemeralPurpose",
    "FileTooBig",
    "FileTooLarge",
    "FileUploadError",
    "Get",
    "HTTPError",
    "Header",
    "MessagePurpose",
    "PermanentPurpose",
    "ProfilePurpose",
    "Progress",
    "PurposeNotSupported",
    "Put",
    "Request",
    "Retry",
    "Slot",
    "SlotRefused",
    "UnsafeSlot",
    "Upload",
    "UploadServiceNotFound",
    "stanza",
]
