# SPDX-License-Identifier: MIT
"""Stream Feature: SASL (RFC 6120 §6): which mechanisms may be used, and with what to log in."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from xmppkit.exceptions import ConfigurationError
from xmppkit.features.feature_mechanisms import stanza
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, register_plugin
from xmppkit.protocol.features.sasl import MECHANISMS as FEATURE
from xmppkit.protocol.features.sasl2 import SASL2
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.negotiation import Feature
from xmppkit.sasl.credentials import Credentials
from xmppkit.sasl.custom import custom_mechanisms
from xmppkit.sasl.policy import MECHANISMS, SCORES, SaslPolicy, known_mechanisms, score
from xmppkit.sasl.registry import wanted_credentials

__all__ = ["FeatureMechanisms"]

log = logging.getLogger(__name__)

_DEFAULT = SaslPolicy()
# The settings that ``security_callback`` is asked for; what is a fact of the connection is none of them.
_SETTINGS: Final = frozenset({
    "encrypted_plain",
    "unencrypted_plain",
    "unencrypted_scram",
    "unencrypted_digest",
    "unencrypted_cram",
})  # fmt: skip
# Those that show the password itself.
_PLAIN: Final = frozenset({"PLAIN", "LOGIN"})
# The credentials that `Credentials` has a place for: key of a client's ``credentials`` → field.
_PLACES: Final = {
    "authzid": "authzid",
    "realm": "realm",
    "host": "host",
    "service": "service",
    "service-name": "service_name",
    "email": "email",
    "access_token": "access_token",
    "api_key": "api_key",
}

#: All that is not for mechanisms of the program.
_KNOWN: Final = frozenset({*_PLACES, "username", "password"})

Given = Mapping[str, Any]


class FeatureMechanisms(BasePlugin):
    """Logging in. Every option counts from the next connection on.

    ``use_mech``, ``use_mechs``
        the one mechanism, or those, that may be used; None: any that is safe. LOGIN, CRAM-MD5, DIGEST-MD5 and the
        tokens of vendors (X-OAUTH2, X-GOOGLE-TOKEN, X-MESSENGER-OAUTH2, X-FACEBOOK-PLATFORM) are used only when
        they are named here, and over TLS only. Naming EXTERNAL says that the TLS context has a certificate of ours.
    ``min_mech``
        only mechanisms stronger than this one.
    ``encrypted_plain``
        whether PLAIN (and LOGIN, if it is named) may be used with TLS (True).
    ``unencrypted_plain``, ``unencrypted_scram``
        whether PLAIN, and the mechanisms of SCRAM, may be used without TLS (False). Without TLS there is no login at
        all unless the stream's ``enable_plaintext`` is set.
    ``unencrypted_digest``, ``unencrypted_cram``
        without effect: these are used over TLS only. A log line says so when one of them is set.
    ``sasl_callback``
        called with the names of the credentials that are required and of those that may be given, for the strongest
        mechanism that is usable; returns them as a dict, and what it leaves out is taken from the client's
        ``credentials``. A function or a coroutine function, for programs that ask the user when the server asks. When
        the server refuses what it gave it is called again, up to the setting ``max_auth_attempts``.
    ``security_callback``
        called, when a connection is made, with the names of the settings above (``encrypted_plain``,
        ``unencrypted_…``), and by mechanisms of the program with the names of theirs; what it returns takes their
        place. A plain function.
    ``order``
        the turn of the login among the stream features (100).
    ``tls_version``
        what mechanisms of the program are told of the TLS version; None: what it is, as ``TLSv1.3``.
    """

    name = "feature_mechanisms"
    description = "Stream Feature: SASL"
    sleeps = False  # every client logs in
    stanza = stanza
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
        "order": FEATURE.order,
        "tls_version": None,
    }

    # --- the policy -----------------------------------------------------------------------------------

    @property
    def _said(self) -> Given:
        """The options by name, for reading: to look for each as an attribute takes long, and every client asks."""
        return self.default_config if self._config is None else self._config

    def make_policy(self, base: SaslPolicy = _DEFAULT) -> SaslPolicy:
        """What the options say, for the engine.

        :param base: what holds where the options say nothing.
        :raises ConfigurationError: one of them names a mechanism that there is not, or ``security_callback`` is a
            coroutine function.
        """
        settings = self._settings(_SETTINGS)
        for name in ("unencrypted_digest", "unencrypted_cram"):
            if settings[name]:
                log.warning("feature_mechanisms.%s has no effect: the mechanism is used over TLS only", name)
        allowed = self._named(base)
        minimum = self._said["min_mech"]
        if minimum:
            self._check("min_mech", minimum)
            allowed = [name for name in _all_if_none(allowed) if score(name) > score(minimum)]
        if not settings["encrypted_plain"]:
            allowed = [name for name in _all_if_none(allowed) if name not in _PLAIN]
        return replace(
            base,
            allowed=None if allowed is None else tuple(allowed),
            plain_without_tls=base.plain_without_tls or bool(settings["unencrypted_plain"]),
            scram_without_tls=base.scram_without_tls or bool(settings["unencrypted_scram"]),
            security=self._security,
        )

    def _named(self, base: SaslPolicy) -> list[str] | None:
        one = self._said["use_mech"]
        several: Iterable[str] | None = self._said["use_mechs"]
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
        known = known_mechanisms()
        if name not in known:
            raise ConfigurationError(
                f"feature_mechanisms.{option}: no SASL mechanism {name!r}; there are {', '.join(known)}"
            )

    def _settings(self, names: frozenset[str]) -> dict[str, Any]:
        """What the options say of `names`, and what ``security_callback`` says instead."""
        said = self._said
        settings = {name: said[name] if name in said else getattr(self, name, False) for name in names}
        callback: Callable[[set[str]], Given] | None = said["security_callback"]
        if callback is None:
            return settings
        if inspect.iscoroutinefunction(callback):
            raise ConfigurationError("feature_mechanisms.security_callback must be a plain function")
        return {**settings, **callback(set(names))}

    def _security(self, names: frozenset[str]) -> dict[str, Any]:
        """What a mechanism of the program asks for."""
        settings = self._settings(names)
        if "tls_version" in names and settings["tls_version"] is None:
            engine = self.xmpp.engine
            tls = engine.tls_info if isinstance(engine, ClientStream) else None
            settings["tls_version"] = None if tls is None else tls.version
        return settings

    def make_features(self) -> tuple[Feature, ...]:
        """The login at its turn, for the engine, when ``order`` is not what it is anyway."""
        order = self._said["order"]
        if order == FEATURE.order:
            return ()
        return (replace(SASL2, order=order + SASL2.order - FEATURE.order), replace(FEATURE, order=order))

    # --- the credentials ------------------------------------------------------------------------------

    def make_credentials(self, stated: Mapping[str, str], jid: JID, certificate: bool) -> Credentials | None:
        """What to log in with; None: to be asked for when the server offers its mechanisms.

        :param stated: the client's `credentials`.
        :param certificate: the TLS context has a certificate of ours.
        """
        if self._said["sasl_callback"] is not None:
            return None
        return self._credentials(stated, jid, certificate)

    def ask_credentials(
        self, stated: Mapping[str, str], jid: JID, offered: Iterable[str] = (), certificate: bool = False
    ) -> Credentials | Awaitable[Credentials]:
        """Ask the program's ``sasl_callback``, which may be a coroutine function; what it leaves out is taken from
        `stated`.

        :param offered: the mechanisms that the server offers: those that may be used decide what is asked for.
        :param certificate: the TLS context has a certificate of ours.
        """
        callback: Callable[[set[str], set[str]], Any] = self.sasl_callback
        engine = self.xmpp.engine
        policy = engine.options.sasl if isinstance(engine, ClientStream) else self.make_policy()
        required, optional = wanted_credentials(
            offered,
            policy,
            secure=isinstance(engine, ClientStream) and engine.secure,
            account=bool(stated.get("username") or jid.local),
            certificate=self._certified(certificate),
        )
        given = callback(set(required), set(optional))
        if inspect.isawaitable(given):
            return self._wait_for_credentials(given, stated, jid, certificate)
        return self._credentials({**stated, **given}, jid, certificate)

    async def _wait_for_credentials(
        self, given: Awaitable[Given], stated: Mapping[str, str], jid: JID, certificate: bool
    ) -> Credentials:
        return self._credentials({**stated, **await given}, jid, certificate)

    def _certified(self, certificate: bool) -> bool:
        """Whether EXTERNAL may be used: who names it has set up the TLS context by hand."""
        return certificate or bool(self._said["use_mech"] == "EXTERNAL")

    def _credentials(self, stated: Given, jid: JID, certificate: bool) -> Credentials:
        known = {field: stated[key] for key, field in _PLACES.items() if stated.get(key)}
        return Credentials(
            **{"host": jid.domain, "email": jid.bare, **known},
            username=stated.get("username") or jid.local,
            password=stated.get("password") or None,
            external=self._certified(certificate),
            more={key: value for key, value in stated.items() if key not in _KNOWN and value},
        )


def _all_if_none(allowed: list[str] | None) -> Iterable[str]:
    if allowed is not None:
        return allowed  # an empty list allows nothing
    return (*MECHANISMS, *(name for name in custom_mechanisms() if name not in SCORES))


register_plugin(FeatureMechanisms)
