# SPDX-License-Identifier: MIT
"""The sockets and the transport of the test kit, and how what is written is cut."""

from __future__ import annotations

import socket
import threading

import pytest

import xmppkit.test
from xmppkit.clientxmpp import ClientXMPP
from xmppkit.test.livesocket import TestLiveSocket
from xmppkit.test.mocksocket import TestSocket
from xmppkit.test.pieces import Pieces
from xmppkit.test.transport import TestTransport

STREAM = "<stream:stream xmlns:stream='s' a='>'>"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("<a/><b x='>'>t</b> <c><d/></c>", ["<a/>", "<b x='>'>t</b>", " ", "<c><d/></c>"]),
        (f"<?xml version='1.0'?>{STREAM}<a/></stream:stream>",
         [f"<?xml version='1.0'?>{STREAM}", "<a/>", "</stream:stream>"]),
        (f"{STREAM}<a><b/></a>{STREAM}", [STREAM, "<a><b/></a>", STREAM]),
        ("<a>ü</a> ", ["<a>ü</a>", " "]),
        ("<a>not complete", []),
    ],
)  # fmt: skip
def test_pieces(text: str, pieces: list[str]) -> None:
    assert Pieces().feed(text.encode()) == pieces
    one_by_one = Pieces()
    got = [piece for octet in text.encode() for piece in one_by_one.feed(bytes([octet]))]
    assert got == pieces


def test_a_socket() -> None:
    made = TestSocket(socket.AF_INET)
    made.connect(("localhost", 5222))
    assert made.next_sent() is None
    assert made.next_sent(timeout=0.01) is None
    assert made.send("<a/>") == 4
    made.sendall(b"<b/>")
    assert [made.next_sent(), made.next_sent(0.1), made.next_sent()] == ["<a/>", "<b/>", None]
    assert made.recv(4096) == b""
    made.recv_data("x")
    made.recv_data(b"y")
    assert made.makefile("rb").read() + made.recv() == b"xy"
    made.settimeout(0.01)
    assert made.gettimeout() == 0.01
    assert made.recv() == b""
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    made.shutdown(socket.SHUT_RDWR)
    assert (made.family, made.fileno(), made.getsockname(), made.getpeername()) == (
        socket.AF_INET, -1, ("127.0.0.1", 0), ("127.0.0.1", 0),
    )  # fmt: skip
    made.close()
    assert made.closed
    assert not made.is_live
    made.disconnect_error()
    for call in (lambda: made.send("x"), made.recv, made.read, lambda: made.connect(None)):
        with pytest.raises(OSError, match="disconnect_error"):
            call()


def test_another_thread_may_send() -> None:
    made = TestSocket()
    timer = threading.Timer(0.02, made.send, ["<late/>"])
    timer.start()
    assert made.next_sent(timeout=10) == "<late/>"
    timer.join()


def test_a_live_socket() -> None:
    here, there = socket.socketpair()
    with here, there:
        live = TestLiveSocket(sock=here)
        assert live.is_live
        assert live.fileno() == here.fileno()
        assert live.send("<a/>") == 4
        live.sendall("<b/>")
        assert live.write(b"<c/>") == 4
        assert there.recv(100) == b"<a/><b/><c/>"
        assert [live.next_sent() for _ in range(4)] == ["<a/>", "<b/>", "<c/>", None]
        there.sendall(b"answer")
        assert live.makefile().read() == b"answer"
        assert live.next_recv(timeout=0.01) == "answer"
        assert live.next_recv(timeout=0.01) is None
        live.sent("x")
        live.received(b"\xff")
        live.clear()
        assert live.next_sent() is live.next_recv() is None
        there.shutdown(socket.SHUT_WR)
        assert live.recv() == b""
        assert live.next_recv() is None
    with TestLiveSocket(socket.AF_INET, socket.SOCK_STREAM).socket as made:
        assert made.type == socket.SOCK_STREAM


async def test_the_transport() -> None:
    client = ClientXMPP("bot@localhost/here", "secret", lang=None)
    client.auto_reconnect = False
    transport = TestTransport(client)
    transport.receiver = client.adopt(transport)
    assert client.socket is transport.socket
    assert transport.get_extra_info("peername", "nobody") == "nobody"
    transport.pause_reading()
    transport.resume_reading()
    assert not transport.can_write_eof()
    client.send_message("a@localhost", "1")
    client.send_message("a@localhost", "2")
    await client.drain()
    assert client.socket.next_sent().count("<body>1</body>") == 1
    assert "<body>2</body>" in (transport.next_sent() or "")
    assert transport.next_sent() is None
    transport.abort()
    await client.disconnected
    assert transport.is_closing()
    transport.lose(None)
    assert not client.is_connected()


def test_names() -> None:
    for name in ("SlixTest", "TestSocket", "TestLiveSocket", "TestTransport", "SlixIntegration"):
        assert name in dir(xmppkit.test)
        assert getattr(xmppkit.test, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Guess'"):
        _ = xmppkit.test.Guess
