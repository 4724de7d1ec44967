# SPDX-License-Identifier: MIT
"""Stanzas as ElementTree XML and back: iq.xml, tostring, copy, append, pop, iteration, comparison (no network)."""

import copy
from xml.etree import ElementTree

import slixmpp
from slixmpp import ET
from slixmpp.xmlstream import ElementBase, StanzaBase, register_stanza_plugin, tostring
from slixmpp.xmlstream.stanzabase import fix_ns, multifactory
from slixmpp.xmlstream.tostring import escape


class Item(ElementBase):
    namespace = "urn:example:list"
    name = plugin_attrib = "item"
    plugin_multi_attrib = "items"
    interfaces = {"key", "value"}
    sub_interfaces = {"value"}


class Box(ElementBase):
    namespace = "urn:example:list"
    name = plugin_attrib = "box"
    interfaces = {"owner", "deep"}

    def get_deep(self):
        return self._get_sub_text("{urn:example:list}a/b")

    def set_deep(self, value):
        self._set_sub_text("{urn:example:list}a/b", value)

    def add(self, key, value):
        item = Item(parent=self)
        item["key"], item["value"] = key, value
        self.iterables.append(item)
        return item


register_stanza_plugin(slixmpp.Iq, Box)
register_stanza_plugin(Box, Item, iterable=True)

iq = slixmpp.Iq(stype="set", sto="a@localhost", sid="1")
box = iq["box"]
box["owner"], box["deep"] = "me & you", "x < y"
box.add("k1", "v1")
box.append(ET.fromstring("<item xmlns='urn:example:list' key='k2'><value>v2</value></item>"))
print(iq)
print(
    len(box), [each["key"] for each in box], box["items"][1]["value"], iq.xml.find("{urn:example:list}box") is box.xml
)
print(tostring(box.xml, top_level=True))
print(tostring(iq.xml, xmlns="jabber:client")[:40], repr(iq) == str(iq))

twin = copy.copy(iq)
print(twin == iq, twin.xml is not iq.xml)
twin["box"]["owner"] = "nobody"
print(twin == iq, iq["box"]["owner"])
first = box.pop(0)
print(first["key"], len(box), "k1" in str(iq))
del iq["box"]["items"]
print(len(iq["box"]), iq["box"]["substanzas"])

element = ET.SubElement(iq.xml, "{jabber:iq:private}query")
ET.SubElement(element, "{urn:example:prefs}prefs").text = "on"
iq.xml.attrib["{urn:example:list}odd"] = "1"
print(iq["query"], [child.tag for child in iq.get_payload()], ElementTree.iselement(iq.xml))
for child in list(iq.xml):
    iq.xml.remove(child)
iq.append(element)
print(iq)
iq.clear()
print(iq["type"], len(iq.xml), "box" in iq)

parsed = slixmpp.Message(xml=ET.fromstring('<message xmlns="jabber:client" xml:lang="de"><body>Hallo</body></message>'))
print(parsed["body"], parsed["lang"], parsed.match("message/body"), parsed.match("message@type=chat"))
parsed.values = {"type": "chat", "body": "Neu", "subject": "S"}
print(parsed.match("message@type=chat"), parsed["body"], parsed.tag_name())
print(fix_ns("{a}b/c[@x]"), escape("<a href='x'>"), StanzaBase(xml=ET.Element("{x}y")).tag)
values = iq.values
iq2 = slixmpp.Iq()
iq2.values = values
print(iq2["id"], iq2["type"], callable(multifactory))
