# SPDX-License-Identifier: MIT
"""The version of the library, written once: the distribution's is read from here.

It is not asked of the installed distribution, since that takes a tenth of the time in which a client is imported.
"""

from __future__ import annotations

import re

__all__ = ["__version__", "__version_info__"]

__version__ = "0.1.0"


def _numbers(text: str) -> tuple[int, int, int]:
    """The first three numbers of a version."""
    found = [int(digits) for digits in re.findall(r"[0-9]+", text)[:3]]
    major, minor, patch = [*found, 0, 0, 0][:3]
    return major, minor, patch


#: The same as three numbers.
__version_info__: tuple[int, int, int] = _numbers(__version__)
