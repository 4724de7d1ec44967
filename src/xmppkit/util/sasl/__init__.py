# SPDX-License-Identifier: MIT
"""Logging in with mechanisms of a program's own, and with ours by hand: slixmpp's ``util.sasl`` (RFC 4422).

A stream needs none of this: it uses `xmppkit.sasl`. A class that is declared here is used by streams too::

    @sasl_mech(90)
    class OneTimePassword(Mech):
        name = "X-OTP"
        required_credentials = {"username", "code"}

        def process(self, challenge=b""):
            return self.credentials["username"] + b":" + self.credentials["code"]

    client.credentials["code"] = "123456"
"""

from __future__ import annotations

from xmppkit.exceptions import SASLCancelled, SASLFailed, SASLMutualAuthFailed, SASLNoAppropriateMechanism
from xmppkit.sasl.prep import saslprep
from xmppkit.util.sasl.client import (
    MECH_SEC_SCORES,
    MECHANISMS,
    CredentialsCallback,
    Mech,
    SecurityCallback,
    choose,
    sasl_mech,
)
from xmppkit.util.sasl.mechanisms import (
    ANONYMOUS,
    CRAM,
    DIGEST,
    EXTERNAL,
    LOGIN,
    PLAIN,
    SCRAM,
    X_FACEBOOK_PLATFORM,
    X_GOOGLE_TOKEN,
    X_MESSENGER_OAUTH2,
    X_OAUTH2,
)

__all__ = [
    "ANONYMOUS",
    "CRAM",
    "DIGEST",
    "EXTERNAL",
    "LOGIN",
    "MECHANISMS",
    "MECH_SEC_SCORES",
    "PLAIN",
    "SCRAM",
    "X_FACEBOOK_PLATFORM",
    "X_GOOGLE_TOKEN",
    "X_MESSENGER_OAUTH2",
    "X_OAUTH2",
    "CredentialsCallback",
    "Mech",
    "SASLCancelled",
    "SASLFailed",
    "SASLMutualAuthFailed",
    "SASLNoAppropriateMechanism",
    "SecurityCallback",
    "choose",
    "sasl_mech",
    "saslprep",
]
