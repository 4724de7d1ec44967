# SPDX-License-Identifier: MIT
"""Events are values: equal if they say the same, unchangeable, and silent about what is secret."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from xmppkit.protocol import events
from xmppkit.protocol.events import Event, SecureTransport

KINDS = [getattr(events, name) for name in events.__all__ if name != "Event"]


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_frozen_values(kind: type[Event]) -> None:
    assert issubclass(kind, Event)
    assert is_dataclass(kind)
    values = [object() for _ in fields(kind)]
    event = kind(*values)
    assert event == kind(*values)
    assert hash(event) == hash(kind(*values))
    assert event != values
    assert event != kind(*(object() for _ in values))
    assert not hasattr(event, "__dict__")
    for field in fields(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(event, field.name, None)


@pytest.mark.parametrize("kind", KINDS)
def test_they_say_what_they_mean(kind: type[Event]) -> None:
    doc = inspect.getdoc(kind)
    assert doc
    # Each field is explained, by its own line or in the sentence.
    for field in fields(kind):
        assert f":ivar {field.name}:" in doc or f"`{field.name}`" in doc or len(fields(kind)) == 1


def test_they_show_what_they_say() -> None:
    assert repr(events.AccountNeeded("juliet", "PLAIN")) == "AccountNeeded(username='juliet', mechanism='PLAIN')"
    assert events.AccountNeeded("juliet", "PLAIN") != events.SecretNeeded("juliet")
    assert events.PasswordNeeded(()) != events.SecretNeeded(())  # type: ignore[arg-type]


def test_a_certificate_does_not_fill_the_log() -> None:
    assert "cert" not in repr(SecureTransport("TLSv1.3", "TLS_AES_256_GCM_SHA384", None, b"cert"))
