# SPDX-License-Identifier: MIT
"""One setting: what is known of it, and how it is declared. The settings themselves are in `settings`."""

from __future__ import annotations

import ssl
from dataclasses import field
from enum import Enum
from typing import Any, TypeVar

from xmppkit.exceptions import ConfigurationError
from xmppkit.records import record
from xmppkit.settings.kinds import NONE, SECONDS, SWITCH, Kind, Maybe, whole
from xmppkit.stanza.codecs import BOOLEAN

__all__ = ["PREFIX", "Knob", "limit", "seconds", "setting", "shown", "switch"]

T = TypeVar("T")

#: What the names of all environment variables begin with.
PREFIX = "XMPPKIT_"


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


def setting(default: T, kind: Kind[Any], help_text: str, unit: str = "", *, secret: bool = False) -> T:
    """Declare a setting, in the place of its default.

    :param help_text: what it does, in a sentence.
    :param unit: in what it is counted.
    :param secret: it is not shown by `repr`.
    """
    return field(default=default, repr=not secret, metadata={"kind": kind, "help": help_text, "unit": unit})


def seconds(default: T, help_text: str, none: str = "") -> T:
    """Declare a time in seconds.

    :param none: what None means; empty if it is not taken.
    """
    kind: Kind[Any] = Maybe(SECONDS, none) if none else SECONDS
    return setting(default, kind, help_text, "seconds")


def switch(default: bool, help_text: str) -> bool:
    """Declare what is on or off."""
    return setting(default, SWITCH, help_text)


def limit(help_text: str, unit: str, minimum: int = 1) -> int | None:
    """Declare what a peer may send at most. Unless it is set, the role's own limit holds.

    :param minimum: the least that it takes.
    """
    return setting(None, Maybe(whole(minimum), "what the role has: see Limits"), help_text, unit)


def shown(value: object) -> str:
    """A value as it is written in the environment and on the command line."""
    if isinstance(value, bool):
        return BOOLEAN.encode(value)
    if isinstance(value, ssl.TLSVersion):
        return value.name.removeprefix("TLSv").replace("_", ".")
    if isinstance(value, Enum):
        return value.name.lower().replace("_", "-")
    return NONE if value is None else f"{value:g}" if isinstance(value, float) else str(value)
