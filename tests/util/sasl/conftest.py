# SPDX-License-Identifier: MIT
"""What the tests of mechanisms by hand share: the tables as they were, afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xmppkit.sasl.custom import custom_mechanisms, unregister_mechanism
from xmppkit.util.sasl import MECH_SEC_SCORES, MECHANISMS


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test declares is forgotten."""
    mechanisms, scores, ours = dict(MECHANISMS), dict(MECH_SEC_SCORES), set(custom_mechanisms())
    yield
    for table, before in ((MECHANISMS, mechanisms), (MECH_SEC_SCORES, scores)):
        table.clear()
        table.update(before)  # type: ignore[arg-type]
    for name in set(custom_mechanisms()) - ours:
        unregister_mechanism(name)
