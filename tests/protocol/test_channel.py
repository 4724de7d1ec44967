# SPDX-License-Identifier: MIT
"""The order of bytes on one connection, in the clear and through TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xmppkit.protocol.channel import Channel
from xmppkit.protocol.tls import TlsFilter

if TYPE_CHECKING:
    from conftest import Tls


def test_in_the_clear() -> None:
    channel = Channel()
    assert channel.data_to_send() == b""
    channel.out.append("<a/>")
    channel.out.append("é")
    assert channel.data_to_send() == b"<a/>\xc3\xa9"
    assert channel.data_to_send() == b""
    channel.out.append("<b/>")
    channel.flush()
    channel.out.append("<c/>")
    assert channel.data_to_send() == b"<b/><c/>"


def test_drop() -> None:
    channel = Channel()
    channel.out.append("<sent/>")
    channel.flush()
    channel.out.append("<lost/>")
    channel.drop()
    channel.close()
    assert channel.data_to_send() == b"<sent/>"


def test_through_tls(tls: Tls) -> None:
    channel = Channel()
    channel.out.append("<clear/>")
    channel.secure(TlsFilter(tls.client, server_side=False, server_name="localhost"))
    server = TlsFilter(tls.server, server_side=True)
    first = channel.data_to_send()
    assert channel.data_to_send() == b""
    assert first.startswith(b"<clear/>\x16\x03")
    server.start()
    server.receive(first.removeprefix(b"<clear/>"))
    assert channel.tls is not None
    channel.tls.receive(server.data_to_send())
    channel.out.append("<hidden/>")
    records = channel.data_to_send()
    assert b"hidden" not in records
    assert server.receive(records) == b"<hidden/>"
    channel.out.append("<last/>")
    channel.close()
    assert server.receive(channel.data_to_send()) == b"<last/>"
    assert server.peer_closed


class Records:
    """A filter that notes what it is to make records of."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def start(self) -> None:
        """It has begun before."""

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def data_to_send(self) -> bytes:
        return b""


def test_records_have_whole_stanzas() -> None:
    channel = Channel()
    channel.tls = records = Records()  # type: ignore[assignment]
    stanzas = [f"<message id='{number}'>{'é' * (number % 400)}</message>" for number in range(300)]
    stanzas.insert(100, f"<message>{'y' * 50_000}</message>")
    channel.out.extend(stanzas)
    channel.flush()
    assert channel.out == []
    assert b"".join(records.sent).decode() == "".join(stanzas)
    assert all(each.startswith(b"<message") and each.endswith(b"</message>") for each in records.sent)
    sizes = [len(each) for each in records.sent]
    assert [size for size in sizes if size > 4096] == [len(stanzas[100])]
    assert len(records.sent) < 50
