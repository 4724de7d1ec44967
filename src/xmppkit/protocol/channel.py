# SPDX-License-Identifier: MIT
"""The bytes of one connection: what is to be written, in order, in the clear at first and through TLS after
that."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from xmppkit.protocol.tls import TlsLayer

__all__ = ["Channel"]

#: Characters after which a TLS record is full. What peers read at once is often as much.
_RECORD = 8 * 1024


class Channel:
    """Text goes in at `out`, bytes come out of `data_to_send`.

    :ivar out: the pieces of text to be sent; appended to directly, for that is the hot path. Always the
        same list.
    :ivar tls: the filter, from the beginning of its handshake on.
    """

    __slots__ = ("out", "tls", "wire")

    def __init__(self) -> None:
        self.out: MutableSequence[str] = []
        self.tls: TlsLayer | None = None
        self.wire: list[bytes] = []

    def secure(self, tls: TlsLayer) -> None:
        """From here on everything goes through `tls`; what was written before goes ahead of it, in the
        clear."""
        self.flush()
        self.tls = tls
        tls.start()

    def flush(self) -> None:
        """Turn what was written so far into bytes."""
        out, tls = self.out, self.tls
        if out:
            text = "".join(out)
            if tls is None:
                self.wire.append(text.encode())
            elif len(text) <= _RECORD:
                tls.send(text.encode())
            else:
                self._protect(tls)
            out.clear()
        if tls is not None and (records := tls.data_to_send()):
            self.wire.append(records)

    def _protect(self, tls: TlsLayer) -> None:
        """Much is to be written: a record is full with whole pieces. A peer sees no part of a record, so if the
        connection is cut it has not seen a part of a stanza either; some take that amiss when a session goes on."""
        record: list[str] = []
        size = 0
        for text in self.out:
            if record and size + len(text) > _RECORD:
                tls.send("".join(record).encode())
                record.clear()
                size = 0
            record.append(text)
            size += len(text)
        tls.send("".join(record).encode())

    def drop(self) -> None:
        """Forget what was written and not turned into bytes yet: there is no way left to send it."""
        self.out.clear()

    def close(self) -> None:
        """Turn the rest into bytes, and end TLS in order."""
        self.flush()
        if self.tls is not None:
            self.tls.close()
            self.flush()

    def data_to_send(self) -> bytes:
        """The bytes for the transport, which are then forgotten; empty if there are none."""
        self.flush()
        wire = self.wire
        if not wire:
            return b""
        self.wire = []
        return wire[0] if len(wire) == 1 else b"".join(wire)
