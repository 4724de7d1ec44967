# SPDX-License-Identifier: MIT
"""The version: the one that the distribution has, too."""

from __future__ import annotations

import importlib.metadata

import pytest

import xmppkit
from xmppkit import version


def test_it_is_the_distributions() -> None:
    assert version.__version__ == importlib.metadata.version("xmppkit") == xmppkit.__version__
    assert version.__version__.startswith(".".join(map(str, version.__version_info__[:2])))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1.2.3", (1, 2, 3)),
        ("10.20", (10, 20, 0)),
        ("2", (2, 0, 0)),
        ("1.2.3.4", (1, 2, 3)),
        ("0.2.0rc1", (0, 2, 0)),
        ("unknown", (0, 0, 0)),
    ],
)
def test_numbers(text: str, numbers: tuple[int, int, int]) -> None:
    assert version._numbers(text) == numbers
