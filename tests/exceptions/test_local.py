# SPDX-License-Identifier: MIT
"""What is wrong on this side: what the errors say and carry."""

from __future__ import annotations

import pickle

import pytest

from xmppkit.exceptions.local import (
    InvalidCABundle,
    InvalidJID,
    InvalidValue,
    NameTaken,
    PluginNotFound,
    UnserializableXML,
)
from xmppkit.exceptions.root import XMPPKitError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidJID(value="@"), "'@' is no address"),
        (InvalidJID("jid", "why", "@"), "'@' is no address: why"),
        (InvalidJID("local", "why", "@"), "'@' is no local part of an address: why"),
        (InvalidJID(value="x" * 80), f"'{'x' * 80}' is no address"),
        (InvalidJID(value="x" * 81), f"'{'x' * 77}...' is no address"),
        (InvalidValue("too large"), "too large"),
        (InvalidValue("too large", "Iq.id"), "Iq.id: too large"),
        (UnserializableXML("iq/@to", "U+0000"), "cannot write iq/@to as XML: U+0000"),
        (InvalidCABundle("/x.pem"), "no CA certificates at /x.pem: name an existing PEM file"),
        (PluginNotFound("xep_9999"), "there is no plugin 'xep_9999'"),
    ],
)
def test_what_errors_say_and_that_they_survive_pickling(error: XMPPKitError, said: str) -> None:
    assert str(error) == said
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == said
    assert vars(again) == vars(error)


def test_data_is_in_attributes() -> None:
    jid = InvalidJID("local", "why", "@")
    assert (jid.part, jid.reason, jid.value) == ("local", "why", "@")
    value = InvalidValue("why", "Iq.id")
    assert (value.field, value.reason) == ("Iq.id", "why")
    xml = UnserializableXML("iq/@to", "why")
    assert (xml.path, xml.reason) == ("iq/@to", "why")
    assert InvalidCABundle("/x").path == "/x"
    assert PluginNotFound("x").name == "x"


def test_a_name_that_is_taken() -> None:
    error = NameTaken("slixmpp")
    assert error.name == "slixmpp"
    assert str(error).startswith("slixmpp itself is imported already")
    assert "call xmppkit.install_as_slixmpp() before anything imports slixmpp" in str(error)
    assert NameTaken().name == ""
