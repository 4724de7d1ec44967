# SPDX-License-Identifier: MIT
"""Logins by hand: elements of SASL, and what stands in them."""

from __future__ import annotations

import base64
from xml.etree.ElementTree import Element, fromstring

from xmppkit.sasl import Credentials, SaslPolicy

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-sasl"
SECRET = "pencil in the drawer"
ALICE = Credentials("alice", SECRET)
ANY = SaslPolicy(plain_without_tls=True, scram_without_tls=True)
HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "id='1' from='localhost' to='localhost' version='1.0'>"
)


def sasl(text: str) -> Element:
    """`text` in the namespace of SASL."""
    tag = text[1:].replace("/", " ").replace(">", " ").split(" ")[0]
    return fromstring(text.replace(f"<{tag}", f"<{tag} xmlns='{NAMESPACE}'", 1))


def offer(*mechanisms: str) -> Element:
    return sasl(f"<mechanisms>{''.join(f'<mechanism>{name}</mechanism>' for name in mechanisms)}</mechanisms>")


def encoded(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def payload(text: str) -> bytes | None:
    """The data of the last element that was written."""
    inside = fromstring(text).text
    return None if inside is None else base64.b64decode(inside) if inside != "=" else b""


SALT = encoded(b"salt" * 4)
