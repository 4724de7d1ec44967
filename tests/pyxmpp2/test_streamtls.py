# SPDX-License-Identifier: MIT
"""xmppkit.pyxmpp2.streamtls, and languages: what settings do to both ends."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.exceptions import LocalError


def leave(event: Any) -> None:
    if event.stream.initiator:
        event.stream.disconnect()


@pytest.mark.parametrize("settings", [{}, {"tls_verify_peer": False}, {"tls_verify_callback": lambda *_: True}])
def test_ciphers_count_however_certificates_are_checked(polled, settings) -> None:
    for each in (polled.client_settings, polled.server_settings):
        each["ciphers"] = "ECDHE-ECDSA-AES128-GCM-SHA256"
    polled.client_settings.update(settings)
    polled.recorder.acts["AuthorizedEvent"] = leave
    client = polled.client()
    polled.run()
    ciphers = {stream.engine.ssl_object.context.get_ciphers()[-1]["name"] for stream in (client, *polled.accepted)}
    assert ciphers == {"ECDHE-ECDSA-AES128-GCM-SHA256"}


@pytest.mark.parametrize("settings", [{}, {"tls_verify_peer": False}])
@pytest.mark.parametrize("name", ["tls_cacert_file", "tls_cert_file"])
def test_a_file_that_is_not_there_is_named(polled, settings, name) -> None:
    polled.client_settings.update({name: "/nowhere/x.pem", **settings})
    polled.client()
    with pytest.raises(LocalError, match=r"/nowhere/x\.pem"):
        polled.run()


@pytest.mark.parametrize(("wanted", "answered"), [("de", "de"), ("fr", "en")])
def test_a_server_answers_in_a_language_that_it_has(polled, wanted, answered) -> None:
    polled.client_settings["language"] = wanted
    polled.server_settings["languages"] = ["en", "de"]
    polled.recorder.acts["AuthorizedEvent"] = leave
    client = polled.client()
    polled.run()
    [server] = polled.accepted
    assert (client.language, server.peer_language) == (wanted, wanted)
    assert (server.language, client.peer_language) == (answered, answered)
