# SPDX-License-Identifier: MIT
"""tools/pluginsdict.py and what it made."""

from __future__ import annotations

from pathlib import Path
from typing import get_type_hints

import generated
import pluginsdict
import pytest

from xmppkit.plugins.base import PLUGIN_REGISTRY, load_plugin
from xmppkit.plugins.base.names import PLUGINS
from xmppkit.pluginsdict import PluginsDict

KNOWN = pluginsdict.plugins(pluginsdict.SOURCE)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A package with a plugin and a feature."""
    for name, text in {
        "plugins/xep_9999/weather.py": 'class XEP_9999(BasePlugin):\n    name = "xep_9999"\n',
        "plugins/xep_9999/stanza.py": 'class Weather(ElementBase):\n    name = "weather"\n    a, b = 1, 2\n',
        "plugins/xep_9999/__init__.py": "",
        "features/feature_rain/__init__.py": 'class Rain(BasePlugin):\n    other = 1\n    name = "feature_rain"\n',
        "plugins/base/plugin.py": 'class BasePlugin:\n    name = "base"\n    plugins: int = 3\n',
    }.items():
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "package"


def test_the_files_in_the_tree_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert pluginsdict.main(["--check"]) == 0, capsys.readouterr().out


def test_every_plugin_is_covered() -> None:
    packages = [*pluginsdict.SOURCE.glob("features/feature_*/__init__.py")]
    packages += pluginsdict.SOURCE.glob("plugins/xep_*/__init__.py")
    assert {path.parent.name for path in packages} == set(KNOWN) == set(PluginsDict.__annotations__)
    assert set(PLUGINS) <= set(KNOWN)  # some are not enabled by default


@pytest.mark.parametrize("name", KNOWN)
def test_the_class_is_the_one_that_is_registered(name: str) -> None:
    assert load_plugin(name)
    cls = PLUGIN_REGISTRY[name]
    assert (cls.__module__, cls.__name__) == KNOWN[name]


def test_the_dict_is_cheap_to_import() -> None:
    with pytest.raises(NameError):  # its classes are for type checkers; at run time nothing is imported
        get_type_hints(PluginsDict)


def test_what_is_written_passes_the_check(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pluginsdict.main(["--check"], source) == 1
    assert "3 of 3 files differ" in capsys.readouterr().out
    assert pluginsdict.main(["--write"], source) == 0
    assert pluginsdict.main(["--check"], source) == 0
    assert "    feature_rain: Rain\n    xep_9999: XEP_9999\n" in (source / "pluginsdict.py").read_text()
    capsys.readouterr()
    assert pluginsdict.main(["--write"], source) == 0
    assert capsys.readouterr().out == "nothing to write\n"


def test_a_package_without_a_plugin_is_told(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (source / "features" / "feature_rain" / "__init__.py").write_text("")
    assert pluginsdict.main(["--write"], source) == 1
    assert capsys.readouterr().out == "feature_rain: no class in it has this name\n"
    assert not (source / "pluginsdict.py").exists()


def test_there_is_room_for_the_plugins_to_come() -> None:
    """slixmpp has 128 plugins and 7 features."""
    many = {f"xep_{number:04}": (f"xmppkit.plugins.xep_{number:04}.a", f"XEP_{number:04}") for number in range(135)}
    texts = (pluginsdict.dict_text(many), pluginsdict.item_text(many), pluginsdict.getter_text(many))
    assert max(text.count("\n") for text in texts) <= generated.LONGEST


def test_a_file_that_has_grown_too_long_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.py"
    arguments = {"tool": "x", "about": "x", "faults": list, "files": lambda: {path: "\n" * 501}}
    assert generated.run(["--write"], **arguments) == 1  # type: ignore[arg-type]
    assert "long.py would have 501 lines" in capsys.readouterr().out
    assert not path.exists()
