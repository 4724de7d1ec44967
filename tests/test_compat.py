# SPDX-License-Identifier: MIT
"""`install_as_slixmpp`, each time in a process of its own: there is no way back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import xmppkit
from xmppkit import compat
from xmppkit.exceptions import NameTaken
from xmppkit.xmlstream.tostring import tostring

Run = Callable[[str], list[str]]
INSTALL = "import xmppkit\nxmppkit.install_as_slixmpp()\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program after the installation, in a directory of its own; gives the lines that it prints."""

    def run(program: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout.splitlines()

    return run


@pytest.mark.parametrize(
    "statement",
    [
        "import slixmpp as found, xmppkit as home",
        "import slixmpp.jid as found, xmppkit.jid as home",
        "import slixmpp.plugins.xep_0030.disco as found, xmppkit.plugins.xep_0030.disco as home",
        "import xmppkit.plugins.xep_0030.disco as home, slixmpp.plugins.xep_0030.disco as found",
        "from slixmpp.plugins import xep_0092 as found\nfrom xmppkit.plugins import xep_0092 as home",
        "from slixmpp import ClientXMPP as found\nfrom xmppkit.clientxmpp import ClientXMPP as home",
        "from slixmpp.xmlstream.matcher import StanzaPath as found\n"
        "from xmppkit.dispatch.matchers import StanzaPath as home",
        "from importlib import import_module\n"
        "found, home = import_module('slixmpp.stanza.iq'), import_module('xmppkit.stanza.iq')",
        "import importlib, slixmpp\n"
        "found, home = importlib.import_module('.stanza', 'slixmpp'), importlib.import_module('xmppkit.stanza')",
        "import slixmpp.features.feature_bind.stanza, xmppkit\n"
        "found, home = slixmpp.features.feature_bind.stanza, xmppkit.features.feature_bind.stanza",
    ],
)
def test_one_object_under_both_names(run: Run, statement: str) -> None:
    assert run(f"{INSTALL}{statement}\nprint(found is home)") == ["True"]


def test_a_plugin_that_is_loaded_later(run: Run) -> None:
    program = f"""{INSTALL}
import asyncio, sys, slixmpp
async def main():
    client = slixmpp.ClientXMPP('me@localhost', 'secret')
    client.register_plugin('xep_0199')
    from slixmpp.plugins.xep_0199 import XEP_0199
    from slixmpp.plugins.xep_0199.ping import XEP_0199 as same
    print(type(client.plugin['xep_0199']) is XEP_0199 is same)
asyncio.run(main())
print(sys.modules['slixmpp.plugins.xep_0199'] is sys.modules['xmppkit.plugins.xep_0199'])
"""
    assert run(program) == ["True", "True"]


def test_modules_keep_their_own_names(run: Run) -> None:
    program = f"""{INSTALL}
import sys, slixmpp.plugins.xep_0030.disco, slixmpp.xmlstream.matcher.xpath
from slixmpp import JID
names = [name for name in sys.modules if name.split('.')[0] == 'slixmpp']
for name in names:
    module, own = sys.modules[name], 'xmppkit' + name.removeprefix('slixmpp')
    assert module is sys.modules[own], name
    assert (module.__name__, module.__spec__.name, module.__spec__.loader) == (own, own, module.__loader__), name
    assert not getattr(module.__spec__, '_initializing', False), name
print(len(names) > 6, JID.__module__)
"""
    assert run(program) == ["True xmppkit.jid.address"]


def test_a_function_with_the_name_of_its_module_stays_a_function(run: Run) -> None:
    program = f"""{INSTALL}
import slixmpp.xmlstream.tostring
from slixmpp.xmlstream import tostring
from slixmpp.xmlstream.tostring import tostring as same
import xmppkit.xmlstream
print(tostring is same is xmppkit.xmlstream.tostring, callable(tostring))
"""
    assert run(program) == ["True True"]


def test_reloading_goes_by_the_own_name(run: Run) -> None:
    program = f"""{INSTALL}
import importlib, sys, slixmpp.util.misc_ops
before = slixmpp.util.misc_ops
after = importlib.reload(before)
print(after is before is sys.modules['xmppkit.util.misc_ops'] is sys.modules['slixmpp.util.misc_ops'])
print(after.__spec__.name, importlib.util.find_spec('slixmpp.util.misc_ops').name)
"""
    assert run(program) == ["True", "xmppkit.util.misc_ops xmppkit.util.misc_ops"]


def test_pyxmpp2_is_a_part_of_xmppkit(run: Run) -> None:
    program = """
import xmppkit
xmppkit.install_as_pyxmpp2()
xmppkit.install_as_pyxmpp2()
xmppkit.install_as_slixmpp()
import pyxmpp2.jid, slixmpp.jid, xmppkit.pyxmpp2
from pyxmpp2.ext.version import VersionProvider
from pyxmpp2.mainloop.interfaces import QUIT
from pyxmpp2.interfaces import QUIT as same
from pyxmpp2.sasl.core import PasswordDatabase
print(pyxmpp2 is xmppkit.pyxmpp2, pyxmpp2.jid is xmppkit.pyxmpp2.jid, QUIT is same, VersionProvider.__module__)
"""
    assert run(program) == ["True True True xmppkit.pyxmpp2.ext.version"]


@pytest.mark.parametrize("name", ["slixmpp.nonexistent", "slixmpp.jid.nonexistent", "slixmpp.plugins.xep_9999"])
def test_what_does_not_exist_fails_under_the_name_that_was_asked_for(run: Run, name: str) -> None:
    program = f"{INSTALL}\ntry:\n    import {name}\nexcept ModuleNotFoundError as error:\n    print(error.name, error)"
    assert run(program) == [f"{name} No module named '{name}'"]


def test_a_module_that_fails_is_not_half_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise ValueError('broken')\n")
    program = f"""{INSTALL}
import sys, xmppkit
xmppkit.__path__.append({str(tmp_path)!r})
try:
    import slixmpp.broken
except ValueError as error:
    print(error)
print('slixmpp.broken' in sys.modules, 'xmppkit.broken' in sys.modules)
"""
    assert run(program) == ["broken", "False False"]


def test_a_second_call_changes_nothing(run: Run) -> None:
    program = f"""import sys
{INSTALL}
import slixmpp
before = list(sys.meta_path)
xmppkit.install_as_slixmpp()
import slixmpp.jid
print(before == sys.meta_path)
"""
    assert run(program) == ["True"]


def test_other_imports_are_not_touched(run: Run) -> None:
    program = f"{INSTALL}\ntry:\n    import slixmppish\nexcept ModuleNotFoundError as error:\n    print(error.name)"
    assert run(program) == ["slixmppish"]


@pytest.mark.parametrize("already", ["slixmpp", "slixmpp.jid"])
def test_it_refuses_when_slixmpp_itself_is_imported(run: Run, tmp_path: Path, already: str) -> None:
    (tmp_path / "slixmpp").mkdir()
    (tmp_path / "slixmpp" / "__init__.py").touch()
    (tmp_path / "slixmpp" / "jid.py").touch()
    program = f"""import sys, {already}
import xmppkit
try:
    xmppkit.install_as_slixmpp()
except xmppkit.exceptions.NameTaken as error:
    print(error.name, isinstance(error, ImportError))
    print(error)
import slixmpp
print(slixmpp.__name__, len([finder for finder in sys.meta_path if 'compat' in type(finder).__module__]))
"""
    first, message, last = run(program)
    assert first == "slixmpp True"
    assert "slixmpp itself is imported already" in message
    assert "call xmppkit.install_as_slixmpp() before" in message
    assert last == "slixmpp 0"


def test_slixmpp_that_is_only_installed_is_not_looked_at(run: Run, tmp_path: Path) -> None:
    (tmp_path / "slixmpp.py").write_text("raise AssertionError('the other one')\n")
    assert run(f"{INSTALL}import slixmpp\nprint(slixmpp is xmppkit)") == ["True"]


def test_threads_that_import_at_once(run: Run) -> None:
    program = f"""{INSTALL}
import importlib, sys, threading
names = ['jid.address', 'stanza.iq', 'xmlstream.matcher.xpath', 'xmlstream.tostring', 'plugins.xep_0030', 'clientxmpp']
found, failed, start = [], [], threading.Barrier(24)
def load(number):
    start.wait()
    for step in range(len(names)):
        name = names[(number + step) % len(names)]
        try:
            found.append((name, importlib.import_module(f'slixmpp.{{name}}')))
        except BaseException as error:
            failed.append((name, error))
threads = [threading.Thread(target=load, args=(number,)) for number in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(failed, all(module is sys.modules['xmppkit.' + name] for name, module in found), len(found))
print(all(module.__spec__.name == module.__name__ for _, module in found))
print(callable(sys.modules['xmppkit.xmlstream'].tostring))
"""
    assert run(program) == ["[] True 144", "True", "True"]


# --- within this process, by a name that nobody has --------------------------------------------------------


@pytest.fixture
def second_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A second name of xmppkit that is forgotten afterwards."""
    name = "a_name_that_nobody_has"
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    compat._install(name, "xmppkit")
    yield name
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.mark.parametrize("module", ["", ".jid", ".xmlstream.matcher.xpath", ".xmlstream.tostring", ".stanza.iq"])
def test_modules_are_the_same(second_name: str, module: str) -> None:
    own = import_module(f"xmppkit{module}")
    spec = own.__spec__
    assert import_module(f"{second_name}{module}") is own
    assert own.__spec__ is spec
    assert import_module("xmppkit.xmlstream").tostring is tostring


def test_none_but_those_that_there_are(second_name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=rf"'{second_name}\.nothing'"):
        import_module(f"{second_name}.nothing")
    with pytest.raises(ModuleNotFoundError, match=f"'{second_name}s'"):
        import_module(f"{second_name}s")


def test_a_name_is_installed_once(second_name: str) -> None:
    before = list(sys.meta_path)
    compat._install(second_name, "xmppkit")
    assert sys.meta_path == before


def test_a_name_that_another_library_has(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(sys.meta_path)
    monkeypatch.setitem(sys.modules, "slixmpp", ModuleType("slixmpp"))
    with pytest.raises(NameTaken, match=r"^slixmpp itself is imported already"):
        xmppkit.install_as_slixmpp()
    assert sys.meta_path == before


def test_importing_xmppkit_loads_nothing_of_it(run: Run) -> None:
    program = """import sys, xmppkit.jid
loaded = [name for name in sys.modules if name.startswith('xmppkit')]
print([name for name in loaded if name.split('.')[1:2] in (['compat'], ['util'], ['thirdparty'], ['stringprep'])])
print([name for name in ('asyncio', 'ssl', 'socket') if name in sys.modules])
"""
    assert run(program) == ["[]", "[]"]
