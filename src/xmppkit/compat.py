# SPDX-License-Identifier: MIT
"""Programs that import another library by its name, and get xmppkit: `install_as_slixmpp`, `install_as_pyxmpp2`.

A finder of modules (PEP 451) stands before all others and answers for ``slixmpp`` and everything below it: what is
loaded as ``slixmpp.x.y`` *is* ``xmppkit.x.y``, one module under two names, whether it was imported before or comes
later. A module keeps its own ``__name__`` and ``__spec__``, so that reloading, pickling and relative imports go by its
real name.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from xmppkit.exceptions import NameTaken

__all__ = ["install_as_pyxmpp2", "install_as_slixmpp"]

# Threads that import parts of one package at once can wait for each other in a circle, which the import system resolves
# by handing out modules that are not ready. By their second names they are loaded one after the other. Nothing that is
# loaded so imports by a second name, so that whoever holds this never waits for whoever waits for it.
_lock = threading.RLock()


class _SecondName(Loader):
    """Loads a module under its second name.

    :param home: the module's own name.
    """

    def __init__(self, home: str) -> None:
        self._home = home
        self._own: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module that there is; imported by its own name if nobody has done so yet."""
        with _lock:
            module = import_module(self._home)
        self._own = module.__spec__
        _name_hidden_children(module, self._home, spec.name)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to run; but the import system has put the spec of the second name in the module."""
        module.__spec__ = self._own


def _name_hidden_children(package: ModuleType, home: str, name: str) -> None:
    """Give second names now to the submodules whose attribute in `package` is something else.

    ``xmlstream.tostring`` is a module, and as an attribute of its package it is the function. When the import system
    has loaded a submodule it sets the attribute, which would take the function away; what has its name already is
    not loaded. Nobody can be loading it under the second name at this moment: its package comes first.
    """
    for attribute, value in list(vars(package).items()):
        child = sys.modules.get(f"{home}.{attribute}")
        if child is not None and child is not value:
            sys.modules.setdefault(f"{name}.{attribute}", child)


class _Finder(MetaPathFinder):
    """Finds what is below a second name.

    :param name: the second name of the package.
    :param home: the package's own name.
    """

    def __init__(self, name: str, home: str) -> None:
        self.name = name
        self._home = home

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """How to load `fullname`; None if it is none of ours, or there is no such module: then the import fails with
        the name that was asked for."""
        package, _, below = fullname.partition(".")
        if package != self.name:
            return None
        home = f"{self._home}.{below}" if below else self._home
        theirs = find_spec(home)
        if theirs is None:
            return None
        is_package = theirs.submodule_search_locations is not None
        return ModuleSpec(fullname, _SecondName(home), origin=theirs.origin, is_package=is_package)


def install_as_slixmpp() -> None:
    """From now on ``import slixmpp`` imports xmppkit, and ``slixmpp.x.y`` is ``xmppkit.x.y``. May be repeated.

    To be called before anything imports slixmpp::

        import xmppkit

        xmppkit.install_as_slixmpp()

        import slixmpp                                  # is xmppkit
        from slixmpp.xmlstream.matcher import StanzaPath

    slixmpp itself may be installed: it is not looked at any more. There is no way back within the process.

    :raises NameTaken: slixmpp itself is imported already: programs hold objects of it that do not go with ours.
    """
    _install("slixmpp", "xmppkit")


def install_as_pyxmpp2() -> None:
    """From now on ``import pyxmpp2`` imports `xmppkit.pyxmpp2`, and ``pyxmpp2.x.y`` is ``xmppkit.pyxmpp2.x.y``. May be
    repeated.

    To be called before anything imports pyxmpp2, as with `install_as_slixmpp`; both may be called.

    :raises NameTaken: pyxmpp2 itself is imported already: programs hold objects of it that do not go with ours.
    """
    _install("pyxmpp2", "xmppkit.pyxmpp2")


def _install(name: str, home: str) -> None:
    with _lock:
        if any(isinstance(finder, _Finder) and finder.name == name for finder in sys.meta_path):
            return
        other = next((module for module in sys.modules if module.partition(".")[0] == name), None)
        if other is not None:
            raise NameTaken(name)
        sys.meta_path.insert(0, _Finder(name, home))
