# SPDX-License-Identifier: MIT
"""The tree of errors: its shape, what each error carries, and what it says."""

from __future__ import annotations

import builtins
import inspect
import pickle
import re
import subprocess
import sys

import pytest

from xmppkit import exceptions
from xmppkit.exceptions import LocalError, RemoteError, SASLError, XMPPError, XMPPKitError

CLASSES = {name: each for name, each in vars(exceptions).items() if inspect.isclass(each)}


# --- the tree ---------------------------------------------------------------------------------------------


def test_everything_is_exported_and_descends_from_the_root() -> None:
    assert set(CLASSES) == set(exceptions.__all__)
    assert all(issubclass(each, XMPPKitError) for each in CLASSES.values())


def test_the_tree_in_the_documentation_is_the_tree() -> None:
    drawn: dict[str, str] = {}
    ancestors: list[tuple[int, str]] = []
    for line in (exceptions.__doc__ or "").splitlines():
        found = re.match(r"([ │├└─]*)([A-Z]\w+)", line)
        if found is None or not (found[2] in CLASSES or found[2] == "Exception"):
            continue
        depth = len(found[1])
        while ancestors and ancestors[-1][0] >= depth:
            ancestors.pop()
        drawn[found[2]] = ancestors[-1][1] if ancestors else ""
        ancestors.append((depth, found[2]))
    assert drawn.pop("Exception") == ""
    assert drawn == {name: each.__bases__[0].__name__ for name, each in CLASSES.items()}
    said = set(re.findall(r"(\w+) +\(ValueError\)", exceptions.__doc__ or ""))
    assert said == {name for name, each in CLASSES.items() if issubclass(each, ValueError)}


def test_misuse_and_remote_faults_are_different_branches() -> None:
    assert not any(issubclass(each, LocalError) and issubclass(each, RemoteError) for each in CLASSES.values())
    assert not issubclass(SASLError, LocalError | RemoteError)
    assert not issubclass(XMPPError, LocalError | RemoteError)


def test_no_name_hides_one_of_python() -> None:
    assert not set(CLASSES) & set(dir(builtins))


def test_it_imports_nothing_else() -> None:
    program = "import sys, xmppkit, importlib; before = set(sys.modules); import xmppkit.exceptions\n"
    program += "print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    names = {f"xmppkit.exceptions.{name}" for name in ("local", "remote", "root", "stanzas")}
    assert set(done.stdout.split()) == {"xmppkit.exceptions", *names}


@pytest.mark.parametrize("name", exceptions.__all__)
def test_each_is_known_by_one_path(name: str) -> None:
    kind = CLASSES[name]
    assert (kind.__module__, kind.__qualname__) == ("xmppkit.exceptions", name)
    assert pickle.loads(pickle.dumps(kind)) is kind
