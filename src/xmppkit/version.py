# SPDX-License-Identifier: MIT
"""The version of the library that is installed."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

__all__ = ["__version__", "__version_info__"]


def _numbers(text: str) -> tuple[int, int, int]:
    """The first three numbers of a version."""
    found = [int(digits) for digits in re.findall(r"[0-9]+", text)[:3]]
    major, minor, patch = [*found, 0, 0, 0][:3]
    return major, minor, patch


try:
    __version__: str = version("xmppkit")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0.0.0"

#: The same as three numbers.
__version_info__: tuple[int, int, int] = _numbers(__version__)
