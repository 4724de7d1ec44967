# SPDX-License-Identifier: MIT
"""The other end of the echo over TCP: sends messages, never more than a window of them ahead of the answers.

Prints the port that it listens on. Then each line of standard input is a number of messages; when all of them have been
answered, the seconds that took are printed.
"""

from __future__ import annotations

import socket
import sys
import time

from data import message

#: Messages under way.
WINDOW = 64
_END = b"</message>"


def blast(connection: socket.socket, messages: int) -> float:
    """Send so many, and wait for as many answers; seconds."""
    data = message(1)
    answered = 0
    sent = min(WINDOW, messages)
    tail = b""
    begun = time.perf_counter()
    connection.sendall(data * sent)
    while answered < messages:
        received = connection.recv(256 * 1024)
        if not received:
            sys.exit("the library has closed the connection")
        received = tail + received
        answered += received.count(_END)
        # An end that was cut in two is counted with the next read.
        tail = received.rpartition(_END)[2][1 - len(_END) :]
        more = min(answered + WINDOW, messages) - sent
        if more > 0:
            connection.sendall(data * more)
            sent += more
    return time.perf_counter() - begun


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        connection, _ = server.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            for line in sys.stdin:
                print(blast(connection, int(line)), flush=True)


if __name__ == "__main__":
    main()
