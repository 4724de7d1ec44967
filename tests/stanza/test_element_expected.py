# SPDX-License-Identifier: MIT
"""Classes whose modules are imported when somebody asks a stanza for them."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from xmppkit.stanza import tables
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.message import Message

_numbers = itertools.count()
MODULE = """
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.message import Message

class Tea(ElementBase, parents=(Message,)):
    name, namespace, plugin_attrib = "tea", "urn:example:{key}", "{key}"
    kind = Attr(str)
"""

LEAF = """
class Leaf(ElementBase, parents=(Message,), iterable=True):
    name, namespace, plugin_attrib = "leaf", "urn:example:{key}", "leaf_{key}"
    kind = Attr(str)
"""


@pytest.fixture
def expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Writes a module with a class that nobody has imported, and gives the class's key."""
    monkeypatch.syspath_prepend(tmp_path)
    made: list[str] = []

    def expect() -> str:
        key = f"tea{next(_numbers)}"
        (tmp_path / f"module_of_{key}.py").write_text(MODULE.format(key=key), encoding="utf-8")
        tables.expect((key, "tea"), f"module_of_{key}")
        made.append(key)
        return key

    yield expect
    for key in made:
        sys.modules.pop(f"module_of_{key}", None)
        tables._expected.pop(key, None)
    tables._expected.pop("tea", None)


def read(message: Message, key: str) -> Any:
    message[key]["kind"] = "green"
    return message[key]


def write(message: Message, key: str) -> Any:
    message[key] = "green"
    return message.get_plugin(key)


def remove(message: Message, key: str) -> Any:
    del message[key]
    return message[key]


def look(message: Message, key: str) -> Any:
    assert key not in message
    return message[key]


def enable(message: Message, key: str) -> Any:
    return message.enable(key)


def get(message: Message, key: str) -> Any:
    assert message.get_plugin(key, check=True) is None
    return message[key]


def assign(message: Message, key: str) -> Any:
    message.values = {key: {"kind": "green"}}
    assert message[key]["kind"] == "green"
    return message[key]


@pytest.mark.parametrize("use", [read, write, remove, look, enable, get, assign])
def test_whoever_asks_gets_it(expected: Callable[[], str], use: Callable[[Message, str], Any]) -> None:
    key = expected()
    assert f"module_of_{key}" not in sys.modules
    found = use(Message(), key)
    assert isinstance(found, ElementBase)
    assert (type(found).__name__, type(found).plugin_attrib) == ("Tea", key)


def test_a_path_finds_it_too(expected: Callable[[], str]) -> None:
    key = expected()
    message = Message()
    assert not message.match(f"message/{key}")
    assert f"module_of_{key}" in sys.modules
    message.enable(key)
    assert message.match(f"message/{key}")


ALL: list[Callable[[Message], Any]] = [
    lambda message: [type(each).__name__ for each in message] == ["Leaf"],
    lambda message: len(message) == 1,
    lambda message: "substanzas" in message,
    lambda message: len(message["substanzas"]) == 1,
    lambda message: {"substanzas"} < set(message.keys()),
    lambda message: message.values["substanzas"][0]["kind"] == "green",
    lambda message: [name for name, _ in message.plugins] == [Message.plugin_tag_map[message.xml[0].tag].plugin_attrib],
    lambda message: len(message.loaded_plugins) == 2,
]


@pytest.mark.parametrize("look_at_all", ALL)
@pytest.mark.parametrize("before", [False, True])
def test_whoever_looks_at_all_children_sees_them(
    expected: Callable[[], str], tmp_path: Path, before: bool, look_at_all: Callable[[Message], Any]
) -> None:
    key = expected()
    with (tmp_path / f"module_of_{key}.py").open("a", encoding="utf-8") as module:
        module.write(LEAF.format(key=key))
    message = Message()
    message.xml.append(Element(f"{{urn:example:{key}}}tea"))
    message.xml.append(Element(f"{{urn:example:{key}}}leaf", {"kind": "green"}))
    if before:
        assert message.iterables == [], "whoever wants those that he knows does not wake others"
    assert f"module_of_{key}" not in sys.modules
    assert look_at_all(message)
    assert f"module_of_{key}" in sys.modules


def test_it_is_imported_once_and_whoever_has_no_such_child_goes_without(
    expected: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    key = expected()
    other = ElementBase()
    assert other[key] == ""
    assert f"module_of_{key}" in sys.modules
    assert caplog.messages == [f"ElementBase has no key {key!r} to read"]
    assert not tables.find(key)
    for action in (lambda: other.__setitem__(key, "x"), lambda: other.__delitem__(key)):
        action()
    assert key not in other
    with pytest.raises(KeyError):
        other.init_plugin(key)
