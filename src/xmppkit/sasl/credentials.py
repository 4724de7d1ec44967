# SPDX-License-Identifier: MIT
"""What proves who somebody is: a client's credentials, a server's records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["AccountRecord", "Credentials", "ScramRecord"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client logs in with. The secrets do not show in its `repr`.

    :ivar username: the account's name, the local part of its JID; empty to log in anonymously.
    :ivar password: None when there is none, as with a client certificate.
    :ivar authzid: act as this JID instead of as the account itself; nearly always empty.
    :ivar external: a client certificate is set up in the TLS context, so EXTERNAL may be used.
    """

    username: str = ""
    password: str | None = field(default=None, repr=False)
    authzid: str = ""
    external: bool = False


@dataclass(frozen=True, slots=True)
class ScramRecord:
    """What a server keeps of a password for one SCRAM mechanism (RFC 5802 §3): not enough to log in with.

    :ivar salt: bytes mixed into the hash.
    :ivar iterations: rounds of PBKDF2.
    """

    salt: bytes
    iterations: int
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What a server knows of an account.

    :ivar password: in the clear, or None when only SCRAM records are kept.
    :ivar scram: records by mechanism name without ``-PLUS``. For a mechanism that is missing here one is made
        from `password`; without a password that mechanism cannot be used.
    :ivar certified: the user name that the client's TLS certificate proves, for EXTERNAL (XEP-0178). Empty when
        it proves none, and then EXTERNAL is refused whatever else is known of the account.
    """

    password: str | None = field(default=None, repr=False)
    scram: Mapping[str, ScramRecord] = field(default_factory=dict, repr=False)
    certified: str = ""
