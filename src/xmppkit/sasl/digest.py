# SPDX-License-Identifier: MIT
"""DIGEST-MD5 (RFC 2831, made historic by RFC 6331): both sides show that they know the password.

This is used only when it is named, and over TLS. Of its qualities of protection only ``auth`` is here: TLS protects
what follows. There is no subsequent authentication, so a nonce is used once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from xmppkit.exceptions import SASLFailed, SASLMutualAuthFailed
from xmppkit.sasl.base import Challenge, ClientMechanism, Failure, NeedAccount, ServerMechanism, ServerStep, Success
from xmppkit.sasl.credentials import AccountRecord

__all__ = ["DigestClient", "DigestServer"]

_LIMIT: Final = 4 * 1024  # bytes of a message; §2.1.1 and §2.1.2 want less than 2048 and 4096
_ONCE: Final = "00000001"  # how often the nonce was used
_SEPARATOR: Final = re.compile(r"[ \t\r\n,]*")
_DIRECTIVE: Final = re.compile(
    r"""([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t\r\n]*=[ \t\r\n]*"""
    r"""(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))[ \t\r\n]*(?=,|\Z)""",
    re.DOTALL,
)
_RESPONSE: Final = re.compile(r"[0-9a-f]{32}\Z")

Directives = dict[str, list[str]]


def _parse(message: bytes) -> Directives | None:
    """The directives of a message (§7.1), their names in lower case; None when it is malformed."""
    if len(message) > _LIMIT:
        return None
    try:
        text = message.decode("utf-8")
    except UnicodeDecodeError:
        text = message.decode("iso-8859-1")  # what there is without the directive charset
    found: Directives = {}
    position = len(_SEPARATOR.match(text)[0])  # type: ignore[index]  # it matches nothing, too
    while position < len(text):
        directive = _DIRECTIVE.match(text, position)
        if directive is None:
            return None
        name, quoted, token = directive.groups()
        value = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        found.setdefault(name.lower(), []).append(value)
        separator = _SEPARATOR.match(text, directive.end())
        assert separator is not None
        position = separator.end()
    return found


def _only(directives: Directives, name: str, default: str | None = None) -> str | None:
    """The value of a directive that may stand once; None when it is missing without a default, or there twice."""
    values = directives.get(name, [] if default is None else [default])
    return values[0] if len(values) == 1 else None


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _latin(text: str) -> bytes:
    """§2.1.2.1: what ISO 8859-1 can write is hashed as that, all else as UTF-8."""
    try:
        return text.encode("iso-8859-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What both sides hash."""

    username: str
    realm: str
    nonce: str
    cnonce: str
    uri: str
    authzid: str

    def proof(self, password: str, method: str) -> str:
        """The response-value of §2.1.2.1 with `method` ``AUTHENTICATE``, and that of §2.1.3 with an empty one."""
        secret = hashlib.md5(b":".join(map(_latin, (self.username, self.realm, password))), usedforsecurity=False)
        parts = [self.nonce, self.cnonce, *([self.authzid] if self.authzid else [])]
        session = secret.digest() + ":".join(("", *parts)).encode("utf-8")
        whole = (_hex(session), self.nonce, _ONCE, self.cnonce, "auth", _hex(f"{method}:{self.uri}".encode()))
        return _hex(":".join(whole).encode("utf-8"))


def _hex(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class DigestClient(ClientMechanism):
    """Answers the challenge, and believes a success only from who knows the password (``rspauth``)."""

    _expected = ""
    _verified = False

    def initial_response(self) -> bytes | None:
        if self.credentials.password is None:
            raise SASLFailed("DIGEST-MD5 needs a password")
        return None

    def respond(self, challenge: bytes) -> bytes:
        if self._expected:
            self._verify(challenge)
            return b""
        directives = _parse(challenge)
        if directives is None:
            raise SASLFailed("DIGEST-MD5: the server's challenge is malformed")
        nonce = _only(directives, "nonce")
        if not nonce or not nonce.isascii() or _only(directives, "algorithm") != "md5-sess":
            raise SASLFailed("DIGEST-MD5: the challenge needs one nonce, in ASCII, and the algorithm md5-sess")
        if "auth" not in (_only(directives, "qop", "auth") or "").replace(" ", "").split(","):
            raise SASLFailed("DIGEST-MD5: the server does not offer the quality of protection auth")
        unicode = _only(directives, "charset", "")
        if unicode not in ("", "utf-8"):
            raise SASLFailed("DIGEST-MD5: the server names a charset that there is not")
        return self._prove(nonce, self._realm(directives.get("realm", [])), unicode=bool(unicode))

    def _realm(self, offered: list[str]) -> str:
        wanted = self.credentials.realm
        if wanted and offered and wanted not in offered:
            raise SASLFailed(f"DIGEST-MD5: the server does not have the realm {wanted!r}")
        if wanted or not offered:
            return wanted
        return self.credentials.host if self.credentials.host in offered else offered[0]

    def _prove(self, nonce: str, realm: str, *, unicode: bool) -> bytes:
        who = self.credentials
        password = who.password or ""
        uri = "/".join(part for part in (who.service, who.host, who.service_name) if part)
        latin = all(ord(letter) <= 0xFF for letter in who.username + realm + password)
        if not unicode and not (latin and (uri + who.authzid).isascii()):
            raise SASLFailed("DIGEST-MD5: this server cannot read the characters of the user name or password")
        exchange = _Exchange(who.username, realm, nonce, self.attempt.nonce(), uri, who.authzid)
        self._expected = exchange.proof(password, "")
        directives = [
            *(["charset=utf-8"] if unicode else []),
            f"username={_quote(who.username)}",
            *([f"realm={_quote(realm)}"] if realm else []),
            f"nonce={_quote(nonce)}",
            f"nc={_ONCE}",
            f"cnonce={_quote(exchange.cnonce)}",
            f"digest-uri={_quote(uri)}",
            f"response={exchange.proof(password, 'AUTHENTICATE')}",
            "qop=auth",
            *([f"authzid={_quote(who.authzid)}"] if who.authzid else []),
        ]
        return ",".join(directives).encode("utf-8" if unicode else "iso-8859-1")

    def success(self, data: bytes | None) -> None:
        if data:
            self._verify(data)
        if not self._verified:
            raise SASLMutualAuthFailed("DIGEST-MD5: the server did not show that it knows the password")

    def _verify(self, data: bytes) -> None:
        if not self._expected or self._verified:
            raise SASLMutualAuthFailed("DIGEST-MD5: the server ended the exchange too early or twice")
        shown = _only(_parse(data) or {}, "rspauth") or ""
        if not hmac.compare_digest(shown.encode("utf-8"), self._expected.encode("ascii")):
            raise SASLMutualAuthFailed("DIGEST-MD5: the server does not know the password")
        self._verified = True


class DigestServer(ServerMechanism):
    """Compares with what the account's password gives, which has to be known in the clear."""

    _nonce = ""
    _exchange: _Exchange | None = None
    _response = ""
    _over = False

    def receive(self, data: bytes | None) -> ServerStep:
        if not self._nonce:
            if data:  # a subsequent authentication (§2.2), of which there is none here
                return self.MALFORMED
            self._nonce = self.attempt.nonce()
            realm = f"realm={_quote(self.attempt.domain)}," if self.attempt.domain else ""
            said = f'{realm}nonce={_quote(self._nonce)},qop="auth",charset=utf-8,algorithm=md5-sess'
            return Challenge(said.encode("utf-8"))
        directives = _parse(data or b"")
        exchange = self._accept(directives) if directives is not None and self._exchange is None else None
        if exchange is None:
            return self.MALFORMED
        self._exchange = exchange
        return NeedAccount(exchange.username)

    def _accept(self, directives: Directives) -> _Exchange | None:
        """What the response says; None when it does not keep to the challenge (§2.1.2)."""
        username, cnonce = _only(directives, "username"), _only(directives, "cnonce")
        uri, response = _only(directives, "digest-uri"), _only(directives, "response")
        realm, authzid = _only(directives, "realm", ""), _only(directives, "authzid", "")
        if not username or not cnonce or not uri or not response or realm is None or authzid is None:
            return None
        fixed = (_only(directives, "nonce"), _only(directives, "nc"), _only(directives, "qop", "auth"))
        if fixed != (self._nonce, _ONCE, "auth") or not _RESPONSE.match(response):
            return None
        domain = self.attempt.domain
        if domain and (realm != domain or uri.split("/")[:2] != ["xmpp", domain]):
            return None
        self._response = response
        return _Exchange(username, realm, self._nonce, cnonce, uri, authzid)

    def account(self, record: AccountRecord | None) -> ServerStep:
        if self._exchange is None or self._over:
            return self.MALFORMED
        self._over = True
        known = record.password if record is not None else None
        # Somebody who is not there costs the same work.
        password = secrets.token_hex(16) if known is None else known
        expected = self._exchange.proof(password, "AUTHENTICATE")
        if not hmac.compare_digest(expected, self._response) or not known:
            return Failure("not-authorized")
        shown = f"rspauth={self._exchange.proof(password, '')}"
        return Success(self._exchange.username, self._exchange.authzid, shown.encode("ascii"))
