# SPDX-License-Identifier: MIT
"""Forms in the information of service discovery."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from xmppkit.plugins.xep_0004 import Form

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"


def form(form_type: str | None, **values: Any) -> Form:
    made = Form()
    if form_type is not None:
        made.form_type = form_type
    made["values"] = values
    return made


async def said(station: Any, node: str | None = None) -> list[tuple[str | None, dict[str, Any]]]:
    """What `station` is told of romeo."""
    answer = await station.plugin["xep_0030"].get_info(ROMEO, node)
    forms = answer["disco_info"]["forms"]
    assert all(each["type"] == "result" for each in forms)
    found = [(each.form_type, each["values"]) for each in forms]
    for _, values in found:
        values.pop("FORM_TYPE", None)
    return found


async def test_setting_adding_and_taking_away(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0128"), network.join(JULIET, "xep_0128")
    extended = romeo.plugin["xep_0128"]
    await extended.set_extended_info(data=form("urn:one", a="1"))
    assert await said(juliet) == [("urn:one", {"a": "1"})]
    await extended.add_extended_info(data=[form("urn:two", b="2"), form(None, c="3")])
    assert await said(juliet) == [("urn:one", {"a": "1"}), ("urn:two", {"b": "2"}), (None, {"c": "3"})]
    await extended.add_extended_info(data=form("urn:one", a="4"))
    assert await said(juliet) == [("urn:two", {"b": "2"}), (None, {"c": "3"}), ("urn:one", {"a": "4"})]
    await extended.set_extended_info(data=[form("urn:three", d="5")])  # what was there is gone
    assert await said(juliet) == [("urn:three", {"d": "5"})]
    await extended.del_extended_info()
    assert await said(juliet) == []
    answer = await juliet.plugin["xep_0030"].get_info(ROMEO)
    assert "jabber:x:data" in answer["disco_info"]["features"]  # nothing else is


async def test_the_program_keeps_its_form(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0128"), network.join(JULIET, "xep_0128")
    made = form("urn:one", a="1")
    romeo.plugin["xep_0128"].set_extended_info(data=made)
    made["values"] = {"a": "2"}
    assert made["type"] == "form"
    assert await said(juliet) == [("urn:one", {"a": "1"})]


async def test_nodes(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0128"), network.join(JULIET, "xep_0128")
    await romeo.plugin["xep_0128"].add_extended_info(node="garden", data=form("urn:one", a="1"))
    assert await said(juliet, "garden") == [("urn:one", {"a": "1"})]
    assert await said(juliet) == []


async def test_operations_are_replaced(network: Any) -> None:
    romeo = network.join(ROMEO, "xep_0128")
    told: list[Any] = []
    extended = romeo.plugin["xep_0128"]
    for op in ("set_extended_info", "add_extended_info", "del_extended_info"):
        extended.api.register(lambda jid, node, ifrom, args, op=op: told.append((op, str(jid), node, args)), op)
        getattr(extended, op)("a@b", "n", more=1)
    assert told == [
        ("set_extended_info", "a@b", "n", {"data": (), "more": 1}),
        ("add_extended_info", "a@b", "n", {"data": (), "more": 1}),
        ("del_extended_info", "a@b", "n", {"more": 1}),
    ]


async def test_it_ends(network: Any) -> None:
    romeo = network.join(ROMEO, "xep_0128")
    extended = romeo.plugin["xep_0128"]
    romeo.plugin.disable("xep_0128")
    assert await extended.set_extended_info(data=form("urn:one")) is None
    info = await romeo.plugin["xep_0030"].get_info(local=True)
    assert info["forms"] == []


@pytest.mark.parametrize("plugins", [["xep_0128"], ["xep_0004", "xep_0030"], ["xep_0115"]])
def test_forms_are_read_by_who_has_not_imported_them(plugins: list[str]) -> None:
    """In a process of its own, since others have imported everything."""
    code = (
        "from xmppkit import ClientXMPP, Iq\n"
        "from xml.etree.ElementTree import fromstring\n"
        "client = ClientXMPP('a@localhost', '')\n"
        f"for name in {plugins}: client.register_plugin(name)\n"
        'x = \'<x xmlns="jabber:x:data"><field var="a"><value>1</value></field></x>\'\n'
        "query = f'<query xmlns=\"http://jabber.org/protocol/disco#info\">{x}</query>'\n"
        "info = Iq(xml=fromstring(f'<iq xmlns=\"jabber:client\">{query}</iq>'))['disco_info']\n"
        "print(info['form']['values'], len(info['forms']), len(info['substanzas']))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert output.stdout.strip() == "{'a': '1'} 1 1"
