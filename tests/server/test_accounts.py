# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.accounts`."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.server import ServerLimits
from xmppkit.server.accounts import Accounts


def test_names_are_those_of_addresses() -> None:
    accounts = Accounts("localhost", ServerLimits())
    account = accounts.add("Ａlice", "secret")  # a full-width A
    assert account.jid == "alice@localhost"
    assert accounts.get("alice") is accounts.get("ALICE") is account
    assert accounts.get("a b") is accounts.get("") is accounts.get("bob") is None
    assert accounts.add("ALICE", "other") is account
    assert account.record.password == "other"
    assert (len(accounts), list(accounts)) == (1, [account])
    assert accounts.remove("Alice")
    assert not accounts.remove("alice")
    assert not accounts.remove("@")


@pytest.mark.parametrize("name", ["", "a b", "a@b", "a/b", "a@localhost/b", "a@localhost/", "@", "/", "a" * 1024])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the name of an account"):
        Accounts("localhost", ServerLimits()).add(name, "secret")


def test_no_password_shows() -> None:
    account = Accounts("localhost", ServerLimits()).add("alice", "hush")
    assert repr(account) == "<Account alice@localhost>"
    assert "hush" not in repr(account.record)
