# SPDX-License-Identifier: MIT
"""The settings that PyXMPP2 programs know: each with type, default, validator, help, and the knob of
`xmppkit.settings` that it is another name for.

Defaults differ from PyXMPP2's where those were not safe: TLS is negotiated and required, and mechanisms that are
obsolete are used only when they are named.
"""

from __future__ import annotations

import argparse
import platform
import queue
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from xmppkit.exceptions import ConfigurationError
from xmppkit.pyxmpp2.version import version
from xmppkit.sasl.policy import MECHANISMS, known_mechanisms

__all__ = [
    "SETTINGS",
    "WITHOUT_EFFECT",
    "Setting",
    "int_range_validator",
    "validate_positive_float",
    "validate_positive_int",
    "validate_string_list",
]

Validator = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known of one setting.

    :ivar name: its key.
    :ivar type: the class of its values, or a function that makes them of text.
    :ivar default: what it is unless it is set.
    :ivar factory: makes the default of the settings, in place of `default`.
    :ivar cache: what the factory has made is the default of the whole process from then on.
    :ivar default_d: what is said of the default in help.
    :ivar doc: what it means.
    :ivar cmdline_help: what a command line says of it; None: only who names it gets it as an option.
    :ivar validator: makes a value of the text on a command line; raises ValueError.
    :ivar basic: it is an option of every command line.
    :ivar per_object: what the factory has made is the default of those settings from then on.
    :ivar knob: the setting of `xmppkit.settings.Settings` that it is a view of; empty if there is none.
    :ivar to_knob: makes the knob's value of this one's.
    :ivar from_knob: makes this one's value of the knob's.
    """

    name: str
    type: Callable[..., Any] = str
    default: Any = None
    factory: Callable[[Any], Any] | None = None
    cache: bool = False
    default_d: str | None = None
    doc: str | None = None
    cmdline_help: str | None = None
    validator: Validator | None = None
    basic: bool = False
    per_object: bool = field(default=False, compare=False)
    knob: str = field(default="", compare=False)
    to_knob: Callable[[Any], Any] = field(default=lambda value: value, compare=False)
    from_knob: Callable[[Any], Any] = field(default=lambda value: value, compare=False)

    def parse(self, text: str) -> Any:
        """The value for `text` on a command line.

        :raises argparse.ArgumentTypeError: there is none.
        """
        try:
            return (self.validator or self.type)(text)
        except (TypeError, ValueError) as error:
            raise argparse.ArgumentTypeError(f"{self.name} does not take {text!r}: {error}") from None


# --- validators -----------------------------------------------------------------------------------------


def validate_string_list(value: str) -> list[str]:
    """Several texts, with commas between them."""
    return [item.strip() for item in value.split(",")]


def validate_positive_int(value: Any) -> int:
    """A whole number above 0.

    :raises ValueError: it is none.
    """
    number = int(value)
    if number <= 0:
        raise ValueError("a whole number above 0 is wanted")
    return number


def validate_positive_float(value: Any) -> float:
    """A number above 0.

    :raises ValueError: it is none.
    """
    number = float(value)
    if not number > 0:
        raise ValueError("a number above 0 is wanted")
    return number


def int_range_validator(start: int, stop: int) -> Callable[[Any], int]:
    """What takes whole numbers from `start` to below `stop`, and raises ValueError for others."""

    def validate(value: Any) -> int:
        number = int(value)
        if not start <= number < stop:
            raise ValueError(f"a whole number from {start} to {stop - 1} is wanted")
        return number

    return validate


# --- defaults that are made -----------------------------------------------------------------------------


def _ipv6_works(settings: Mapping[str, Any]) -> bool:
    """Whether this machine can make IPv6 sockets at all; nothing is sent."""
    try:
        socket.socket(socket.AF_INET6).close()
    except OSError:
        return False
    return socket.has_ipv6


def _languages(settings: Mapping[str, Any]) -> list[str]:
    return [settings["language"]]


class _EventQueue(queue.Queue[Any]):
    """Events that wait. Who hands them on cannot wait for room: that would be for ever."""

    _taker: int | None = None  # the thread that takes them

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        self._taker = threading.get_ident()
        return super().get(block, timeout)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add an event.

        :raises ConfigurationError: there is no room, and nobody else makes any.
        """
        alone = self._taker in (None, threading.get_ident())
        try:
            super().put(item, block and not alone, timeout)
        except queue.Full:
            if not block or timeout is not None:
                raise
            said = f"event_queue_max_size: {self.maxsize} events wait already: more is wanted, or 0 for any number"
            raise ConfigurationError(said) from None


def _event_queue(settings: Mapping[str, Any]) -> queue.Queue[Any]:
    return _EventQueue(settings["event_queue_max_size"])


def _software_version(settings: Mapping[str, Any]) -> str:
    return f"@xmppkit/{version}" if "software_name" in settings else version


def _software_os(settings: Mapping[str, Any]) -> str:
    return " ".join((platform.system(), platform.release(), platform.machine()))


def _names(value: Any) -> tuple[str, ...] | None:
    return None if value is None else (value,) if isinstance(value, str) else tuple(value)


def _known_mechanisms(value: Any) -> tuple[str, ...] | None:
    """The mechanisms that the engine has; PyXMPP2 passed over names that it did not know, too."""
    wanted = _names(value)
    return None if wanted is None else tuple(name for name in wanted if name in known_mechanisms())


#: Settings of `xmppkit.settings` that say how its own clients connect, stay connected, and treat stanzas. Nothing here
#: looks at them: a program that wants a proxy must not connect without one.
WITHOUT_EFFECT: Final = frozenset(
    {
        "ack_timeout",
        "answer_strangers",
        "auto_authorize",
        "auto_reconnect",
        "auto_subscribe",
        "enable_direct_tls",
        "end_session_on_disconnect",
        "happy_eyeballs_delay",
        "host_meta_timeout",
        "idle_timeout",
        "max_reconnect_delay",
        "max_redirects",
        "open_commands",
        "proxy",
        "reconnect_attempts",
        "reconnect_delay",
        "restore_presence",
        "sasl2",
        "session",
        "strict_interfaces",
        "tls_library",
        "transports",
        "use_message_ids",
        "use_origin_id",
        "use_presence_ids",
        "whitespace_keepalive",
        "whitespace_keepalive_interval",
    }
)

#: All settings, in order.
SETTINGS: Final = (
    # TLS
    Setting(
        name="starttls",
        type=bool,
        default=True,
        basic=True,
        knob="enable_starttls",
        cmdline_help="Encrypt the connection with STARTTLS",
        doc="Encrypt the connection with STARTTLS. PyXMPP2's default was not to.",
    ),
    Setting(
        name="tls_require",
        type=bool,
        default=True,
        basic=True,
        knob="enable_plaintext",
        to_knob=lambda required: not required,
        from_knob=lambda plaintext: not plaintext,
        cmdline_help="Do not go on when the server has no TLS",
        doc="Do not go on when the server has no TLS. PyXMPP2's default was to go on.",
    ),
    Setting(
        name="tls_verify_peer",
        type=bool,
        default=True,
        basic=True,
        cmdline_help="Check the server's certificate",
        doc="Check the server's certificate. Without that there is no telling who reads along.",
    ),
    Setting(
        name="tls_cacert_file",
        basic=True,
        knob="ca_certs",
        to_knob=_names,
        default_d="the system's authorities",
        cmdline_help="File in PEM with the authorities to trust",
        doc="A file in PEM with the authorities to trust; None: the system's.",
    ),
    Setting(name="tls_cert_file", knob="certfile", doc="Our own certificate, in PEM."),
    Setting(name="tls_key_file", knob="keyfile", doc="The key of our own certificate, in PEM; None: it is there too."),
    # Logging in
    Setting(name="username", doc="The account's name, where it is not the local part of the JID."),
    Setting(name="password", basic=True, cmdline_help="The account's password", doc="The account's password."),
    Setting(name="authzid", doc="Act as this JID instead of as the account's own."),
    Setting(
        name="sasl_mechanisms",
        type=validate_string_list,
        default=[name for name in MECHANISMS if name not in ("ANONYMOUS", "EXTERNAL")],
        validator=validate_string_list,
        knob="sasl_mechanisms",
        to_knob=_known_mechanisms,
        doc="The SASL mechanisms that may be used. DIGEST-MD5 is used only when it is named here.",
    ),
    Setting(
        name="insecure_auth",
        type=bool,
        default=False,
        basic=True,
        knob="plain_without_tls",
        cmdline_help="Let the password go over the wire unprotected",
        doc="Use mechanisms that show the password without TLS. Only for tests.",
    ),
    Setting(name="user_passwords", type=dict, factory=lambda settings: {}, doc="Server: password by user name."),
    # The session
    Setting(name="resource", doc="The resource to bind; None: the server chooses."),
    Setting(
        name="c2s_port",
        type=int,
        default=5222,
        basic=True,
        validator=int_range_validator(1, 65536),
        cmdline_help="Port of the server, where DNS does not say another",
        doc="The port of the server, where DNS does not say another.",
    ),
    Setting(name="c2s_service", default="xmpp-client", doc="The service that DNS is asked for (SRV)."),
    Setting(
        name="server",
        basic=True,
        cmdline_help="Host to connect to, in place of what DNS says",
        doc="The host to connect to; DNS is not asked for the domain's own.",
    ),
    Setting(
        name="default_stanza_timeout",
        type=float,
        default=300.0,
        validator=validate_positive_float,
        knob="iq_timeout",
        doc="Seconds to wait for the answer to an IQ.",
    ),
    Setting(name="language", default="en", knob="default_lang", doc="The language of the stream."),
    Setting(
        name="languages",
        type=validate_string_list,
        factory=_languages,
        validator=validate_string_list,
        default_d="the language",
        doc="Languages that a server accepts.",
    ),
    Setting(
        name="extra_auth_properties",
        type=dict,
        factory=lambda settings: {},
        doc="Properties for SASL, beside those of the stream.",
    ),
    Setting(
        name="extra_ns_prefixes",
        type=dict,
        factory=lambda settings: {},
        doc="Prefixes by namespace, for the XML that is sent.",
    ),
    # The network
    Setting(name="ipv4", type=bool, default=True, cmdline_help="Use IPv4", doc="Use IPv4 addresses."),
    Setting(
        name="ipv6",
        type=bool,
        factory=_ipv6_works,
        cache=True,
        basic=True,
        knob="use_ipv6",
        default_d="if the machine has IPv6",
        cmdline_help="Use IPv6",
        doc="Use IPv6 addresses.",
    ),
    Setting(
        name="prefer_ipv6",
        type=bool,
        default=True,
        basic=True,
        cmdline_help="Try IPv6 addresses first",
        doc="Try IPv6 addresses before IPv4 addresses.",
    ),
    # The main loop
    Setting(
        name="poll_interval",
        type=float,
        default=1.0,
        validator=validate_positive_float,
        doc="Seconds that the main loop waits at most before it looks at timeouts again.",
    ),
    Setting(
        name="event_queue",
        type=queue.Queue,
        factory=_event_queue,
        per_object=True,
        doc="Events that wait. PyXMPP2's was one for the process; this is one for each settings object.",
    ),
    Setting(
        name="event_queue_max_size",
        type=int,
        default=0,
        doc="Events that may wait; 0: any number. One more is an error where nobody else takes them.",
    ),
    # The roster
    Setting(
        name="roster_name_length_limit",
        type=int,
        default=1023,
        validator=validate_positive_int,
        doc="Characters of a contact's name.",
    ),
    Setting(
        name="roster_group_name_length_limit",
        type=int,
        default=1023,
        validator=validate_positive_int,
        doc="Characters of a group's name.",
    ),
    # XEP-0092
    Setting(name="software_name", default="xmppkit", doc="What who asks is told that the program is."),
    Setting(name="software_version", factory=_software_version, doc="And its version."),
    Setting(name="software_os", factory=_software_os, doc="And the operating system; empty does not tell."),
)
