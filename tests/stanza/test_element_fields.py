# SPDX-License-Identifier: MIT
"""`ElementBase` with classes that declare fields, and what streams decide about a stanza."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Flag, LangText
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import CLIENT, COMPONENT, SERVER

NS = "urn:test:element"


def xml(stanza: Any) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


class Declared(ElementBase):
    """Fields are a class's interfaces as well."""

    name, namespace, plugin_attrib = "declared", NS, "declared"
    number = Attr(int)
    class_ = Attr(str)
    text = LangText()
    done = Flag()

    def get_class(self) -> str:
        return self.class_ or "computed"


def test_items_that_are_fields() -> None:
    stanza: Any = Declared()
    assert (stanza["number"], stanza["class"], stanza["text"], stanza["done"]) == ("", "computed", "", False)
    keys = ("number", "class", "text", "done", "text|de")
    assert [key in stanza for key in keys] == [False, True, False, False, False]
    stanza["number"] = "5"
    stanza["class"] = "x"
    stanza["text"] = "y"
    stanza["text|de"] = "z"
    stanza["done"] = True
    assert xml(stanza) == (
        '<declared number="5" class="x"><text>y</text><text xml:lang="de">z</text><done /></declared>'
    )
    assert (stanza["number"], stanza["class"], stanza["text|de"]) == (5, "x", "z")
    assert stanza["text|*"] == {"": "y", "de": "z"}
    assert [key in stanza for key in keys] == [True] * 5
    for key in ("number", "class", "text", "text|de", "done"):
        del stanza[key]
    assert xml(stanza) == "<declared />"


def test_slixmpps_methods_of_our_fields() -> None:
    stanza: Any = Declared()
    stanza.set_number("5")
    stanza.set_class("x")
    stanza.set_text("y", lang="de")
    assert (stanza.get_number(), stanza.get_class(), stanza.get_text(lang="de")) == (5, "x", "y")
    stanza.del_number()
    assert stanza.get_number() == ""
    for name in ("get_other", "put_number", "number_", "get_"):
        with pytest.raises(AttributeError, match=name):
            getattr(stanza, name)


def test_a_streams_own_strictness() -> None:
    class Outermost(ElementBase):
        name, namespace, plugin_attrib = "outermost", NS, "outermost"

    class Stream:
        strict_interfaces = True

    register_stanza_plugin(Outermost, Declared)
    strict: Any = Outermost()
    strict.stream = Stream()
    with pytest.raises(InvalidValue, match="Declared"):
        strict["declared"]["unknown"]
    assert Outermost()["declared"]["unknown"] == ""


def test_a_child_that_follows_the_namespace() -> None:
    class Follower(ElementBase):
        name, namespace, plugin_attrib, follows_namespace = "f", CLIENT, "f", True

    class Root(ElementBase):
        name, namespace = "root", CLIENT

    register_stanza_plugin(Root, Follower)
    for namespace, expected in ((CLIENT, CLIENT), (COMPONENT, COMPONENT), (SERVER, SERVER), (NS, CLIENT), ("", CLIENT)):
        stanza: Any = Root(xml=ET.Element(f"{{{namespace}}}root" if namespace else "root"))
        assert stanza["f"].tag == f"{{{expected}}}f"
        again = Root(xml=ET.fromstring(str(stanza)))
        assert ("f" in again) is (again.get_plugin("f", check=True) is not None) is True
    assert Follower().tag == f"{{{CLIENT}}}f"
