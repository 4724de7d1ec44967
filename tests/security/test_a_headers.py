# SPDX-License-Identifier: MIT
"""Group A, beginnings: headers of streams that are wrong, and what is no stream at all, at every end.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import pytest
from attacker import HEADER, TO_SERVER, client, component, receiver

from xmppkit.exceptions import NotXMPP


@pytest.mark.parametrize(
    ("header", "condition"),
    [
        (HEADER.replace("etherx.jabber.org/streams", "evil.example"), "invalid-namespace"),
        ("<html xmlns='jabber:client'>", "invalid-namespace"),
        ("<other xmlns='jabber:client'>", "bad-format"),
        (HEADER.replace("'jabber:client'", "'jabber:server'"), "invalid-namespace"),
        (HEADER.replace("'localhost'", "'evil.example'"), "invalid-from"),
        (HEADER.replace("version='1.0'", ""), "unsupported-version"),
        (HEADER.replace("version='1.0'", "version='2.0'"), "unsupported-version"),
        (HEADER.replace("id='s1'", ""), "bad-format"),
        (HEADER.replace("xmlns:stream=", "xmlns:other="), "bad-namespace-prefix"),
    ],
)
def test_a21_stream_headers(header: str, condition: str) -> None:
    """A stream header that is wrong in its element, namespace, sender, version or id ends the stream with the error
    that RFC 6120 has for it."""
    attacked = client()
    attacked.hear(header + "<stream:features/>")
    assert attacked.refused(condition), attacked.wrote


OF_COMPONENTS = HEADER.replace("jabber:client", "jabber:component:accept").replace("version='1.0'", "")


@pytest.mark.parametrize("served", [False, True])
@pytest.mark.parametrize(
    ("header", "condition"),
    [
        (OF_COMPONENTS.replace("etherx.jabber.org/streams", "evil.example"), "invalid-namespace"),
        ("<html xmlns='jabber:component:accept'>", "invalid-namespace"),
        ("<other xmlns='jabber:component:accept'>", "bad-format"),
        (HEADER, "invalid-namespace"),
        (OF_COMPONENTS.replace("xmlns:stream=", "xmlns:other="), "bad-namespace-prefix"),
    ],
)
def test_a21_stream_headers_of_components(served: bool, header: str, condition: str) -> None:
    """So it is at both ends of a component's stream."""
    attacked = receiver(of_components=True) if served else component()
    attacked.hear(header.replace("from=", "to=") if served else header)
    assert attacked.refused(condition), attacked.wrote


@pytest.mark.parametrize(
    ("header", "condition"),
    [
        (TO_SERVER.replace("etherx.jabber.org/streams", "evil.example"), "invalid-namespace"),
        ("<html xmlns='jabber:client'>", "invalid-namespace"),
        ("<other xmlns='jabber:client'>", "bad-format"),
        (TO_SERVER.replace("'jabber:client'", "'jabber:server'"), "invalid-namespace"),
        (TO_SERVER.replace("'localhost'", "'evil.example'"), "host-unknown"),
        (TO_SERVER.replace("version='1.0'", ""), "unsupported-version"),
        (TO_SERVER.replace("version='1.0'", "version='2.0'"), "unsupported-version"),
        (TO_SERVER.replace("xmlns:stream=", "xmlns:other="), "bad-namespace-prefix"),
        (TO_SERVER.replace("to='localhost'", "to='@'"), "host-unknown"),
    ],
)
def test_a21_stream_headers_at_a_server(header: str, condition: str) -> None:
    """A server refuses those of clients likewise, and streams to domains that it does not have."""
    attacked = receiver()
    attacked.hear(header)
    assert attacked.refused(condition), attacked.wrote


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100000000\r\n\r\n<html><body>no</body></html>",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\0" * 100_000,
    ],
)
@pytest.mark.parametrize("role", ["client", "component", "server", "component's server"])
def test_a22_other_protocols(role: str, data: bytes) -> None:
    """What is not XMPP at all is said to be that, after its first bytes."""
    make = {
        "client": client,
        "component": component,
        "server": receiver,
        "component's server": lambda: receiver(of_components=True),
    }
    attacked = make[role]()
    read = 0
    while not attacked.stream.closed:
        assert read < 1024
        attacked.hear(data[read : read + 64])
        read += 64
    assert isinstance(attacked.error, NotXMPP)
    assert len(attacked.wrote) < 1000
