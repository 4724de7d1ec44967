# SPDX-License-Identifier: MIT
"""ANONYMOUS (RFC 4505, XEP-0175): nobody in particular; the server makes up an account."""

from __future__ import annotations

from xmppkit.sasl.base import Challenge, ClientMechanism, Pending, ServerMechanism, ServerStep, Success

__all__ = ["AnonymousClient", "AnonymousServer"]


class AnonymousClient(ClientMechanism):
    """Says nothing about itself: the trace that RFC 4505 allows is left out."""

    def initial_response(self) -> bytes | None:
        return None

    def respond(self, challenge: bytes) -> bytes | Pending[bytes]:
        return b"" if not challenge else super().respond(challenge)


class AnonymousServer(ServerMechanism):
    """Lets anybody in, under a name that nobody can guess."""

    _asked = False

    def receive(self, data: bytes | None) -> ServerStep:
        if data is None and not self._asked:
            self._asked = True
            return Challenge(b"")
        try:
            trace = (data or b"").decode("utf-8")
        except UnicodeDecodeError:
            return self.MALFORMED
        if len(trace) > 255:  # RFC 4505 §2
            return self.MALFORMED
        return Success("".join(filter(str.isalnum, self.attempt.nonce())).lower())
