# SPDX-License-Identifier: MIT
"""Data Forms as a plugin: forms that come in messages."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.plugins.xep_0004 import Form

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"


async def test_a_form_in_a_message(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0004"), network.join(JULIET, "xep_0004")
    told: list[Any] = []
    juliet.add_event_handler("message_xform", told.append)
    form = romeo.plugin["xep_0004"].make_form(title="Meeting", instructions="Say when\nand where")
    form.add_field("where", "text-single", required=True)
    message = romeo.make_message(JULIET)
    message.append(form)
    message.send()
    await juliet.settle()
    [got] = told
    assert got["from"] == ROMEO
    assert Form.of(got) == form
    assert got["form"]["instructions"] == "Say when\nand where"
    juliet.take(f"<message type='error' from='{ROMEO}'>{form}</message>")
    await juliet.settle()
    assert len(told) == 1


async def test_building(network: Any) -> None:
    plugin = network.join(ROMEO, "xep_0004").plugin["xep_0004"]
    assert str(plugin.make_form("cancel")) == '<x xmlns="jabber:x:data" type="cancel" />'
    xml = ET.fromstring("<x xmlns='jabber:x:data' type='result'><title>T</title></x>")
    built = plugin.build_form(xml)
    assert built.xml is xml
    assert built.title == "T"


async def test_it_is_announced_and_ends(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0004"), network.join(JULIET, "xep_0030")
    assert await juliet.plugin["xep_0030"].supports(ROMEO, feature="jabber:x:data")
    romeo.plugin.disable("xep_0004")
    assert not await juliet.plugin["xep_0030"].supports(ROMEO, feature="jabber:x:data", cached=False)
    told: list[Any] = []
    romeo.add_event_handler("message_xform", told.append)
    romeo.take(f"<message from='{JULIET}'><x xmlns='jabber:x:data' type='form'/></message>")
    await romeo.settle()
    assert told == []
