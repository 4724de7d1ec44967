# SPDX-License-Identifier: MIT
"""Every knob of a stream, declared once: type, unit, default, what it takes, environment variable, command-line flag.

::

    settings = Settings(connect_timeout=5.0, sasl_mechanisms=("SCRAM-SHA-256",))
    settings = Settings.strict()                                # for programs that talk to strangers
    settings = Settings.from_env()                              # XMPPKIT_CONNECT_TIMEOUT=5 python bot.py
    Settings.add_arguments(parser); settings = Settings.from_arguments(parser.parse_args())

The settings are in `settings`; what they take in `kinds`, how one is declared in `knobs`, environment and command line
in `sources`. What programs need is here, and loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.settings.knobs import PREFIX, Knob, shown
    from xmppkit.settings.settings import Settings

__all__ = ["PREFIX", "Knob", "Settings", "shown"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "settings" if name == "Settings" else "knobs"
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
