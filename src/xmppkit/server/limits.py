# SPDX-License-Identifier: MIT
"""What the embedded server lets its clients do."""

from __future__ import annotations

from dataclasses import dataclass, fields

from xmppkit.exceptions import ConfigurationError

__all__ = ["ServerLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """Bounds on what clients can make the server keep.

    What one stanza may hold is another matter: see `xmppkit.xml.limits.Limits.server`.

    :raises ConfigurationError: a bound that is not a whole number of 0 or more.
    """

    connections: int = 1000
    """Connections at a time; further ones are closed at once."""

    strangers: int = 500
    """Connections at a time that have not logged in; for a further one the oldest of them is closed."""

    bosh_per_address: int = 100
    """Sessions over BOSH from one address; a further one is refused with `policy-violation`."""

    resources: int = 32
    """Sessions of one account; a further one is refused with `resource-constraint`."""

    accounts: int = 10_000
    """Accounts that clients may make themselves, beside those that there are; further ones are refused with
    `resource-constraint`."""

    registrations: int = 5
    """Accounts that may be made from one address in `registrations_seconds`; further ones are refused with
    `resource-constraint`. 0: any number."""

    registrations_seconds: int = 3600
    """See `registrations`."""

    failed_logins: int = 30
    """Logins from one address that may fail in `failed_logins_seconds`; further ones are refused with
    `temporary-auth-failure`, also those that would be right. 0: any number."""

    failed_logins_seconds: int = 60
    """See `failed_logins`."""

    roster_items: int = 1000
    """Contacts of one account, requests that wait included; further ones are refused with `resource-constraint`, and
    further requests dropped."""

    groups: int = 32
    """Groups of one contact; more are refused with `not-acceptable`."""

    name_length: int = 1023
    """Characters of a contact's name, or of a group's; more are refused with `not-acceptable`."""

    offline_messages: int = 100
    """Messages that wait for one account; further ones are refused with `service-unavailable`."""

    offline_bytes: int = 1024 * 1024
    """Bytes of the messages that wait for one account, likewise."""

    directed: int = 1000
    """Addresses that one session may have sent directed presence to; further ones are refused with
    `resource-constraint`."""

    unsent_bytes: int = 4 * 1024 * 1024
    """Bytes that may wait for a client that does not read; past it the connection is cut."""

    resume_seconds: int = 300
    """For how long a session is kept whose connection was lost (XEP-0198); 0: none is."""

    token_seconds: int = 21 * 86400
    """For how long a client can log in with a token that it was given (XEP-0484); it is given another one when half of
    that is over. 0: there are no tokens."""

    unacked: int = 1000
    """Stanzas that a client may leave unacknowledged (XEP-0198); past it the session ends."""

    unacked_bytes: int = 4 * 1024 * 1024
    """The same in characters of XML."""

    request_bytes: int = 10 * 1024
    """Size of a subscription request that is kept until it is answered; of a larger one the payload is dropped."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ConfigurationError(f"{field.name} takes a whole number of 0 or more, not {value!r}")
