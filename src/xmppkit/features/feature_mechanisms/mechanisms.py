# SPDX-License-Identifier: MIT
"""Stream Feature: SASL (RFC 6120 §6): which mechanisms may be used, and with what to log in."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from xmppkit.exceptions import ConfigurationError
from xmppkit.features.feature_mechanisms import stanza
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.policy import MECHANISMS, SaslPolicy

__all__ = ["FeatureMechanisms"]

_REQUIRED = frozenset({"username", "password"})
_OPTIONAL = frozenset({"authzid"})
_DEFAULT = SaslPolicy()


class FeatureMechanisms(BasePlugin):
    """Logging in.

    ``use_mech``, ``use_mechs``
        the one mechanism, or those, that may be used; None: any that the library has.
    ``min_mech``
        only mechanisms stronger than this one.
    ``encrypted_plain``, ``unencrypted_plain``, ``unencrypted_scram``
        whether PLAIN may be used with TLS (True), without TLS (False), SCRAM without TLS (False). Without TLS there is
        no login at all unless the stream's ``enable_plaintext`` is set.
    ``sasl_callback``
        called with the names of the credentials that are required and of those that may be given; returns them as a
        dict. It may be a coroutine function. For programs that ask the user when the server asks for the password.
    """

    name = "feature_mechanisms"
    description = "Stream Feature: SASL"
    stanza = stanza
    # COMPAT(slixmpp 1.17): the options that mean nothing here are accepted: the names are in programs.
    default_config: Mapping[str, Any] = {
        "use_mech": None,
        "use_mechs": None,
        "min_mech": None,
        "sasl_callback": None,
        "security_callback": None,
        "encrypted_plain": True,
        "unencrypted_plain": False,
        "unencrypted_digest": False,
        "unencrypted_cram": False,
        "unencrypted_scram": False,
        "order": 100,
        "tls_version": None,
    }

    def make_policy(self, base: SaslPolicy = _DEFAULT) -> SaslPolicy:
        """What the options say, for the engine.

        :param base: what holds where the options say nothing.
        :raises ConfigurationError: one of them names a mechanism that there is not.
        """
        allowed = self._named(base)
        minimum = self.config["min_mech"]
        if minimum:
            self._check("min_mech", minimum)
            stronger = MECHANISMS[: MECHANISMS.index(minimum)]
            allowed = [name for name in _all_if_none(allowed) if name in stronger]
        if not self.config["encrypted_plain"]:
            allowed = [name for name in _all_if_none(allowed) if name != "PLAIN"]
        return replace(
            base,
            allowed=None if allowed is None else tuple(allowed),
            plain_without_tls=base.plain_without_tls or bool(self.config["unencrypted_plain"]),
            scram_without_tls=base.scram_without_tls or bool(self.config["unencrypted_scram"]),
        )

    def _named(self, base: SaslPolicy) -> list[str] | None:
        one = self.config["use_mech"]
        several: Iterable[str] | None = self.config["use_mechs"]
        if one:
            self._check("use_mech", one)
            return [one]
        if several:
            names = list(several)
            for name in names:
                self._check("use_mechs", name)
            return names
        return None if base.allowed is None else list(base.allowed)

    def _check(self, option: str, name: str) -> None:
        if name not in MECHANISMS:
            raise ConfigurationError(
                f"feature_mechanisms.{option}: no SASL mechanism {name!r}; there are {', '.join(MECHANISMS)}"
            )

    def make_credentials(self, stated: Mapping[str, str], jid: JID, certificate: bool) -> Credentials | None:
        """What to log in with; None: to be asked for when the server offers its mechanisms.

        :param stated: the client's `credentials`.
        :param certificate: the TLS context has a certificate of ours.
        """
        if self.config["sasl_callback"] is not None:
            return None
        return self._credentials(stated, jid, certificate)

    def ask_credentials(self, stated: Mapping[str, str], jid: JID) -> Credentials | Awaitable[Credentials]:
        """Ask the program's ``sasl_callback``, which may be a coroutine function; what it leaves out is taken from
        `stated`."""
        callback: Callable[[set[str], set[str]], Any] = self.config["sasl_callback"]
        given = callback(set(_REQUIRED), set(_OPTIONAL))
        if inspect.isawaitable(given):
            return self._wait_for_credentials(given, stated, jid)
        return self._credentials({**stated, **given}, jid, certificate=False)

    async def _wait_for_credentials(
        self, given: Awaitable[Mapping[str, str]], stated: Mapping[str, str], jid: JID
    ) -> Credentials:
        return self._credentials({**stated, **await given}, jid, certificate=False)

    @staticmethod
    def _credentials(stated: Mapping[str, str], jid: JID, certificate: bool) -> Credentials:
        return Credentials(
            username=stated.get("username") or jid.local,
            password=stated.get("password") or None,
            authzid=stated.get("authzid", ""),
            external=certificate,
        )


def _all_if_none(allowed: list[str] | None) -> Iterable[str]:
    return MECHANISMS if allowed is None else allowed  # an empty list allows nothing


register_plugin(FeatureMechanisms)
