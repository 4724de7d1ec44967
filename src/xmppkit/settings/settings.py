# SPDX-License-Identifier: MIT
"""`Settings`: every knob of a stream, declared once: type, unit, default, what it takes, environment variable, flag.

A knob that is an attribute of `XMLStream`, `BaseXMPP` or `ClientXMPP` has its name there. Addresses and secrets are no
settings, but for a proxy's. A value that a knob does not take raises `ConfigurationError`, which names the knob, the
value and what it takes, wherever the value came from.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from xmppkit.exceptions import ConfigurationError
from xmppkit.protocol.options import StreamOptions
from xmppkit.records import record
from xmppkit.sasl.policy import MECHANISMS, ON_REQUEST, Binding, SaslPolicy, known_mechanisms
from xmppkit.settings.kinds import SWITCH, TAG, Choice, Maybe, Several, text, whole
from xmppkit.settings.knobs import Knob, limit, seconds, setting, shown, switch
from xmppkit.xml.limits import MIB, Limits

if TYPE_CHECKING:
    import argparse
    from typing import Self

__all__ = ["Settings"]

_FILE = text("a file", "FILE")
_PROXY = text("socks5://host:port or http://host:port", "URL", r"(socks5h?|http)://[^\s/?#]+/?")
_CA_FILES = Maybe(Several("a file", "FILE", os.pathsep), "the system's authorities")
_MECHANISMS = Maybe(
    Several("a SASL mechanism", "NAME", ",", (*MECHANISMS, *ON_REQUEST), also=known_mechanisms), "all that are safe"
)
_PINS = Maybe(
    Several(
        "spki-sha256:BASE64 or cert-sha256:HEX",
        "PIN",
        ",",
        pattern=r"spki-sha256:[A-Za-z0-9+/]{43}=|cert-sha256:[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}",
    ),
    "every valid certificate",
)
_MECHANISM = text("a SASL mechanism", "NAME", r"[A-Z0-9_-]{1,20}")
_BINDING = Choice(**{shown(each): each for each in Binding})
_LIBRARY = Choice(auto="auto", ssl="ssl", openssl="openssl")
#: Streams that are told the same share it.
_sasl_policy = lru_cache(64)(SaslPolicy)
_TLS = Choice(_1_2=ssl.TLSVersion.TLSv1_2, _1_3=ssl.TLSVersion.TLSv1_3)


@record(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a stream; immutable. Equal settings may serve any number of streams.

    :raises ConfigurationError: a value that its knob does not take, or values that contradict each other.
    """

    # Connecting
    use_ipv6: bool = switch(True, "Use IPv6 addresses, too.")
    connect_timeout: float = seconds(10.0, "How long connecting to one endpoint may take, with all its addresses.")
    happy_eyeballs_delay: float | None = seconds(
        0.25, "After this time the next address is tried beside one that has not answered.", "one after the other"
    )
    dns_timeout: float = seconds(5.0, "How long one look-up in DNS may take.")
    transports: tuple[str, ...] = setting(
        ("tcp",),
        Several("a kind of transport", "KIND", ",", ("tcp", "websocket", "bosh")),
        "How to connect where no address is given, in the order to try; websocket and bosh ask the domain's host-meta.",
    )
    host_meta_timeout: float = seconds(10.0, "How long looking up WebSocket and BOSH in host-meta may take.")
    negotiation_timeout: float = seconds(30.0, "How long the peer may take from connecting to the ready session.")
    proxy: str | None = setting(
        None,
        Maybe(_PROXY, "connect directly"),
        "The proxy to connect through; with user:password@ before the host if it asks for that.",
        secret=True,
    )
    max_redirects: int = setting(5, whole(0), "How often in a row a server may send us elsewhere.")
    auto_reconnect: bool = switch(True, "Connect again when the connection of a session is lost.")
    reconnect_delay: float = seconds(1.0, "The first pause between two attempts to connect; each doubles the next.")
    max_reconnect_delay: float = seconds(60.0, "The longest pause between two attempts to connect.")
    reconnect_attempts: int | None = setting(
        None, Maybe(whole(1), "never"), "After how many attempts in a row to give up.", "attempts"
    )

    # Encryption
    enable_direct_tls: bool = switch(True, "Use endpoints with TLS from the first byte (XEP-0368).")
    enable_starttls: bool = switch(True, "Use endpoints with STARTTLS.")
    enable_plaintext: bool = switch(False, "Allow connections that are not encrypted.")
    ca_certs: tuple[str, ...] | None = setting(None, _CA_FILES, "Files in PEM with the authorities to trust.")
    certfile: str | None = setting(
        None, Maybe(_FILE, "no certificate"), "Our own certificate in PEM, for SASL EXTERNAL."
    )
    keyfile: str | None = setting(None, Maybe(_FILE, "it is in certfile"), "The key of that certificate in PEM.")
    ciphers: str | None = setting(
        None, Maybe(text("an OpenSSL cipher list", "LIST"), "Python's choice"), "The ciphers for TLS 1.2."
    )
    pins: tuple[str, ...] | None = setting(
        None, _PINS, "Keys or certificates of which the server must show one, besides proving its name."
    )
    tls_minimum: ssl.TLSVersion = setting(ssl.TLSVersion.TLSv1_2, _TLS, "The oldest version of TLS.")
    tls_library: str = setting(
        "auto",
        _LIBRARY,
        "What does a client's TLS: Python's ssl, or pyOpenSSL, without which no login is bound to TLS 1.3 by its "
        "exporter; auto takes pyOpenSSL where it is installed.",
    )

    # Logging in
    sasl2: bool = switch(True, "Log in by SASL2 (XEP-0388) where a server offers it, and TLS protects it.")
    sasl_mechanisms: tuple[str, ...] | None = setting(None, _MECHANISMS, "The mechanisms that may be used.")
    plain_without_tls: bool = switch(False, "Let a password go over the wire unprotected. Only for tests.")
    scram_without_tls: bool = switch(False, "Use SCRAM without TLS, where who listens may guess at the password.")
    min_iterations: int = setting(4096, whole(1), "The fewest rounds of SCRAM that a server may ask for.", "rounds")
    max_iterations: int = setting(1_000_000, whole(1), "The most rounds of SCRAM that are computed.", "rounds")
    sasl_minimum: str | None = setting(
        None, Maybe(_MECHANISM, "any that is allowed"), "The weakest mechanism that may be used."
    )
    channel_binding: Binding = setting(
        Binding.IF_OFFERED, _BINDING, "Bind logins to their TLS connection, so that nobody in between can pass them on."
    )
    max_auth_attempts: int = setting(3, whole(1), "Failed attempts to log in on one stream before it ends.", "attempts")

    # The session
    default_lang: str | None = setting("en", Maybe(TAG, "unknown"), "The language of what we send.")
    session: bool = switch(True, "Establish the session of RFC 3921 where a server insists on it.")
    iq_timeout: float = seconds(120.0, "How long to wait for the answer to an IQ that says nothing else.")
    ack_timeout: float | None = seconds(
        15.0, "A connection is dead on which nothing has come so long after something was sent.", "TCP finds out"
    )
    idle_timeout: float | None = seconds(
        60.0, "A connection is dead on which nothing has come for so long, although we have asked.", "TCP finds out"
    )
    whitespace_keepalive: bool = switch(True, "Send a space now and then, so that a dead connection is noticed.")
    whitespace_keepalive_interval: float = seconds(300.0, "The pause between two of these spaces.")
    restore_presence: bool = switch(True, "Send the last presence again in the session after one that was lost.")
    end_session_on_disconnect: bool = switch(True, "Drop what waits to be sent when a session's connection is lost.")
    close_timeout: float = seconds(5.0, "How long closing waits for the peer's closing tag.")
    write_limit: int = setting(4 * MIB, whole(1), "What may wait to be written before reading pauses.", "bytes")

    # What a peer may send
    max_stanza_bytes: int | None = limit("The size of a stanza (RFC 6120 §13.12).", "bytes", 10_000)
    max_stanza_bytes_before_login: int | None = limit("The same before authentication.", "bytes", 10_000)
    max_depth: int | None = limit("Levels of elements in a stanza.", "levels", 8)
    max_attributes: int | None = limit("Attributes of an element.", "attributes", 16)
    max_children: int | None = limit("Children of an element.", "elements", 64)
    max_text_length: int | None = limit("The length of one run of text.", "characters")

    # Stanzas and contacts
    use_message_ids: bool = switch(True, "Give messages ids.")
    use_presence_ids: bool = switch(True, "Give presences ids.")
    use_origin_id: bool = switch(False, "Give messages origin ids (XEP-0359), too.")
    strict_interfaces: bool = switch(False, "Raise for unknown keys of stanzas, instead of a warning.")
    auto_authorize: bool | None = setting(
        True, Maybe(SWITCH, "ask the application"), "Accept (true) or refuse (false) all who ask to see our presence."
    )
    auto_subscribe: bool = switch(True, "Ask in return to see the presence of those who were accepted.")
    answer_strangers: bool = switch(
        True, "Answer questions that tell that we are online also to those who may not see our presence."
    )
    open_commands: bool = switch(True, "Let everybody run our commands (XEP-0050) that do not say who may.")

    def __post_init__(self) -> None:
        for name, knob in self.knobs().items():
            object.__setattr__(self, name, knob.check(getattr(self, name)))
        said = ""
        if not (self.enable_direct_tls or self.enable_starttls or self.enable_plaintext):
            said = "enable_direct_tls, enable_starttls and enable_plaintext cannot all be false"
        elif self.keyfile is not None and self.certfile is None:
            said = "keyfile needs certfile"
        elif self.sasl_minimum is not None and self.sasl_minimum not in known_mechanisms():
            said = f"sasl_minimum takes one of {', '.join(known_mechanisms())}, not {self.sasl_minimum!r}"
        elif self.min_iterations > self.max_iterations:
            said = f"min_iterations takes at most max_iterations, {self.max_iterations}"
        elif self.reconnect_delay > self.max_reconnect_delay:
            said = f"reconnect_delay takes at most max_reconnect_delay, {self.max_reconnect_delay:g} seconds"
        if said:
            raise ConfigurationError(said)

    # --- where settings come from ---------------------------------------------------------------------

    @classmethod
    def strict(cls, **changes: Any) -> Self:
        """Settings for programs that talk to strangers: nobody is let in, and no mistake passes, unasked.

        Differs from the default, which is slixmpp's, in this: who asks to see our presence waits for the application's
        word (``auto_authorize`` None), nobody is asked in return (``auto_subscribe`` False), strangers are not told
        that we are online (``answer_strangers`` False), commands that do not say who may run them are nobody's
        (``open_commands`` False), and an unknown key of a stanza raises (``strict_interfaces`` True). What protects the
        connection is strict already.

        :param changes: settings beside these.
        """
        values: dict[str, Any] = {
            "auto_authorize": None,
            "auto_subscribe": False,
            "answer_strangers": False,
            "open_commands": False,
            "strict_interfaces": True,
        }
        return cls(**{**values, **changes})

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, base: Self | None = None) -> Self:
        """What the environment variables say; a variable that looks like a misspelt one is logged.

        :param environ: the variables; None takes the process's.
        :param base: what holds where there is no variable; None takes the defaults.
        :raises ConfigurationError: a value that its knob does not take; names the variable.
        """
        from xmppkit.settings.sources import from_environment  # few programs need it

        return (base or cls()).replace(**from_environment(cls.knobs(), environ))

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser, names: Iterable[str] | None = None) -> None:
        """Add options to a command line: ``--connect-timeout SECONDS``, ``--use-ipv6``, ``--no-use-ipv6``.

        :param names: the settings to offer; None offers all.
        :raises ConfigurationError: a name that is no setting.
        """
        from xmppkit.settings.sources import add_options

        add_options(parser, [cls.knob(name) for name in (cls.knobs() if names is None else names)])

    @classmethod
    def from_arguments(cls, arguments: argparse.Namespace, *, base: Self | None = None) -> Self:
        """What a command line with `add_arguments` says.

        :param base: what holds where there is no option; None takes the defaults.
        :raises ConfigurationError: a value that its knob does not take; names the option.
        """
        from xmppkit.settings.sources import from_options

        return (base or cls()).replace(**from_options(cls.knobs(), arguments))

    # --- what is known of them ------------------------------------------------------------------------

    @classmethod
    @cache
    def knobs(cls) -> Mapping[str, Knob]:
        """All knobs, by name, in order."""
        return {
            item.name: Knob(
                item.name, item.metadata["kind"], item.default, item.metadata["unit"], item.metadata["help"]
            )
            for item in fields(cls)
        }

    @classmethod
    @cache
    def defaults(cls) -> Self:
        """The settings as they are by default: one object, for all streams that are told nothing else."""
        return cls()

    @classmethod
    def knob(cls, name: str) -> Knob:
        """One knob.

        :raises ConfigurationError: there is none of that name; names the one that was probably meant.
        """
        knobs = cls.knobs()
        if name not in knobs:
            from xmppkit.settings.sources import close_to

            meant = "".join(f"; was {close} meant?" for close in close_to(name, knobs))
            raise ConfigurationError(f"there is no setting {name!r}{meant}")
        return knobs[name]

    def replace(self, **changes: Any) -> Self:
        """A copy with some settings changed.

        :raises ConfigurationError: a name that is no setting, or a value that its knob does not take.
        """
        values = {name: getattr(self, name) for name in self.knobs()}
        for name in changes:
            self.knob(name)
        return type(self)(**{**values, **changes})

    # --- what becomes of them -------------------------------------------------------------------------

    @property
    def sasl_policy(self) -> SaslPolicy:
        """What holds of logging in, as one object: ``print(settings.sasl_policy)`` shows a table of all mechanisms, and
        which rule refuses those that may not be used."""
        return _sasl_policy(
            allowed=self.sasl_mechanisms,
            plain_without_tls=self.plain_without_tls,
            scram_without_tls=self.scram_without_tls,
            min_iterations=self.min_iterations,
            max_iterations=self.max_iterations,
            minimum=self.sasl_minimum or "",
            channel_binding=self.channel_binding,
        )

    def limits(self, role: Limits) -> Limits:
        """What a peer may send once it is authenticated.

        :param role: what holds where nothing is set, as ``Limits.client()``.
        """
        names = ("stanza_bytes", "depth", "attributes", "children", "text_length")
        said = {name: value for name in names if (value := getattr(self, f"max_{name}")) is not None}
        return role.replace(**said) if said else role

    def stream_options(self, role: Limits | None = None, **changes: object) -> StreamOptions:
        """The engine's part.

        :param role: the limits of the role; None takes a client's.
        :param changes: what no setting says, as ``tls``, ``ssl_context``, ``credentials``: see `StreamOptions`.
        """
        before = Limits.before_authentication()
        if self.max_stanza_bytes_before_login is not None:
            before = before.replace(stanza_bytes=self.max_stanza_bytes_before_login)
        same = ("max_auth_attempts", "session", "negotiation_timeout", "close_timeout")
        own = {
            "lang": self.default_lang,
            "sasl": None if "sasl" in changes else self.sasl_policy,
            "pins": self.pins or (),
            "limits_before_authentication": before,
            "limits": self.limits(role or Limits.client()),
            **{name: getattr(self, name) for name in same},
        }
        return StreamOptions(**{**own, **changes})

    def apply(self, stream: object) -> None:
        """Set those attributes of a stream (an `XMLStream`, a `ClientXMPP` …) that are settings and differ from the
        default. The others stay as its class has them: a component's are not a client's."""
        if self is self.defaults():
            return
        for name, knob in self.knobs().items():
            value = getattr(self, name)
            if value != knob.default and hasattr(stream, name):
                setattr(stream, name, value)
