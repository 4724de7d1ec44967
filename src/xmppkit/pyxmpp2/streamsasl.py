# SPDX-License-Identifier: MIT
"""Logging in (RFC 6120 §6), which the engine does: `StreamSASLHandler` has what it needs to know, on both ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from xmppkit.pyxmpp2.cert import CertificateData
from xmppkit.pyxmpp2.constants import SASL_QNP
from xmppkit.pyxmpp2.exceptions import JIDError
from xmppkit.pyxmpp2.interfaces import StreamFeatureHandler
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.sasl.core import PasswordDatabase, password_of, unknown_account
from xmppkit.pyxmpp2.sasl.scram import SCRAMOperations
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.sasl.credentials import AccountRecord, Credentials, ScramRecord
from xmppkit.sasl.custom import custom_server_mechanisms
from xmppkit.sasl.policy import MECHANISMS, SaslPolicy

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

    @property
    def formats(self) -> tuple[str, ...]:
        return ("plain",) if self._known() else ()

    def get_password(
        self, username: str, acceptable_formats: Iterable[str], properties: Mapping[str, Any]
    ) -> tuple[Any, str | None]:
        if "plain" not in acceptable_formats:
            return None, None
        password = self._known().get(username)
        return (None, None) if password is None else (password, "plain")

    def _known(self) -> dict[str, str]:
        known = dict(self.settings["user_passwords"] or {})
        if self.settings["username"] and self.settings["password"] is not None:
            known.setdefault(self.settings["username"], self.settings["password"])
        return known


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
        """What a server offers: nothing that its database can have for nobody. One that can only check passwords has to
        be shown them."""
        settings = stream.settings if self.settings is None else self.settings
        found = settings.sasl_policy
        database = settings["password_database"]
        wanted = found.allowed if found.allowed is not None else _WITH_PASSWORD
        kept = tuple(name for name in wanted if _serves(database, name))
        return found if kept == wanted else replace(found, allowed=kept)

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
        formats = _formats(mechanism)
        hash_name = mechanism.removeprefix("SCRAM-").removesuffix("-PLUS")
        password, form = password_of(database, username, formats, properties)
        if password is None or form is None or form not in formats:
            return unknown_account(database, f"SCRAM-{hash_name}", username) if len(formats) > 1 else None
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


#: What is offered where nothing is named.
_WITH_PASSWORD: Final = tuple(name for name in MECHANISMS if name == "PLAIN" or name.startswith("SCRAM-"))
#: What needs a password in one of `_formats`.
_FROM_PASSWORD: Final = frozenset({*_WITH_PASSWORD, "LOGIN", "DIGEST-MD5", "CRAM-MD5"})


def _formats(mechanism: str) -> tuple[str, ...]:
    """The formats of passwords that a mechanism can use."""
    if not mechanism.startswith("SCRAM-"):
        return ("plain",)
    name = mechanism.removesuffix("-PLUS")
    return ("plain", f"{name}-SaltedPassword", f"{name}-Keys")


def _serves(database: PasswordDatabase, mechanism: str) -> bool:
    """Whether there may be an account that a database lets in by `mechanism`."""
    if mechanism in custom_server_mechanisms():
        return True
    if mechanism not in _FROM_PASSWORD:
        return mechanism != "OAUTHBEARER"  # nobody here can tell whose a token is
    if mechanism in ("PLAIN", "LOGIN") and _checks(database):
        return True
    known = getattr(database, "formats", None)
    if known is None:
        return _is_own(database, "get_password")
    return any(each in known for each in _formats(mechanism))


def _is_own(database: PasswordDatabase, method: str) -> bool:
    found = getattr(type(database), method, None)
    return found is not None and found is not getattr(PasswordDatabase, method)


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
