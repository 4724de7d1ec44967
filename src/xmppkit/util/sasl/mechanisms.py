# SPDX-License-Identifier: MIT
"""The mechanisms of `xmppkit.sasl` in the form of `Mech`, for programs that drive one by hand or derive from it.

A stream uses its own. `MECHANISMS` has them by name.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import ClassVar

from xmppkit.exceptions import SASLCancelled
from xmppkit.sasl.anonymous import AnonymousClient
from xmppkit.sasl.base import Attempt, ClientMechanism
from xmppkit.sasl.cram import CramClient
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.derivation import at_once
from xmppkit.sasl.digest import DigestClient
from xmppkit.sasl.external import ExternalClient
from xmppkit.sasl.facebook import FacebookClient
from xmppkit.sasl.google import GoogleTokenClient
from xmppkit.sasl.login import LoginClient
from xmppkit.sasl.messenger import MessengerClient
from xmppkit.sasl.oauth2 import OAuth2Client
from xmppkit.sasl.oauthbearer import OAuthBearerClient
from xmppkit.sasl.plain import PlainClient
from xmppkit.sasl.policy import SCORES
from xmppkit.sasl.registry import random_nonce
from xmppkit.sasl.scram import HASHES, ScramClient
from xmppkit.util.sasl.client import Mech, declare

__all__ = [
    "ANONYMOUS",
    "CRAM",
    "DIGEST",
    "EXTERNAL",
    "LOGIN",
    "OAUTHBEARER",
    "PLAIN",
    "SCRAM",
    "X_FACEBOOK_PLATFORM",
    "X_GOOGLE_TOKEN",
    "X_MESSENGER_OAUTH2",
    "X_OAUTH2",
]

_PASSWORD = frozenset({"username", "password"})


class _Ours(Mech):
    """A mechanism of the library: `process` hands its messages on."""

    half: ClassVar[type[ClientMechanism]]
    #: The setting that allows it without TLS; empty: nothing does.
    _without_tls: ClassVar[str] = ""

    _begun = False

    def setup(self, name: str) -> None:
        """Check the settings, and take the credentials; raises `SASLCancelled`."""
        settings = self.security_settings
        if "encrypted" in self.security:
            if not settings.get("encrypted") and not settings.get(self._without_tls):
                raise SASLCancelled(f"{name} without TLS is not allowed")
            if "encrypted_plain" in self.security and settings.get("encrypted") and not settings.get("encrypted_plain"):
                raise SASLCancelled(f"{name} is not allowed, even with TLS")
        text = {key: value.decode("utf-8") for key, value in self.credentials.items() if key != "channel_binding"}
        who = Credentials(
            username=text.get("username", ""),
            password=text.get("password"),
            authzid=text.get("authzid", ""),
            realm=text.get("realm", ""),
            host=text.get("host", ""),
            service=text.get("service", "xmpp"),
            service_name=text.get("service-name", ""),
            email=text.get("email", ""),
            access_token=text.get("access_token", ""),
            api_key=text.get("api_key", ""),
        )
        attempt = Attempt(
            nonce=random_nonce,
            binding=self._bind if self.credentials.get("channel_binding") else None,
            peer_binds=bool(settings.get("binding_proposed")),
            secure=bool(settings.get("encrypted")),
        )
        self._half = self.half(name, who, attempt)

    def _bind(self, kind: str) -> bytes | None:
        """The credential ``channel_binding`` is that of the TLS version which the settings name."""
        modern = self.security_settings.get("tls_version") == "TLSv1.3"
        return self.credentials["channel_binding"] if kind == ("tls-exporter" if modern else "tls-unique") else None

    def process(self, challenge: bytes = b"") -> bytes | None:
        """The next message; raises `SASLFailed` when the server's breaks the mechanism's rules."""
        if not self._begun:
            self._begun = True
            first = self._half.initial_response()
            if first is not None or not challenge:
                return first
        return at_once(self._half.respond(challenge))

    def finish(self, data: bytes) -> None:
        """The server says that it is done; raises `SASLMutualAuthFailed` when that may not be believed."""
        self._half.success(data or None)


class ANONYMOUS(_Ours):
    """Nobody in particular (RFC 4505)."""

    name = "ANONYMOUS"
    half = AnonymousClient


class PLAIN(_Ours):
    """The password itself (RFC 4616)."""

    name = "PLAIN"
    half = PlainClient
    required_credentials: ClassVar[AbstractSet[str]] = _PASSWORD
    optional_credentials: ClassVar[AbstractSet[str]] = frozenset({"authzid"})
    security: ClassVar[AbstractSet[str]] = frozenset({"encrypted", "encrypted_plain", "unencrypted_plain"})
    _without_tls = "unencrypted_plain"


class LOGIN(_Ours):
    """Name and password, one after the other; over TLS only."""

    name = "LOGIN"
    half = LoginClient
    required_credentials: ClassVar[AbstractSet[str]] = _PASSWORD
    security: ClassVar[AbstractSet[str]] = frozenset({"encrypted", "encrypted_plain"})


class EXTERNAL(_Ours):
    """A certificate, which TLS has shown (RFC 4422 appendix A)."""

    name = "EXTERNAL"
    half = ExternalClient
    optional_credentials: ClassVar[AbstractSet[str]] = frozenset({"authzid"})


class SCRAM(_Ours):
    """Both sides show that they know the password (RFC 5802)."""

    name = "SCRAM"
    half = ScramClient
    use_hashes = True
    channel_binding = True
    required_credentials: ClassVar[AbstractSet[str]] = _PASSWORD
    optional_credentials: ClassVar[AbstractSet[str]] = frozenset({"authzid", "channel_binding"})
    security: ClassVar[AbstractSet[str]] = frozenset(
        {"encrypted", "unencrypted_scram", "binding_proposed", "tls_version"}
    )
    _without_tls = "unencrypted_scram"
    #: Whether the server has shown that it knows the password.
    _mutual_auth = False

    def setup(self, name: str) -> None:
        """As all do; for a hash that SCRAM is not defined with here it raises `SASLCancelled`."""
        if name.removesuffix("-PLUS") not in HASHES:
            raise SASLCancelled(f"there is no {name}; there are {', '.join(HASHES)}")
        super().setup(name)

    def process(self, challenge: bytes = b"") -> bytes | None:
        """The next message; the last is empty, and answers the server's proof."""
        answer = super().process(challenge)
        self._mutual_auth = self._mutual_auth or challenge[:2] == b"v="
        return answer

    def finish(self, data: bytes) -> None:
        """The server says that it is done; its proof must have come by now, or with `data`."""
        super().finish(data)
        self._mutual_auth = True


class CRAM(_Ours):
    """A keyed hash of what the server said (RFC 2195); over TLS only."""

    name = "CRAM"
    half = CramClient
    required_credentials: ClassVar[AbstractSet[str]] = _PASSWORD
    security: ClassVar[AbstractSet[str]] = frozenset({"encrypted", "unencrypted_cram"})


class DIGEST(_Ours):
    """Both sides show that they know the password (RFC 2831); over TLS only."""

    name = "DIGEST"
    half = DigestClient
    required_credentials: ClassVar[AbstractSet[str]] = _PASSWORD | {"realm", "host", "service"}
    optional_credentials: ClassVar[AbstractSet[str]] = frozenset({"authzid", "service-name"})
    security: ClassVar[AbstractSet[str]] = frozenset({"encrypted", "unencrypted_digest"})


class _Token(_Ours):
    """A token in place of a password; over TLS only."""

    security: ClassVar[AbstractSet[str]] = frozenset({"encrypted"})


class OAUTHBEARER(_Token):
    """A bearer token (RFC 7628)."""

    name = "OAUTHBEARER"
    half = OAuthBearerClient
    required_credentials: ClassVar[AbstractSet[str]] = frozenset({"access_token"})
    optional_credentials: ClassVar[AbstractSet[str]] = frozenset({"username", "host", "authzid"})


class X_FACEBOOK_PLATFORM(_Token):  # noqa: N801  # its name in slixmpp
    """A token of Facebook's."""

    name = "X-FACEBOOK-PLATFORM"
    half = FacebookClient
    required_credentials: ClassVar[AbstractSet[str]] = frozenset({"api_key", "access_token"})


class X_MESSENGER_OAUTH2(_Token):  # noqa: N801  # its name in slixmpp
    """A token of Microsoft's."""

    name = "X-MESSENGER-OAUTH2"
    half = MessengerClient
    required_credentials: ClassVar[AbstractSet[str]] = frozenset({"access_token"})


class X_OAUTH2(_Token):  # noqa: N801  # its name in slixmpp
    """A token where PLAIN has the password."""

    name = "X-OAUTH2"
    half = OAuth2Client
    required_credentials: ClassVar[AbstractSet[str]] = frozenset({"username", "access_token"})


class X_GOOGLE_TOKEN(_Token):  # noqa: N801  # its name in slixmpp
    """A token of Google's."""

    name = "X-GOOGLE-TOKEN"
    half = GoogleTokenClient
    required_credentials: ClassVar[AbstractSet[str]] = frozenset({"email", "access_token"})


_CLASSES: tuple[type[_Ours], ...] = (
    ANONYMOUS,
    PLAIN,
    LOGIN,
    EXTERNAL,
    OAUTHBEARER,
    X_FACEBOOK_PLATFORM,
    X_MESSENGER_OAUTH2,
    X_OAUTH2,
    X_GOOGLE_TOKEN,
)


def _declare_all() -> None:
    classes: dict[str, type[_Ours]] = {each.name: each for each in _CLASSES}
    classes |= {"CRAM-MD5": CRAM, "DIGEST-MD5": DIGEST}
    for name, score in SCORES.items():
        mech = classes.get(name, SCRAM)
        declare(name, mech, score)
        mech.score = min(score, mech.score) if mech.score >= 0 else score


_declare_all()
