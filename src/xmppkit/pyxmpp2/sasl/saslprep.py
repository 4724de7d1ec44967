# SPDX-License-Identifier: MIT
"""`SASLPREP`: the profile that prepares user names and passwords (RFC 4013)."""

from __future__ import annotations

from xmppkit.exceptions import SASLFailed
from xmppkit.pyxmpp2.exceptions import StringprepError
from xmppkit.sasl.prep import saslprep

__all__ = ["SASLPREP"]


class _Profile:
    """A profile of stringprep."""

    def prepare(self, data: str) -> str:
        """`data` prepared to be stored.

        :raises StringprepError: the profile does not allow it.
        """
        try:
            return saslprep(data)
        except SASLFailed as error:
            raise StringprepError(str(error)) from error

    prepare_query = prepare


SASLPREP = _Profile()
