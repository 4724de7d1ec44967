# SPDX-License-Identifier: MIT
"""OAUTHBEARER (RFC 7628): a bearer token (RFC 6750) in place of a password, so only inside TLS."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.base import Challenge, ClientMechanism, NeedAccount, ServerMechanism, ServerStep, Success
from xmppkit.sasl.credentials import AccountRecord

__all__ = ["OAuthBearerClient", "OAuthBearerServer"]

_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*\Z")  # RFC 6750 §2.1
_VALUE: Final = re.compile(r"[\x20-\x7e]*\Z")
_LIMIT: Final = 16 * 1024  # bytes of a message; tokens in JSON have some thousand
_SHOWN: Final = 200  # characters of what the server says
_OVER: Final = b"\x01"


class OAuthBearerClient(ClientMechanism):
    """Shows the token, and whose account it is for.

    A server that does not take it says why in a challenge (§3.2.2), which is answered with an empty message; then comes
    its failure, and never a success.

    :ivar problem: what the server said of the token: ``status``, ``scope``, ``openid-configuration``; empty before.
    """

    problem: Mapping[str, str] = MappingProxyType({})

    @property
    def explanation(self) -> str:
        told = [f"{name} {value!r}" for name, value in self.problem.items() if name != "status"]
        return ", ".join([*filter(None, [self.problem.get("status", "")]), *told])

    def initial_response(self) -> bytes | None:
        who = self.credentials
        if not _TOKEN.match(who.access_token):
            said = "needs an access_token" if not who.access_token else "cannot carry this access_token"
            raise SASLFailed(f"{self.name} {said} (RFC 6750 §2.1)")
        authzid = who.authzid or (f"{who.username}@{who.host}" if who.username and who.host else "")
        if "\0" in authzid or "\x01" in authzid:
            raise SASLFailed(f"{self.name} cannot carry this address")
        name = f"a={authzid.replace('=', '=3D').replace(',', '=2C')}" if authzid else ""
        return f"n,{name},\x01auth=Bearer {who.access_token}\x01\x01".encode()

    def respond(self, challenge: bytes) -> bytes:
        if self.problem:
            raise SASLFailed(f"{self.name}: the server sent a second challenge")
        self.problem = _problem(challenge)
        return _OVER

    def success(self, data: bytes | None) -> None:
        if self.problem:
            raise SASLFailed(f"{self.name}: the server refused the token, and then said that it is right")
        super().success(data)


def _problem(challenge: bytes) -> Mapping[str, str]:
    """What the JSON of a refusal says; something in any case."""
    try:
        said = json.loads(challenge[:_LIMIT])
    except (ValueError, RecursionError):
        said = None
    known = ("status", "scope", "openid-configuration")
    found = said if isinstance(said, dict) else {}
    told = {name: found[name][:_SHOWN] for name in known if isinstance(found.get(name), str)}
    return told or {"status": "the server does not say what is wrong with the token"}


class OAuthBearerServer(ServerMechanism):
    """Asks the host whose the token is: `AccountRecord.bearer` of what was asked for, which is the address that the
    client names, or nothing."""

    _authzid = ""
    _token = ""
    _asked = _refused = False

    def receive(self, data: bytes | None) -> ServerStep:
        if self._refused:
            return self.REFUSED  # whatever the client answers to what is wrong with its token
        if data is None and not self._asked:
            self._asked = True
            return Challenge(b"")
        read = _read(data or b"")
        if read is None:
            return self.MALFORMED
        self._authzid, self._token = read
        return NeedAccount(self._authzid)

    def account(self, record: AccountRecord | None) -> ServerStep:
        token, self._token = self._token, ""
        if not token:
            return self.MALFORMED  # nothing was asked for, or that has been answered
        owner = record.bearer(token) if record is not None and record.bearer is not None else ""
        if owner:
            return Success(owner, self._authzid)
        self._refused = True
        return Challenge(b'{"status":"invalid_token"}')


def _read(message: bytes) -> tuple[str, str] | None:
    """Address and token of a client's message (§3.1); None when it is none."""
    if len(message) > _LIMIT:
        return None
    try:
        header, *pairs = message.decode("utf-8").split("\x01")
    except UnicodeDecodeError:
        return None
    flag, _, rest = header.partition(",")
    authzid, comma, behind = rest.partition(",")
    # GS2 without channel binding; the message ends with an empty pair, and a separator.
    if flag not in ("n", "y") or comma != "," or behind or pairs[-2:] != ["", ""]:
        return None
    if authzid and (authzid[:2] != "a=" or re.search("=(?!2C|3D)", authzid[2:]) or "\0" in authzid):
        return None
    fields = dict(pair.partition("=")[::2] for pair in pairs[:-2])
    scheme, _, token = fields.get("auth", "").partition(" ")
    if len(fields) != len(pairs) - 2 or not all(_VALUE.match(value) for value in fields.values()):
        return None
    if scheme.lower() != "bearer" or not _TOKEN.match(token):
        return None
    return authzid[2:].replace("=2C", ",").replace("=3D", "="), token
