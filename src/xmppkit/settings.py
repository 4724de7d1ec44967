# SPDX-License-Identifier: MIT
"""Every knob of a stream, declared once: type, unit, default, what it takes, environment variable, command-line flag.

::

    settings = Settings(connect_timeout=5.0, sasl_mechanisms=("SCRAM-SHA-256",))
    settings = Settings.strict()                                # for programs that talk to strangers
    settings = Settings.from_env()                              # XMPPKIT_CONNECT_TIMEOUT=5 python bot.py
    Settings.add_arguments(parser); settings = Settings.from_arguments(parser.parse_args())

A knob that is an attribute of `XMLStream`, `BaseXMPP` or `ClientXMPP` has its name there. Addresses and secrets are no
settings, but for a proxy's. A value that a knob does not take raises `ConfigurationError`, which names the knob, the
value and what it takes, wherever the value came from.
"""

from __future__ import annotations

import logging
import os
import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from xmppkit.exceptions import ConfigurationError
from xmppkit.protocol.options import StreamOptions
from xmppkit.records import record
from xmppkit.sasl.policy import MECHANISMS, ON_REQUEST, SaslPolicy, known_mechanisms
from xmppkit.stanza.codecs import BOOLEAN, FLOAT, LANGUAGE, TEXT, Codec, IntegerCodec
from xmppkit.xml.limits import MIB, Limits

if TYPE_CHECKING:
    import argparse
    from typing import Self

__all__ = ["PREFIX", "Knob", "Settings", "shown"]

log = logging.getLogger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: What the names of all environment variables begin with.
PREFIX = "XMPPKIT_"
#: How None is written in an environment variable and on the command line.
NONE = "none"
#: A regular expression for text that is not empty.
ANYTHING = "(?s).+"


# --- kinds of values ------------------------------------------------------------------------------------


class Kind(Protocol[T_co]):
    """What a knob takes. `description` completes the sentence "it takes …"; `metavar` stands for a value in help."""

    description: str
    metavar: str

    def check(self, value: Any, /) -> T_co:
        """`value`, in the form in which it is kept; ValueError or TypeError for what the knob does not take."""

    def parse(self, text: str, /) -> T_co:
        """The value that `text` stands for; ValueError or TypeError if there is none."""


class Coded(Generic[T]):
    """What a codec reads and writes.

    :param accept: what is true of all values.
    """

    __slots__ = ("_accept", "_codec", "description", "metavar")

    def __init__(
        self, codec: Codec[T], metavar: str, description: str = "", accept: Callable[[T], bool] = lambda value: True
    ) -> None:
        self._accept = accept
        self._codec = codec
        self.description = description or codec.description
        self.metavar = metavar

    def check(self, value: Any) -> T:
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        if isinstance(value, str) is not (self._codec in _TEXTUAL):
            raise TypeError  # numbers as text are for `parse`
        return self.parse(self._codec.encode(value))

    def parse(self, text: str) -> T:
        value = self._codec.decode(text.lower() if self._codec is BOOLEAN else text)
        if not self._accept(value):
            raise ValueError
        return value


_TEXTUAL: tuple[Codec[Any], ...] = (TEXT, LANGUAGE)
SWITCH = Coded(BOOLEAN, "VALUE")
SECONDS = Coded(FLOAT, "SECONDS", "a number of seconds above 0", lambda value: value > 0)
TAG = Coded(LANGUAGE, "TAG")


def whole(minimum: int) -> Coded[int]:
    """A whole number, at least `minimum`."""
    return Coded(IntegerCodec(minimum), "NUMBER")


def text(description: str, metavar: str, pattern: str = ANYTHING) -> Coded[str]:
    """Text that is not empty, or a path."""
    return Coded(TEXT, metavar, description, lambda value: re.fullmatch(pattern, value) is not None)


class Choice(Generic[T]):
    """One of some values, each of which has a name."""

    __slots__ = ("_values", "description", "metavar")

    def __init__(self, **values: T) -> None:
        self._values = {name.strip("_").replace("_", "."): value for name, value in values.items()}
        self.description = "one of " + ", ".join(self._values)
        self.metavar = "|".join(self._values)

    def check(self, value: Any) -> T:
        if value not in self._values.values():
            raise ValueError
        return value  # type: ignore[no-any-return]  # it is one of them

    def parse(self, text: str) -> T:
        if text not in self._values:
            raise ValueError
        return self._values[text]


class Several:
    """One or more texts. As text they are separated by `separator`.

    :param allowed: what each must be; empty allows everything.
    :param also: what else it may be, at the moment.
    :param pattern: a regular expression for each.
    """

    __slots__ = ("_allowed", "_also", "_item", "_separator", "description", "metavar")

    def __init__(
        self,
        description: str,
        metavar: str,
        separator: str,
        allowed: tuple[str, ...] = (),
        also: Callable[[], Iterable[str]] = tuple,
        pattern: str = ANYTHING,
    ) -> None:
        self._allowed = allowed
        self._also = also
        self._item = text(description, metavar, pattern)
        self._separator = separator
        self.description = f"{description}, or several" + (f", of {', '.join(allowed)}" if allowed else "")
        self.metavar = f"{metavar}[{separator}…]"

    def check(self, value: Any) -> tuple[str, ...]:
        items = (value,) if isinstance(value, str | os.PathLike) else tuple(value)
        found = tuple(self._item.check(item) for item in items)
        if not found or (self._allowed and not set(found) <= {*self._allowed, *self._also()}):
            raise ValueError
        return found

    def parse(self, text: str) -> tuple[str, ...]:
        return self.check(item.strip() for item in text.split(self._separator))


class Maybe(Generic[T]):
    """What another kind takes, or None with its meaning."""

    __slots__ = ("_kind", "description", "metavar")

    def __init__(self, kind: Kind[T], meaning: str) -> None:
        self._kind = kind
        self.description = f"{kind.description}, or {NONE} ({meaning})"
        self.metavar = kind.metavar

    def check(self, value: Any) -> T | None:
        return None if value is None else self._kind.check(value)

    def parse(self, text: str) -> T | None:
        return None if text.lower() == NONE else self._kind.parse(text)


# --- knobs ----------------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Knob:
    """What is known of one setting.

    :ivar name: the attribute of `Settings`.
    :ivar kind: what it takes.
    :ivar default: what it is unless it is set.
    :ivar unit: ``seconds``, ``bytes`` …; empty where there is none.
    :ivar help: what it does, in a sentence.
    """

    name: str
    kind: Kind[Any]
    default: object
    unit: str
    help: str

    @property
    def environment(self) -> str:
        """The environment variable, as ``XMPPKIT_CONNECT_TIMEOUT``."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """The option on a command line, as ``--connect-timeout``."""
        return "--" + self.name.replace("_", "-")

    def check(self, value: object) -> Any:
        """`value`, in the form in which it is kept.

        :raises ConfigurationError: the knob does not take it.
        """
        try:
            return self.kind.check(value)
        except (TypeError, ValueError):
            raise ConfigurationError(f"{self.name} takes {self.kind.description}, not {value!r}") from None

    def parse(self, text: str, source: str) -> Any:
        """The value that `text` stands for.

        :param source: where the text is from, for the error: the environment variable or the flag.
        :raises ConfigurationError: it stands for none.
        """
        try:
            return self.kind.parse(text)
        except (TypeError, ValueError):
            raise ConfigurationError(f"{source}: {self.name} takes {self.kind.description}, not {text!r}") from None


def _knob(default: T, kind: Kind[Any], help_text: str, unit: str = "", *, secret: bool = False) -> T:
    return field(default=default, repr=not secret, metadata={"kind": kind, "help": help_text, "unit": unit})


def _seconds(default: T, help_text: str, none: str = "") -> T:
    kind: Kind[Any] = Maybe(SECONDS, none) if none else SECONDS
    return _knob(default, kind, help_text, "seconds")


def _switch(default: bool, help_text: str) -> bool:
    return _knob(default, SWITCH, help_text)


def _limit(help_text: str, unit: str, minimum: int = 1) -> int | None:
    return _knob(None, Maybe(whole(minimum), "what the role has: see Limits"), help_text, unit)


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
_TLS = Choice(_1_2=ssl.TLSVersion.TLSv1_2, _1_3=ssl.TLSVersion.TLSv1_3)


@record(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a stream; immutable. Equal settings may serve any number of streams.

    :raises ConfigurationError: a value that its knob does not take, or values that contradict each other.
    """

    # Connecting
    use_ipv6: bool = _switch(True, "Use IPv6 addresses, too.")
    connect_timeout: float = _seconds(10.0, "How long connecting to one endpoint may take, with all its addresses.")
    happy_eyeballs_delay: float | None = _seconds(
        0.25, "After this time the next address is tried beside one that has not answered.", "one after the other"
    )
    dns_timeout: float = _seconds(5.0, "How long one look-up in DNS may take.")
    host_meta_timeout: float = _seconds(10.0, "How long looking up WebSocket and BOSH in host-meta may take.")
    negotiation_timeout: float = _seconds(30.0, "How long the peer may take from connecting to the ready session.")
    proxy: str | None = _knob(
        None,
        Maybe(_PROXY, "connect directly"),
        "The proxy to connect through; with user:password@ before the host if it asks for that.",
        secret=True,
    )
    max_redirects: int = _knob(5, whole(0), "How often in a row a server may send us elsewhere.")
    auto_reconnect: bool = _switch(True, "Connect again when the connection of a session is lost.")
    reconnect_delay: float = _seconds(1.0, "The first pause between two attempts to connect; each doubles the next.")
    max_reconnect_delay: float = _seconds(300.0, "The longest pause between two attempts to connect.")
    reconnect_attempts: int | None = _knob(
        None, Maybe(whole(1), "never"), "After how many attempts in a row to give up.", "attempts"
    )

    # Encryption
    enable_direct_tls: bool = _switch(True, "Use endpoints with TLS from the first byte (XEP-0368).")
    enable_starttls: bool = _switch(True, "Use endpoints with STARTTLS.")
    enable_plaintext: bool = _switch(False, "Allow connections that are not encrypted.")
    ca_certs: tuple[str, ...] | None = _knob(None, _CA_FILES, "Files in PEM with the authorities to trust.")
    certfile: str | None = _knob(None, Maybe(_FILE, "no certificate"), "Our own certificate in PEM, for SASL EXTERNAL.")
    keyfile: str | None = _knob(None, Maybe(_FILE, "it is in certfile"), "The key of that certificate in PEM.")
    ciphers: str | None = _knob(
        None, Maybe(text("an OpenSSL cipher list", "LIST"), "Python's choice"), "The ciphers for TLS 1.2."
    )
    pins: tuple[str, ...] | None = _knob(
        None, _PINS, "Keys or certificates of which the server must show one, besides proving its name."
    )
    tls_minimum: ssl.TLSVersion = _knob(ssl.TLSVersion.TLSv1_2, _TLS, "The oldest version of TLS.")

    # Logging in
    sasl_mechanisms: tuple[str, ...] | None = _knob(None, _MECHANISMS, "The mechanisms that may be used.")
    plain_without_tls: bool = _switch(False, "Let a password go over the wire unprotected. Only for tests.")
    scram_without_tls: bool = _switch(False, "Use SCRAM without TLS, where who listens may guess at the password.")
    min_iterations: int = _knob(4096, whole(1), "The fewest rounds of SCRAM that a server may ask for.", "rounds")
    max_iterations: int = _knob(1_000_000, whole(1), "The most rounds of SCRAM that are computed.", "rounds")
    max_auth_attempts: int = _knob(3, whole(1), "Failed attempts to log in on one stream before it ends.", "attempts")

    # The session
    default_lang: str | None = _knob("en", Maybe(TAG, "unknown"), "The language of what we send.")
    session: bool = _switch(True, "Establish the session of RFC 3921 where a server insists on it.")
    iq_timeout: float = _seconds(120.0, "How long to wait for the answer to an IQ that says nothing else.")
    whitespace_keepalive: bool = _switch(True, "Send a space now and then, so that a dead connection is noticed.")
    whitespace_keepalive_interval: float = _seconds(300.0, "The pause between two of these spaces.")
    end_session_on_disconnect: bool = _switch(True, "Drop what waits to be sent when a session's connection is lost.")
    close_timeout: float = _seconds(5.0, "How long closing waits for the peer's closing tag.")
    write_limit: int = _knob(4 * MIB, whole(1), "What may wait to be written before reading pauses.", "bytes")

    # What a peer may send
    max_stanza_bytes: int | None = _limit("The size of a stanza (RFC 6120 §13.12).", "bytes", 10_000)
    max_stanza_bytes_before_login: int | None = _limit("The same before authentication.", "bytes", 10_000)
    max_depth: int | None = _limit("Levels of elements in a stanza.", "levels", 8)
    max_attributes: int | None = _limit("Attributes of an element.", "attributes", 16)
    max_children: int | None = _limit("Children of an element.", "elements", 64)
    max_text_length: int | None = _limit("The length of one run of text.", "characters")

    # Stanzas and contacts
    use_message_ids: bool = _switch(True, "Give messages ids.")
    use_presence_ids: bool = _switch(True, "Give presences ids.")
    use_origin_id: bool = _switch(False, "Give messages origin ids (XEP-0359), too.")
    strict_interfaces: bool = _switch(False, "Raise for unknown keys of stanzas, instead of a warning.")
    auto_authorize: bool | None = _knob(
        True, Maybe(SWITCH, "ask the application"), "Accept (true) or refuse (false) all who ask to see our presence."
    )
    auto_subscribe: bool = _switch(True, "Ask in return to see the presence of those who were accepted.")
    answer_strangers: bool = _switch(
        True, "Answer questions that tell that we are online also to those who may not see our presence."
    )
    open_commands: bool = _switch(True, "Let everybody run our commands (XEP-0050) that do not say who may.")

    def __post_init__(self) -> None:
        for name, knob in self.knobs().items():
            object.__setattr__(self, name, knob.check(getattr(self, name)))
        said = ""
        if not (self.enable_direct_tls or self.enable_starttls or self.enable_plaintext):
            said = "enable_direct_tls, enable_starttls and enable_plaintext cannot all be false"
        elif self.keyfile is not None and self.certfile is None:
            said = "keyfile needs certfile"
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
        variables = os.environ if environ is None else environ
        known = {knob.environment: knob for knob in cls.knobs().values()}
        changes: dict[str, Any] = {}
        for variable, text in variables.items():
            if variable in known:
                changes[known[variable].name] = known[variable].parse(text, variable)
            elif variable.startswith(PREFIX):
                for meant in _close(variable, known, 0.85):
                    log.warning("%s is no setting; was %s meant?", variable, meant)
        return (base or cls()).replace(**changes)

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser, names: Iterable[str] | None = None) -> None:
        """Add options to a command line: ``--connect-timeout SECONDS``, ``--use-ipv6``, ``--no-use-ipv6``.

        :param names: the settings to offer; None offers all.
        :raises ConfigurationError: a name that is no setting.
        """
        import argparse

        group = parser.add_argument_group("XMPP settings")
        for name in cls.knobs() if names is None else names:
            knob = cls.knob(name)
            told: dict[str, Any] = {"dest": PREFIX + name, "default": argparse.SUPPRESS}
            if knob.kind is SWITCH:
                told["action"] = argparse.BooleanOptionalAction
            else:
                told["metavar"] = knob.kind.metavar
            group.add_argument(knob.flag, help=f"{knob.help} Default: {shown(knob.default)}.", **told)

    @classmethod
    def from_arguments(cls, arguments: argparse.Namespace, *, base: Self | None = None) -> Self:
        """What a command line with `add_arguments` says.

        :param base: what holds where there is no option; None takes the defaults.
        :raises ConfigurationError: a value that its knob does not take; names the option.
        """
        changes: dict[str, Any] = {}
        for name, knob in cls.knobs().items():
            value = getattr(arguments, PREFIX + name, knob)
            if value is not knob:
                changes[name] = knob.parse(value, knob.flag) if isinstance(value, str) else value
        return (base or cls()).replace(**changes)

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
    def knob(cls, name: str) -> Knob:
        """One knob.

        :raises ConfigurationError: there is none of that name; names the one that was probably meant.
        """
        knobs = cls.knobs()
        if name not in knobs:
            meant = "".join(f"; was {close} meant?" for close in _close(name, knobs))
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

    def sasl_policy(self) -> SaslPolicy:
        """The settings of logging in, for the mechanisms."""
        return SaslPolicy(
            allowed=self.sasl_mechanisms,
            plain_without_tls=self.plain_without_tls,
            scram_without_tls=self.scram_without_tls,
            min_iterations=self.min_iterations,
            max_iterations=self.max_iterations,
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
            "sasl": None if "sasl" in changes else self.sasl_policy(),
            "pins": self.pins or (),
            "limits_before_authentication": before,
            "limits": self.limits(role or Limits.client()),
            **{name: getattr(self, name) for name in same},
        }
        return StreamOptions().replace(**{**own, **changes})

    def apply(self, stream: object) -> None:
        """Set those attributes of a stream (an `XMLStream`, a `ClientXMPP` …) that are settings and differ from the
        default. The others stay as its class has them: a component's are not a client's."""
        for name, knob in self.knobs().items():
            value = getattr(self, name)
            if value != knob.default and hasattr(stream, name):
                setattr(stream, name, value)


def _close(name: str, known: Iterable[str], least: float = 0.6) -> list[str]:
    import difflib  # only mistakes need it

    return difflib.get_close_matches(name, list(known), 1, least)


def shown(value: object) -> str:
    """A value as it is written in the environment and on the command line."""
    if isinstance(value, bool):
        return BOOLEAN.encode(value)
    if isinstance(value, ssl.TLSVersion):
        return value.name.removeprefix("TLSv").replace("_", ".")
    return NONE if value is None else f"{value:g}" if isinstance(value, float) else str(value)
