# SPDX-License-Identifier: MIT
"""A server in memory that follows a script; see `scripted_server`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scripted_server import Script, make_client

from xmppkit.clientxmpp import ClientXMPP


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(name="make_client")
def make_client_fixture(script: Script) -> Callable[..., ClientXMPP]:
    return lambda **mechanisms: make_client(script, **mechanisms)
