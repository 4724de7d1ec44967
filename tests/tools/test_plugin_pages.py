# SPDX-License-Identifier: MIT
"""tools/plugin_pages.py and what it made."""

from __future__ import annotations

import datetime
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

import plugin_pages
import pytest

from xmppkit.dispatch.events import Event
from xmppkit.plugins.base import BasePlugin, Option
from xmppkit.plugins.base.names import PLUGINS
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Base64Text, Child, Children, ChildText, ChildTexts, Flag, LangText
from xmppkit.stanza.message import Message


class Colour(StrEnum):
    """A vocabulary."""

    RED = "red"


class Leaf(ElementBase):
    """A leaf."""

    name = "leaf"
    namespace = "urn:example:tea"
    plugin_attrib = "leaf"
    plugin_multi_attrib = "leaves"


class Cup(ElementBase):
    """A cup."""

    name = "cup"
    namespace = "urn:example:tea"
    plugin_attrib = "cup"

    hot = Attr(bool, name="is-hot", doc="whether")
    colour = Attr(Colour)
    made = ChildText(datetime.datetime)
    words = ChildTexts(int, name="word")
    label = LangText()
    full = Flag()
    data = Base64Text()
    first = Child(Leaf)
    leaves = Children(Leaf)


class Tea(BasePlugin):
    """A plugin."""

    name = "xep_9999"
    description = "XEP-9999: Tea"
    events = (
        Event("tea", Message, "it is ready", "XEP-9999 §1"),
        Event("cup", Message | None, "it is empty"),
        Event("pot", meaning="it is gone"),
    )

    size = Option(int, 3000, minimum=1, maximum=5000, doc="how large")
    kind = Option(str, "green", choices=("green", "black"), doc="which")
    milk = Option(bool, False, doc="whether")
    cups = Option(frozenset, frozenset({"large", "blue"}), doc="which")

    def pour(self, cup: str) -> None:
        """Pour."""

    @property
    def level(self) -> int:
        """How full it is."""
        return 1

    def _private(self) -> None: ...

    def plugin_init(self) -> None: ...


def test_the_files_in_the_tree_are_right() -> None:
    """In a process of its own: other tests put classes of theirs in the place of the plugins'."""
    command = [sys.executable, plugin_pages.__file__, "--check"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_plugin_has_a_page() -> None:
    pages = {path.stem for path in plugin_pages.files(Path("docs")) if path.parent.name == "plugins"}
    assert pages >= {name for name in PLUGINS if name.startswith("xep_")}


def test_options() -> None:
    lines = [line.strip(" *-") for line in plugin_pages.options_part(Tea)]
    assert "``size``" in lines
    assert {"int, at least 1, at most 5,000", "3,000", "how large"} <= set(lines)
    assert "str, one of ``'green'``, ``'black'``" in lines
    assert "``False``" in lines
    assert "``'blue'``, ``'large'``" in lines, "in an order that stays"
    assert plugin_pages.options_part(BasePlugin) == []


def test_events() -> None:
    lines = [line.strip(" *-") for line in plugin_pages.events_part(Tea)]
    assert {"``tea``", "``Message``", "it is ready (XEP-9999 §1)"} <= set(lines)
    assert {"``Message | None``", "it is empty", "``{}``", "it is gone"} <= set(lines)


def test_methods() -> None:
    assert [name for name, _, _ in plugin_pages.public(Tea)] == ["pour", "level"]
    text = "\n".join(plugin_pages.methods_part(Tea))
    assert f".. automethod:: {__name__}.Tea.pour\n   :no-index:" in text
    assert f".. autoproperty:: {__name__}.Tea.level" in text


@pytest.mark.parametrize(
    ("field", "type_", "place", "key"),
    [
        (Cup.hot, "bool", "attribute ``is-hot``", "``hot``"),
        (Cup.colour, "Colour", "attribute ``colour``", "``colour``"),
        (Cup.made, "datetime", "``<made/>``", "``made``"),
        (Cup.words, "list[int]", "``<word/>``", "``words``"),
        (Cup.label, "str, in languages", "``<label/>``", "``label``"),
        (Cup.full, "bool", "``<full/>``", "``full``"),
        (Cup.data, "bytes", "its text", "``data``"),
        (Cup.first, "Leaf", "``<leaf/>``", "``leaf``"),
        (Cup.leaves, "list[Leaf]", "``<leaf/>``", "``leaves``"),
    ],
    ids=lambda value: getattr(value, "attribute", None),
)
def test_fields(field: object, type_: str, place: str, key: str) -> None:
    assert (plugin_pages.type_of(field), plugin_pages.place_of(field), plugin_pages.key_of(field)) == (
        type_,
        place,
        key,
    )


def test_a_page_begins_with_what_users_do() -> None:
    text = plugin_pages.page_text("xep_0085")
    assert "XEP-0085: Chat State Notifications\n====" in text
    assert ".. code-block:: python" in text
    assert text.index("code-block") < text.index("Events\n------") < text.index("Stanzas\n-------")
    assert "enables :doc:`xep_0030` with it" in text


def test_what_is_kept() -> None:
    kept = plugin_pages.operations("xep_0231")
    assert set(kept) == {"get_bob", "set_bob", "del_bob"}
    assert all(each.stored and each.clients for each in kept.values())
    assert not any(each.stored for each in plugin_pages.operations("xep_0030").values())
    users = {name: each.clients for name, each in plugin_pages.operations("xep_0077").items()}
    components_only = dict.fromkeys(("user_get", "user_remove", "user_validate"), False)
    assert users == {"make_registration_form": True, **components_only}
    text = plugin_pages.storage_text()
    assert "XEP-0231: Bits of Binary\n----" in text
    assert "   * - ``get_bob``\n" in text
    assert "nothing. (components only)\n" in text


def test_options_and_operations_say_what_they_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugin_pages.faults() == []
    monkeypatch.setattr(Tea._options["size"], "doc", "")
    monkeypatch.setattr(plugin_pages, "names", lambda: ["xep_9999"])
    monkeypatch.setattr(plugin_pages, "plugin_class", lambda name: Tea)
    pour = plugin_pages.Operation(lambda: None, stored=False, clients=True)
    monkeypatch.setattr(plugin_pages, "operations", lambda name: {"pour": pour})
    assert plugin_pages.faults() == [
        "xep_9999.size: say in doc= what it means",
        "xep_9999.pour: say in a docstring of the default what it does",
    ]
