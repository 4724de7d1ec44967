# SPDX-License-Identifier: MIT
"""Credentials and records: values whose secrets do not show."""

from __future__ import annotations

import dataclasses
import traceback

import pytest

from xmppkit.sasl.credentials import AccountRecord, Credentials, ScramRecord

RECORD = ScramRecord(b"salt", 4096, b"MARKER-stored", b"MARKER-server")


@pytest.mark.parametrize(
    "value",
    [
        Credentials("juliet", "MARKER"),
        Credentials("juliet", access_token="MARKER", api_key="MARKER", more={"pin": "MARKER"}),
        RECORD,
        AccountRecord("MARKER", {"SCRAM-SHA-1": RECORD}, certified="juliet"),
    ],
)
def test_no_secret_shows(value: object) -> None:
    for text in (repr(value), str(value), f"{value}", "%s" % value, repr([value]), repr({"key": value})):  # noqa: UP031
        assert "MARKER" not in text
    assert "MARKER" not in "".join(traceback.format_exception_only(ValueError(value)))


def test_what_is_no_secret_shows() -> None:
    assert "juliet" in repr(Credentials("juliet", "MARKER"))
    assert "4096" in repr(RECORD)


def test_defaults_say_nothing() -> None:
    assert Credentials() == Credentials("", None, "", False)
    record = AccountRecord()
    assert (record.password, dict(record.scram), record.certified) == (None, {}, "")


@pytest.mark.parametrize("value", [Credentials(), RECORD, AccountRecord()])
def test_they_cannot_be_changed(value: object) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(value)[0].name, None)  # type: ignore[arg-type]


def test_records_do_not_share_their_table() -> None:
    assert AccountRecord().scram is not AccountRecord().scram


def test_by_name() -> None:
    who = Credentials("juliet", host="example.org", service_name="chat", more={"pin": "1", "empty": ""})
    said = {name: who.value(name) for name in ("username", "password", "host", "service", "service-name", "pin", "x")}
    assert said == {
        "username": "juliet",
        "password": None,
        "host": "example.org",
        "service": "xmpp",
        "service-name": "chat",
        "pin": "1",
        "x": None,
    }
    assert who.missing(["username", "realm", "pin", "empty"]) == []
    assert who.missing(["x", "password", "access_token", "email", "api_key"]) == [
        "access_token",
        "api_key",
        "email",
        "password",
        "x",
    ]
    assert Credentials().missing(["username", "authzid"]) == ["username"]
