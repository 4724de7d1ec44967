# SPDX-License-Identifier: MIT
"""The bytes of one connection: what is to be written, in order, in the clear at first and through TLS after
that."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from xmppkit.protocol.tls import TlsLayer

__all__ = ["Channel"]

#: Bytes after which a TLS record is full, if there is more than one stanza in it: some peers read no more at once.
_RECORD = 4 * 1024


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
            data = "".join(out).encode()
            if tls is None:
                self.wire.append(data)
            elif len(data) <= _RECORD:
                tls.send(data)
            else:
                self._protect(tls)
            out.clear()
        if tls is not None and (records := tls.data_to_send()):
            self.wire.append(records)

    def _protect(self, tls: TlsLayer) -> None:
        """Much is to be written: a record is full with whole pieces. Of a record a peer sees all or nothing, so when
        the connection is cut it has not seen a part of a stanza, which some take amiss when a session goes on."""
        record = b""
        for text in self.out:
            data = text.encode()
            if record and len(record) + len(data) > _RECORD:
                tls.send(record)
                record = b""
            record += data
        tls.send(record)

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
