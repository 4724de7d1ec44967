# SPDX-License-Identifier: MIT
"""`GPG`: the class of python-gnupg, which drives the GnuPG that is installed.

xmppkit does not need it. Without python-gnupg the name is still there, so that programs can be imported, and making an
object says what is missing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NoReturn

from xmppkit.exceptions import ConfigurationError

__all__ = ["GPG"]


class _Missing:
    """Stands for `GPG` where python-gnupg is not installed."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        _say_so()


def _say_so() -> NoReturn:
    raise ConfigurationError("OpenPGP needs python-gnupg, which is not installed: python -m pip install python-gnupg")


def _find() -> Any:
    try:
        return import_module("gnupg").GPG
    except ImportError:
        return _Missing


GPG: Any = _find()
"""python-gnupg's ``GPG``; its documentation says what it takes and does."""
