# SPDX-License-Identifier: MIT
"""In-Band Registration: the wire."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0077 import Register, RegisterFeature
from xmppkit.plugins.xep_0077.stanza import FIELDS
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import STREAM

NS = "jabber:iq:register"


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_each_field(name: str) -> None:
    iq = Iq()
    assert iq["register"][name] == ""
    iq["register"][name] = "x"
    assert iq["register"].xml.findtext(f"{{{NS}}}{name}") == "x"
    assert getattr(iq["register"], "name_" if name == "name" else name) == "x"
    assert iq["register"].fields == {name}
    iq["register"][name] = None
    assert len(iq["register"].xml) == 0


def test_what_is_asked_for() -> None:
    register = Register()
    register["fields"] = {"username"}
    register.add_field("password")
    register.add_field("password")
    register["username"] = "bill"
    assert register["fields"] == {"username", "password"}
    assert (register.username, register.password) == ("bill", "")
    with pytest.raises(InvalidValue, match="shoe size"):
        register.add_field("shoe size")
    assert "fields" in register
    del register["fields"]
    assert "fields" not in register
    assert len(register.xml) == 0


def test_flags() -> None:
    register = Register()
    assert (register.registered, register.remove) == (False, False)
    register["registered"] = register.remove = True
    assert [child.tag for child in register.xml] == [f"{{{NS}}}registered", f"{{{NS}}}remove"]
    assert register.fields == set()


def test_form_and_url() -> None:
    iq = Iq()
    iq["register"]["form"]["type"] = "form"
    iq["register"]["oob"]["url"] = "https://example.org/"
    register = Register.of(iq)
    assert register is not None
    assert register.form is not None
    assert register.oob is not None
    assert register.oob.url == "https://example.org/"


def test_the_stream_feature() -> None:
    inside = "<register xmlns='http://jabber.org/features/iq-register'/>"
    features = StreamFeatures(xml=ET.fromstring(f"<features xmlns='{STREAM}'>{inside}</features>"))
    assert isinstance(features.features["register"], RegisterFeature)
