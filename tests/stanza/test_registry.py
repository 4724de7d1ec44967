# SPDX-License-Identifier: MIT
"""Which class stands for which element."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.stanza import registry, tables
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.stanza.registry import build_stanza, multifactory, register_root, register_stanza_plugin, root_tags
from xmppkit.stanza.stream_error import StreamError
from xmppkit.xml.names import CLIENT, COMPONENT, SERVER, STREAM


@pytest.mark.parametrize("namespace", [CLIENT, COMPONENT, SERVER])
@pytest.mark.parametrize(("name", "cls"), [("iq", Iq), ("message", Message), ("presence", Presence)])
def test_stanzas_in_the_namespaces_of_all_streams(namespace: str, name: str, cls: type[StanzaBase]) -> None:
    element = ET.Element(f"{{{namespace}}}{name}")
    stream: Any = object()
    stanza = build_stanza(element, stream)
    assert type(stanza) is cls
    assert stanza.xml is element
    assert stanza.stream is stream
    assert stanza.tag == element.tag
    assert element.attrib == {}  # nothing is filled in


@pytest.mark.parametrize("tag", ["message", "{urn:x}message", f"{{{CLIENT}}}body", f"{{{STREAM}}}message"])
def test_what_nobody_knows(tag: str) -> None:
    stanza = build_stanza(ET.Element(tag))
    assert type(stanza) is StanzaBase
    assert stanza.stream is None
    assert stanza.tag == tag


def test_other_first_level_elements() -> None:
    assert type(build_stanza(ET.Element(f"{{{STREAM}}}error"))) is StreamError
    assert root_tags(StreamError) == (f"{{{STREAM}}}error",)
    assert set(root_tags(Iq)) == {f"{{{namespace}}}iq" for namespace in (CLIENT, COMPONENT, SERVER)}


def test_registering_a_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "ROOTS", dict(registry.ROOTS))

    @register_root
    class Nonza(StanzaBase):
        name, namespace = "nonza", "urn:nonza"

    assert type(build_stanza(ET.Element("{urn:nonza}nonza"))) is Nonza


def test_registering_a_child() -> None:
    class Parent(ElementBase):
        name, namespace = "parent", "urn:registry"

    class Plugin(ElementBase):
        name, namespace, plugin_attrib, plugin_multi_attrib = "child", "urn:registry", "child", "children"
        overrides = ["get_x"]

    before = registry.version()
    register_stanza_plugin(Parent, Plugin, True, True)
    register_stanza_plugin(Parent, Plugin, iterable=True, overrides=True)  # may be repeated
    assert registry.version() == tables.version() == before + 2
    assert Parent.plugin_attrib_map == {"child": Plugin}
    assert Parent.plugin_iterables == {Plugin}
    assert Parent.plugin_overrides == {"get_x": "child"}


def test_a_list_under_another_key() -> None:
    class Parent(ElementBase):
        name, namespace, plugin_attrib = "parent", "urn:registry", "parent"

    class Part(ElementBase):
        name, namespace, plugin_attrib = "part", "urn:registry", "part"
        interfaces = {"id"}

    register_stanza_plugin(Parent, Part, iterable=True)
    register_stanza_plugin(Parent, multifactory(Part, "Parts"))
    text = "<parent xmlns='urn:registry'><part id='1'/><other/><part id='2' xml:lang='de'/></parent>"
    parent: Any = Parent(xml=ET.fromstring(text))
    assert [part["id"] for part in parent["Parts"]] == ["1", "2"]
    assert [part["id"] for part in parent["Parts|de"]] == ["2"]
    assert [part["id"] for part in parent["Parts|*"]] == ["1", "2"]
    third = Part()
    parent["Parts|de"] = [third]
    assert parent["Parts"] == [parent["Parts"][0], third]
    del parent["Parts"]
    assert str(parent) == '<parent xmlns="urn:registry"><other /></parent>'
    assert multifactory(Part, "parts").__doc__ == "The list of all Part children."
    assert multifactory(Part, "parts")()["parts"] == []
