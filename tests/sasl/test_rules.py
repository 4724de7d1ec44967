# SPDX-License-Identifier: MIT
"""What a refusal says: which mechanism, which rule, and why."""

from __future__ import annotations

import pytest

from xmppkit.sasl.rules import Refusal, Rule


def test_labels() -> None:
    assert Rule.PLAIN_WITHOUT_TLS.label == "plain_without_tls"
    assert len({rule.label for rule in Rule}) == len(Rule)
    assert all(rule.value for rule in Rule)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("PLAIN", "PLAIN: "),
        ("", ""),
        ("X" * 100, "X" * 20 + ": "),
        ("A\x1b[31m", "'A\\x1b[31m': "),
        ("\u00fc", "'\u00fc': "),
    ],
)
def test_as_text(name: str, shown: str) -> None:
    said = str(Refusal(name, Rule.ALLOWED, "the policy does not allow it"))
    assert said == f"{shown}refused by rule allowed: the policy does not allow it"
