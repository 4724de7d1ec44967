# SPDX-License-Identifier: MIT
"""What programs register, and take back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xmppkit.sasl.custom import (
    CustomMechanism,
    CustomServerMechanism,
    Exposure,
    custom_mechanisms,
    custom_server_mechanisms,
    register_mechanism,
    register_server_mechanism,
    unregister_mechanism,
    unregister_server_mechanism,
)
from xmppkit.sasl.plain import PlainClient, PlainServer


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    unregister_mechanism("X-OWN")
    unregister_server_mechanism("X-OWN")


def test_it_is_there_until_it_is_taken_back() -> None:
    seen = custom_mechanisms()
    own, other = CustomMechanism("X-OWN", 5, PlainClient), CustomMechanism("X-OWN", 6, PlainClient)
    register_mechanism(own)
    assert seen["X-OWN"] is own
    register_mechanism(other)
    assert seen["X-OWN"] is other
    unregister_mechanism("X-OWN")
    unregister_mechanism("X-OWN")
    assert "X-OWN" not in seen


def test_so_is_a_servers_half() -> None:
    seen = custom_server_mechanisms()
    own = CustomServerMechanism("X-OWN", 5, PlainServer)
    register_server_mechanism(own)
    assert (seen["X-OWN"], own.exposure) == (own, Exposure.SECRET)
    assert "X-OWN" not in custom_mechanisms()
    unregister_server_mechanism("X-OWN")
    unregister_server_mechanism("X-OWN")
    assert "X-OWN" not in seen


def test_what_is_not_said_is_careful() -> None:
    own = CustomMechanism("X-OWN", 5, PlainClient)
    assert (own.exposure, own.required, own.optional) == (Exposure.SECRET, frozenset(), frozenset())


def test_nobody_else_changes_it() -> None:
    with pytest.raises(TypeError):
        custom_mechanisms()["X-OWN"] = CustomMechanism("X-OWN", 5, PlainClient)  # type: ignore[index]
