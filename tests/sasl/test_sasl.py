# SPDX-License-Identifier: MIT
"""The package: what it exports, and that mechanisms which nobody uses are not loaded."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import xmppkit.sasl
from xmppkit.sasl import policy, registry


@pytest.mark.parametrize("name", xmppkit.sasl.__all__)
def test_every_export_comes_from_its_home(name: str) -> None:
    home = import_module(f"xmppkit.sasl.{xmppkit.sasl._HOMES[name]}")
    assert getattr(xmppkit.sasl, name) is getattr(home, name)
    assert vars(xmppkit.sasl)[name] is getattr(home, name)


def test_they_are_loaded_when_they_are_asked_for() -> None:
    vars(xmppkit.sasl).pop("SaslPolicy", None)
    assert xmppkit.sasl.SaslPolicy is policy.SaslPolicy
    assert vars(xmppkit.sasl)["SaslPolicy"] is policy.SaslPolicy


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError, match=r"'xmppkit\.sasl' has no attribute 'Kerberos'"):
        _ = xmppkit.sasl.Kerberos


def test_only_the_mechanism_that_is_used_is_loaded() -> None:
    homes = {module for module, _ in (*registry._CLIENTS.values(), *registry._SERVERS.values())} | {"scram"}
    code = (
        "import sys\n"
        "from xmppkit.sasl import Credentials, SaslPolicy, choose\n"
        f"loaded = lambda: [name for name in {sorted(homes)} if 'xmppkit.sasl.' + name in sys.modules]\n"
        "print(loaded())\n"
        "choose(['EXTERNAL', 'CRAM-MD5'], Credentials(external=True), SaslPolicy(), secure=True)\n"
        "print(loaded())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['external']"]
