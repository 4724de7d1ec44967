# SPDX-License-Identifier: MIT
"""Settings from the environment and from a command line. Loaded when a program asks for that."""

from __future__ import annotations

import argparse
import difflib
import logging
import os
from collections.abc import Iterable, Mapping
from typing import Any

from xmppkit.settings.kinds import SWITCH
from xmppkit.settings.knobs import PREFIX, Knob, shown

__all__ = ["add_options", "close_to", "from_environment", "from_options"]

log = logging.getLogger(__name__)


def from_environment(knobs: Mapping[str, Knob], environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The settings that environment variables change, by name; a variable that looks like a misspelt one is logged.

    :param environ: the variables; None takes the process's.
    :raises ConfigurationError: a value that its knob does not take; names the variable.
    """
    variables = os.environ if environ is None else environ
    known = {knob.environment: knob for knob in knobs.values()}
    changes: dict[str, Any] = {}
    for variable, text in variables.items():
        if variable in known:
            changes[known[variable].name] = known[variable].parse(text, variable)
        elif variable.startswith(PREFIX):
            for meant in close_to(variable, known, 0.85):
                log.warning("%s is no setting; was %s meant?", variable, meant)
    return changes


def add_options(parser: argparse.ArgumentParser, knobs: Iterable[Knob]) -> None:
    """Add an option for each of `knobs` to a command line; one that is not given leaves no trace."""
    group = parser.add_argument_group("XMPP settings")
    for knob in knobs:
        told: dict[str, Any] = {"dest": PREFIX + knob.name, "default": argparse.SUPPRESS}
        if knob.kind is SWITCH:
            told["action"] = argparse.BooleanOptionalAction
        else:
            told["metavar"] = knob.kind.metavar
        group.add_argument(knob.flag, help=f"{knob.help} Default: {shown(knob.default)}.", **told)


def from_options(knobs: Mapping[str, Knob], arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that a command line with `add_options` changes, by name.

    :raises ConfigurationError: a value that its knob does not take; names the option.
    """
    changes: dict[str, Any] = {}
    for name, knob in knobs.items():
        value = getattr(arguments, PREFIX + name, knob)
        if value is not knob:
            changes[name] = knob.parse(value, knob.flag) if isinstance(value, str) else value
    return changes


def close_to(name: str, known: Iterable[str], least: float = 0.6) -> list[str]:
    """The one of `known` that is most like `name`, if any is like it enough.

    :param least: how alike, from 0 to 1.
    """
    return difflib.get_close_matches(name, list(known), 1, least)
