# SPDX-License-Identifier: MIT
"""Logging in (RFC 6120 §6), which the engine does: `StreamSASLHandler` has what it needs to know, on both ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xmppkit.pyxmpp2.cert import CertificateData
from xmppkit.pyxmpp2.constants import SASL_QNP
from xmppkit.pyxmpp2.exceptions import JIDError
from xmppkit.pyxmpp2.interfaces import StreamFeatureHandler
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.sasl.core import PasswordDatabase
from xmppkit.pyxmpp2.sasl.scram import SCRAMOperations
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.sasl.credentials import AccountRecord, Credentials, ScramRecord
from xmppkit.sasl.custom import custom_server_mechanisms
from xmppkit.sasl.policy import SaslPolicy

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xmppkit.pyxmpp2.streambase import StreamBase

__all__ = ["DefaultPasswordDatabase", "StreamSASLHandler"]

MECHANISMS_TAG = SASL_QNP + "mechanisms"
MECHANISM_TAG = SASL_QNP + "mechanism"


class DefaultPasswordDatabase(PasswordDatabase):
    """Knows the passwords of the setting ``user_passwords``, or the one account of ``username`` and ``password``."""

    def __init__(self, settings: XMPPSettings) -> None:
        self.settings = settings

    def get_password(
        self, username: str, acceptable_formats: Iterable[str], properties: Mapping[str, Any]
    ) -> tuple[Any, str | None]:
        if "plain" not in acceptable_formats:
            return None, None
        known = dict(self.settings["user_passwords"] or {})
        if self.settings["username"] and self.settings["password"] is not None:
            known.setdefault(self.settings["username"], self.settings["password"])
        password = known.get(username)
        return (None, None) if password is None else (password, "plain")


class StreamSASLHandler(StreamFeatureHandler):
    """Has a stream log in, or let log in.

    :param settings: None takes those of the stream.

    :ivar peer_sasl_mechanisms: what the server has offered last.
    """

    def __init__(self, settings: XMPPSettings | None = None) -> None:
        self.settings = settings
        self.peer_sasl_mechanisms: list[str] | None = None

    def note_offer(self, features: Element) -> None:
        """These features are on offer."""
        offer = features.find(MECHANISMS_TAG)
        if offer is not None:
            self.peer_sasl_mechanisms = [(each.text or "").strip() for each in offer.iterfind(MECHANISM_TAG)]

    def credentials(self, stream: StreamBase) -> Credentials:
        """What a client logs in with."""
        settings = stream.settings if self.settings is None else self.settings
        extra = settings["extra_auth_properties"]
        local = stream.me.local if stream.me is not None else None
        return Credentials(
            username=settings["username"] or local or "",
            password=settings["password"],
            authzid=str(settings["authzid"] or ""),
            external=settings["tls_cert_file"] is not None,
            realm=str(extra.get("realm") or ""),
            host=stream.peer.domain if stream.peer is not None else "",
            more={str(name): str(value) for name, value in extra.items() if value is not None},
        )

    def policy(self, stream: StreamBase) -> SaslPolicy:
        """What a server offers. A database that can only check passwords has to be shown them."""
        settings = stream.settings if self.settings is None else self.settings
        found = settings.sasl_policy
        database = settings["password_database"]
        if not _checks(database) or _is_own(database, "get_password"):
            return found
        return replace(
            found, allowed=tuple(name for name in found.allowed or ("PLAIN",) if not name.startswith("SCRAM-"))
        )

    def account(self, stream: StreamBase, username: str, mechanism: str) -> AccountRecord | None:
        """What a server knows of an account: the answer of the setting ``password_database``, or the certificate that
        the client has shown.

        :param username: for EXTERNAL the account that the client asks for; empty: the one of its certificate.
        :param mechanism: the one that the client uses.
        """
        if mechanism == "EXTERNAL":
            return self._certified(stream, username)
        settings = stream.settings if self.settings is None else self.settings
        database: PasswordDatabase = settings["password_database"]
        properties = stream.auth_properties
        if mechanism in custom_server_mechanisms():
            return AccountRecord(more={"password_database": database, "properties": properties})
        if mechanism in ("PLAIN", "LOGIN") and _checks(database):
            return AccountRecord(check=lambda password: bool(database.check_password(username, password, properties)))
        formats = ["plain"]
        hash_name = ""
        if mechanism.startswith("SCRAM-"):
            hash_name = mechanism.removeprefix("SCRAM-").removesuffix("-PLUS")
            formats += [f"SCRAM-{hash_name}-SaltedPassword", f"SCRAM-{hash_name}-Keys"]
        password, form = database.get_password(username, tuple(formats), properties)
        if password is None or form is None or form not in formats:
            return None
        if form == "plain":
            return AccountRecord(password=password)
        if form.endswith("-SaltedPassword"):
            record = SCRAMOperations(hash_name).record(*password)
        else:
            salt, iterations, stored_key, server_key = password
            record = ScramRecord(salt, iterations, stored_key, server_key)
        return AccountRecord(scram={f"SCRAM-{hash_name}": record})

    def _certified(self, stream: StreamBase, wanted: str) -> AccountRecord | None:
        """XEP-0178 §2: the one account here that the certificate names, or that of them which is asked for."""
        tls = stream.engine.tls_info if stream.engine is not None else None
        if tls is None or tls.certificate is None or stream.me is None:
            return None
        named = CertificateData.from_der_data(tls.certificate).accounts([stream.me.domain])
        here = {jid.bare() for jid in named}
        if wanted:
            try:
                here &= {JID(wanted).bare()}
            except JIDError:
                return None
        return AccountRecord(certified=str(here.pop().local)) if len(here) == 1 else None


def _is_own(database: PasswordDatabase, method: str) -> bool:
    return getattr(type(database), method, None) is not getattr(PasswordDatabase, method)


def _checks(database: PasswordDatabase) -> bool:
    """Whether a database has a way of its own to check a password: it may know none in a form that can be read."""
    return _is_own(database, "check_password")


XMPPSettings.add_setting(
    "password_database",
    type=object,
    factory=DefaultPasswordDatabase,
    default_d="the settings user_passwords, or username and password",
    doc="Server: what is known of passwords.",
)
