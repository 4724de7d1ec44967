# SPDX-License-Identifier: MIT
"""The version of the library that is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["__version__", "__version_info__"]


def _numbers(text: str) -> tuple[int, int, int]:
    """The first three numbers of a version."""
    numbers = []
    for part in text.split(".")[:3]:
        digits = "".join(character for character in part if character.isdigit())
        numbers.append(int(digits) if digits else 0)
    return (*numbers, 0, 0, 0)[:3]


try:
    __version__: str = version("xmppkit")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0.0.0"

#: The same as three numbers.
__version_info__: tuple[int, int, int] = _numbers(__version__)
