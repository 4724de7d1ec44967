# SPDX-License-Identifier: MIT
"""What is asked for along with the login."""

from __future__ import annotations

import pytest

from xmppkit.clientxmpp import ClientXMPP


@pytest.mark.parametrize(
    ("enabled", "option", "asked"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_carbons(enabled: bool, option: bool, asked: bool) -> None:
    client = ClientXMPP("alice@localhost", "secret")
    client.register_plugin("xep_0386", {"carbons": option})
    if enabled:
        client.register_plugin("xep_0280")
    assert client.plugin["xep_0386"].make_options() == {"bind": True, "tag": "", "carbons": asked}


def test_it_brings_sasl2_along_and_nobody_has_it_unasked() -> None:
    client = ClientXMPP("alice@localhost", "secret")
    client.register_plugins()
    assert "xep_0386" not in client.plugin  # XEP-0386 §3.2: messages that wait would be dropped
    client.register_plugin("xep_0386")
    assert "xep_0388" in client.plugin
