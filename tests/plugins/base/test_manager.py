# SPDX-License-Identifier: MIT
"""The registry of plugin classes and the manager."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xmppkit.api import APIRegistry
from xmppkit.exceptions import PluginNotFound
from xmppkit.jid.address import JID
from xmppkit.plugins.base import manager as module
from xmppkit.plugins.base.manager import (
    PLUGIN_DEPENDENTS,
    PLUGIN_REGISTRY,
    PluginManager,
    load_plugin,
    register_plugin,
)
from xmppkit.plugins.base.plugin import BasePlugin


class Host:
    def __init__(self) -> None:
        self.boundjid = JID("me@example.org/here")
        self.is_component = False
        self.api: Any = APIRegistry(self)  # type: ignore[arg-type]
        self.plugin_config: dict[str, Any] = {}
        self.bound = False
        self.plugin = PluginManager(self)
        self.events: list[Any] = []
        self.faults: list[BaseException] = []

    def is_bound(self) -> bool:
        return self.bound

    def add_event_handler(self, name: str, pointer: Any) -> None:
        self.events.append(pointer)

    def del_event_handler(self, name: str, pointer: Any) -> None:
        self.events.remove(pointer)

    def exception(self, exception: BaseException, /) -> None:
        self.faults.append(exception)


LOG: list[str] = []


class Logged(BasePlugin):
    def plugin_init(self) -> None:
        LOG.append(f"{self.name} init")

    def post_init(self) -> None:
        LOG.append(f"{self.name} post")

    def session_bind(self, jid: JID) -> None:
        LOG.append(f"{self.name} bind {jid}")

    def plugin_end(self) -> None:
        LOG.append(f"{self.name} end")


class A(Logged):
    name = "a"
    dependencies = frozenset({"b", "c"})


class B(Logged):
    name = "b"
    dependencies = frozenset({"c"})
    default_config = {"x": 1}


class C(Logged):
    name = "c"


@pytest.fixture(autouse=True)
def _registries() -> Iterator[None]:
    classes, dependents = dict(PLUGIN_REGISTRY), {k: set(v) for k, v in PLUGIN_DEPENDENTS.items()}
    LOG.clear()
    for cls in (A, B, C):
        register_plugin(cls)
    yield
    for registry, saved in ((PLUGIN_REGISTRY, classes), (PLUGIN_DEPENDENTS, dependents)):
        registry.clear()
        registry.update(saved)  # type: ignore[arg-type]


def test_dependencies_come_first_and_go_last() -> None:
    xmpp = Host()
    xmpp.bound = True
    xmpp.plugin.enable("a")
    own = "me@example.org/here"
    assert [
        *("c init", "b init", "a init", "c post", "b post", "a post"),
        *(f"c bind {own}", f"b bind {own}", f"a bind {own}"),
    ] == LOG
    assert xmpp.plugin.keys() == list(xmpp.plugin) == ["c", "b", "a"]
    assert len(xmpp.plugin) == 3
    xmpp.plugin.enable("a")
    assert len(LOG) == 9
    LOG.clear()
    xmpp.plugin.disable("c")
    assert LOG == ["a end", "b end", "c end"]
    xmpp.plugin.disable("c")
    assert len(xmpp.plugin) == 0


def test_all_are_told_that_the_stream_is_bound() -> None:
    class Broken(A):
        name = "broken"

        def session_bind(self, jid: JID) -> None:
            raise KeyError("mine")

    class Foreign:
        name = "foreign"

        def __init__(self, xmpp: Any, config: Any) -> None:
            self.config = config

    xmpp = Host()
    register_plugin(Broken)
    register_plugin(Foreign)
    xmpp.plugin.enable("broken")  # with all that it depends on
    xmpp.plugin.enable("foreign")
    LOG.clear()
    xmpp.plugin._incomplete = ("b",)  # as while its plugin_init runs
    xmpp.plugin.session_bound(xmpp.boundjid)
    assert LOG == ["c bind me@example.org/here"]
    LOG.clear()
    xmpp.faults.clear()
    xmpp.plugin._incomplete = ()
    xmpp.plugin.session_bound(xmpp.boundjid)
    assert LOG == ["c bind me@example.org/here", "b bind me@example.org/here"]
    assert [str(fault) for fault in xmpp.faults] == ["'mine'"]


def test_looking_up() -> None:
    xmpp = Host()
    xmpp.plugin.enable("c")
    assert isinstance(xmpp.plugin["c"], C)
    assert xmpp.plugin.get("c") is xmpp.plugin["c"]
    assert xmpp.plugin.get("b") is None
    assert xmpp.plugin.get("b", 1) == 1
    assert "c" in xmpp.plugin
    assert "b" not in xmpp.plugin
    assert (xmpp.plugin.enabled("c"), xmpp.plugin.enabled("b")) == (True, False)
    assert (xmpp.plugin.registered("b"), xmpp.plugin.registered("no")) == (True, False)
    with pytest.raises(PluginNotFound, match="there is no plugin 'b'"):
        xmpp.plugin["b"]


def test_configurations() -> None:
    xmpp = Host()
    xmpp.plugin_config["b"] = {"x": 2}
    xmpp.plugin.enable("a", {"y": 1})
    assert xmpp.plugin["a"].config == {"y": 1}
    assert xmpp.plugin["b"].config == {"x": 2}
    xmpp.plugin.enable("b", {"x": 3})
    assert xmpp.plugin["b"].x == 3
    xmpp.plugin.enable("b")
    assert xmpp.plugin["b"].x == 3
    assert LOG.count("b init") == 1

    other = PluginManager(xmpp, {"b": {"x": 4}})
    other.enable("b")
    assert other["b"].x == 4
    other = PluginManager(xmpp)
    other.enable_all(["c", "b"], {"b": {"x": 5}})
    assert other.keys() == ["c", "b"]
    assert other["b"].x == 5


def test_enable_all_that_are_registered() -> None:
    PLUGIN_REGISTRY.clear()
    for cls in (A, B, C):
        register_plugin(cls)
    xmpp = Host()
    xmpp.plugin.enable_all()
    assert sorted(xmpp.plugin) == ["a", "b", "c"]


def test_plugins_that_depend_on_each_other() -> None:
    class D(Logged):
        name = "d"
        dependencies = frozenset({"e"})

    class E(Logged):
        name = "e"
        dependencies = frozenset({"d"})

    xmpp = Host()
    xmpp.plugin.register(D, enable=False)
    assert "d" not in xmpp.plugin
    register_plugin(E)
    xmpp.plugin.register(D)
    assert LOG == ["e init", "d init", "e post", "d post"]
    LOG.clear()
    xmpp.plugin.disable("d")
    assert LOG == ["e end", "d end"]
    assert len(xmpp.plugin) == 0


def test_a_missing_dependency_leaves_nothing() -> None:
    class D(Logged):
        name = "d"
        dependencies = frozenset({"b", "xep_9999"})

    xmpp = Host()
    xmpp.plugin.enable("c")
    LOG.clear()
    with pytest.raises(PluginNotFound, match="xep_9999"):
        xmpp.plugin.register(D)
    assert LOG == ["b init", "b end"]
    assert xmpp.plugin.keys() == ["c"]


def test_a_failing_plugin_leaves_nothing() -> None:
    class D(Logged):
        name = "d"
        dependencies = frozenset({"b"})

        def plugin_init(self) -> None:
            self.add_event_handler("message", print)
            self.on_end(lambda: 1 / 0)
            raise KeyError("the plugin's own")

    xmpp = Host()
    with pytest.raises(KeyError, match="the plugin's own"):
        xmpp.plugin.register(D)
    assert len(xmpp.plugin) == 0
    assert xmpp.events == []
    assert LOG == ["c init", "b init", "b end", "c end"]


def test_a_plugin_that_is_no_base_plugin() -> None:
    class Old:
        xep = "0030"
        dependencies = frozenset({"c"})

        def __init__(self, xmpp: Any, config: Any) -> None:
            self.xmpp = xmpp
            self.seen = [config]

        def plugin_init(self) -> None:
            self.seen.append("init")

        def plugin_end(self) -> None:
            LOG.append("old end")

    class Older:
        """It has no life cycle at all."""

        def __init__(self, xmpp: Any, config: Any) -> None:
            if config.get("fail"):
                raise KeyError

    register_plugin(Old, "old")
    register_plugin(Older, "older")
    xmpp = Host()
    xmpp.plugin.enable("old", {"k": 1})
    assert xmpp.plugin["old"].seen == [{"k": 1}, "init"]
    xmpp.plugin.enable("old", {"k": 2})
    assert xmpp.plugin["old"].config == {"k": 2}
    xmpp.plugin.enable("older")
    xmpp.plugin.disable("older")
    with pytest.raises(KeyError):
        xmpp.plugin.enable("older", {"fail": True})
    xmpp.plugin.disable("c")
    assert LOG[-2:] == ["old end", "c end"]
    assert len(xmpp.plugin) == 0


def test_an_old_plugin_whose_dependency_is_missing() -> None:
    class Old:
        dependencies = frozenset({"xep_9999"})

        def __init__(self, xmpp: Any, config: Any) -> None:
            pass

        def plugin_end(self) -> None:
            raise AssertionError("it never began")

    register_plugin(Old, "old")
    xmpp = Host()
    with pytest.raises(PluginNotFound):
        xmpp.plugin.enable("old")
    assert len(xmpp.plugin) == 0


def test_register_plugin() -> None:
    class D(BasePlugin):
        dependencies = frozenset({"x", "y"})

    register_plugin(D, "d")
    assert PLUGIN_REGISTRY["d"] is D
    assert D.name == "d"
    assert PLUGIN_DEPENDENTS["x"] == PLUGIN_DEPENDENTS["y"] == {"d"}


# --- load_plugin ----------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of plugins, searched beside the usual ones."""
    folder = tmp_path / "plugs"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "_PACKAGES", ("plugs.none", "plugs"))
    yield folder
    for name in [each for each in sys.modules if each.split(".")[0] == "plugs"]:
        del sys.modules[name]


BODY = "from xmppkit.plugins.base import BasePlugin, register_plugin\nclass {}(BasePlugin):\n    name = '{}'\n"


def test_a_module_is_imported_when_its_plugin_is_enabled(package: Path) -> None:
    (package / "mine.py").write_text(BODY.format("Mine", "mine") + "register_plugin(Mine)\n")
    xmpp = Host()
    assert "plugs.mine" not in sys.modules
    xmpp.plugin.enable("mine")
    assert type(xmpp.plugin["mine"]).__name__ == "Mine"


def test_a_class_that_does_not_register_itself(package: Path) -> None:
    (package / "byname.py").write_text(BODY.format("Whatever", "byname"))
    (package / "bytitle.py").write_text(BODY.format("bytitle", ""))
    (package / "function.py").write_text("def function(): pass\n")
    assert load_plugin("byname")
    assert PLUGIN_REGISTRY["byname"].__name__ == "Whatever"
    assert load_plugin("bytitle")
    assert PLUGIN_REGISTRY["bytitle"].name == "bytitle"
    assert not load_plugin("function")


def test_a_module_or_its_name() -> None:
    found = types.ModuleType("found")
    found.Mine = type("Mine", (BasePlugin,), {"name": "mine"})  # type: ignore[attr-defined]
    assert load_plugin("mine", found)
    assert PLUGIN_REGISTRY["mine"] is found.Mine
    assert load_plugin("mine", found)
    assert not load_plugin("mime", found)
    sys.modules["found"] = found
    try:
        del PLUGIN_REGISTRY["mine"]
        assert load_plugin("mine", "found")
        assert "mine" in PLUGIN_REGISTRY
    finally:
        del sys.modules["found"]
    with pytest.raises(ModuleNotFoundError):
        load_plugin("mine", "no.such.module")


def test_a_module_that_is_named_has_its_own_plugin_of_a_name_that_is_taken() -> None:
    register_plugin(type("Mine", (BasePlugin,), {"name": "mine"}))
    known = PLUGIN_REGISTRY["mine"]
    found: Any = types.ModuleType("found")
    found.imported = known
    assert load_plugin("mine", found)
    assert PLUGIN_REGISTRY["mine"] is known, "what it has only imported is not its own"
    found.mine = type("mine", (known,), {"__module__": "found"})
    assert load_plugin("mine", found)
    assert PLUGIN_REGISTRY["mine"] is found.mine


def test_there_is_no_such_plugin() -> None:
    assert load_plugin("xep_9999") is False
    with pytest.raises(PluginNotFound, match="xep_9999"):
        Host().plugin.enable("xep_9999")


def test_what_a_module_fails_with_is_not_hidden(package: Path) -> None:
    (package / "wants.py").write_text("import something_that_is_not_installed\n")
    (package / "nameless.py").write_text("raise ModuleNotFoundError('nameless')\n")
    with pytest.raises(ModuleNotFoundError, match="something_that_is_not_installed"):
        load_plugin("wants")
    with pytest.raises(ModuleNotFoundError, match="nameless"):
        load_plugin("nameless")
