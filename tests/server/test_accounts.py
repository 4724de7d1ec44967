# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.accounts`."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import ConfigurationError
from xmppkit.sasl import AccountRecord, make_scram_record
from xmppkit.sasl.scram import HASHES
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


SHA1 = make_scram_record("SCRAM-SHA-1", "secret")
SHA256 = make_scram_record("SCRAM-SHA-256", "secret")
STORED = AccountRecord(scram={"SCRAM-SHA-1": SHA1})


@pytest.mark.parametrize("record", [AccountRecord(), AccountRecord(""), AccountRecord(scram={"SCRAM-SHA-3": SHA1})])
def test_records_with_which_nobody_can_log_in(record: AccountRecord) -> None:
    with pytest.raises(ConfigurationError, match="needs a password, or records of SCRAM-SHA-512, "):
        Accounts("localhost", ServerLimits()).add("alice", record)


def test_what_is_stored_grows() -> None:
    accounts = Accounts("localhost", ServerLimits())
    account = accounts.add("alice", STORED)
    assert account.scram == {"SCRAM-SHA-1"}
    assert accounts.upgrade("alice", "SCRAM-SHA-256", SHA256, STORED)
    assert account.record.scram == {"SCRAM-SHA-1": SHA1, "SCRAM-SHA-256": SHA256}
    # By another connection, which was let in before that.
    assert accounts.upgrade("alice", "SCRAM-SHA-512", make_scram_record("SCRAM-SHA-512", "secret"), STORED)
    assert account.scram == set(HASHES)


def test_what_is_not_stored() -> None:
    accounts = Accounts("localhost", ServerLimits())
    account = accounts.add("alice", STORED)
    other = make_scram_record("SCRAM-SHA-1", "other")
    assert not accounts.upgrade("alice", "SCRAM-SHA-1", other, STORED)  # there is one already
    assert not accounts.upgrade("bob", "SCRAM-SHA-256", SHA256, STORED)
    assert account.record == STORED
    # The password has changed since.
    accounts.add("alice", AccountRecord(scram={"SCRAM-SHA-1": other}))
    assert not accounts.upgrade("alice", "SCRAM-SHA-256", SHA256, STORED)
    accounts.add("alice", "known")
    assert not accounts.upgrade("alice", "SCRAM-SHA-256", SHA256, STORED)
    assert account.record == AccountRecord("known")


def test_who_is_not_there_looks_like_who_is() -> None:
    accounts = Accounts("localhost", ServerLimits())
    names = [f"nobody{number}" for number in range(64)]
    assert {accounts.scram(name) for name in names} == {frozenset(HASHES)}
    accounts.add("alice", STORED)
    assert {accounts.scram(name) for name in names} == {frozenset(["SCRAM-SHA-1"])}
    accounts.add("bob", "secret")
    seen = [accounts.scram(name) for name in names]
    assert set(seen) == {frozenset(["SCRAM-SHA-1"]), frozenset(HASHES)}
    assert seen == [accounts.scram(name) for name in names]
    accounts.remove("alice")
    assert {accounts.scram(name) for name in names} == {frozenset(HASHES)}
