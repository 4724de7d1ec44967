# SPDX-License-Identifier: MIT
"""What proves who somebody is: a client's credentials, a server's records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from xmppkit.records import record

if TYPE_CHECKING:
    from xmppkit.sasl.ht import TokenRecord

__all__ = ["AccountRecord", "Credentials", "ScramRecord"]

# Without these there is nobody to log in as, or nothing to prove it with; the others may be empty.
_NEVER_EMPTY: Final = frozenset({"username", "email", "access_token", "api_key"})


@record(frozen=True, slots=True)
class Credentials:
    """What a client logs in with. The secrets do not show in its `repr`.

    :ivar username: the account's name, the local part of its JID; empty to log in anonymously.
    :ivar password: None when there is none, as with a client certificate.
    :ivar authzid: act as this JID instead of as the account itself; nearly always empty.
    :ivar external: a client certificate is set up in the TLS context, so EXTERNAL may be used.
    :ivar realm: DIGEST-MD5: which of the server's realms the account belongs to; empty takes the one that it offers.
    :ivar host: DIGEST-MD5: the domain to log in to.
    :ivar service: DIGEST-MD5: what is logged in to, as registered for GSSAPI.
    :ivar service_name: DIGEST-MD5: the service's name where it is not `host`; nearly always empty.
    :ivar email: the account's address, for X-GOOGLE-TOKEN.
    :ivar access_token: a token in place of a password, for OAUTHBEARER, and the vendors' mechanisms with tokens.
    :ivar api_key: the program's own key, for X-FACEBOOK-PLATFORM.
    :ivar more: what else mechanisms of the program want to know, by name.
    """

    username: str = ""
    password: str | None = field(default=None, repr=False)
    authzid: str = ""
    external: bool = False
    realm: str = ""
    host: str = ""
    service: str = "xmpp"
    service_name: str = ""
    email: str = ""
    access_token: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    more: Mapping[str, str] = field(default_factory=dict, repr=False)

    def value(self, name: str) -> str | None:
        """The credential called `name`, as ``username`` or ``service-name``; None: there is none."""
        known = {
            "username": self.username,
            "password": self.password,
            "authzid": self.authzid,
            "realm": self.realm,
            "host": self.host,
            "service": self.service,
            "service-name": self.service_name,
            "email": self.email,
            "access_token": self.access_token,
            "api_key": self.api_key,
        }
        return known[name] if name in known else self.more.get(name)

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that are not here, in alphabetical order."""
        found = {name: self.value(name) for name in names}
        return sorted(name for name, value in found.items() if value is None or (not value and name in _NEVER_EMPTY))


@record(frozen=True, slots=True)
class ScramRecord:
    """What a server keeps of a password for one SCRAM mechanism (RFC 5802 §3): not enough to log in with.

    :ivar salt: bytes mixed into the hash.
    :ivar iterations: rounds of PBKDF2.
    """

    salt: bytes
    iterations: int
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


@record(frozen=True, slots=True)
class AccountRecord:
    """What a server knows of an account.

    :ivar password: in the clear, or None when only SCRAM records are kept.
    :ivar scram: records by mechanism name without ``-PLUS``. For a mechanism that is missing here one is made
        from `password`; without a password that mechanism cannot be used.
    :ivar check: takes a password and says whether it is the account's, where that is all that can be known of it. It
        goes before `password` and `scram`, and serves the mechanisms that show the password.
    :ivar more: for the server's halves that programs bring along (`CustomMechanism`).
    :ivar tokens: what the client that logs in was given for HT-SHA-256-… (XEP-0484); not those of the account's other
        clients.
    :ivar certified: the user name that the client's TLS certificate proves, for EXTERNAL (XEP-0178). Empty when
        it proves none, and then EXTERNAL is refused whatever else is known of the account.
    :ivar bearer: takes a bearer token, for OAUTHBEARER, and gives the user name of the account that it is for; empty
        when it is good for none. It should compare in constant time (`hmac.compare_digest`). None: no token is.
    """

    password: str | None = field(default=None, repr=False)
    scram: Mapping[str, ScramRecord] = field(default_factory=dict, repr=False)
    certified: str = ""
    check: Callable[[str], bool] | None = field(default=None, repr=False)
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)
    bearer: Callable[[str], str] | None = field(default=None, repr=False)
    tokens: tuple[TokenRecord, ...] = field(default=(), repr=False)
