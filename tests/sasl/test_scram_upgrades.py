# SPDX-License-Identifier: MIT
"""What a server keeps of a SaltedPassword that a client has told (XEP-0480)."""

from __future__ import annotations

import pytest

from xmppkit.exceptions import SASLFailed
from xmppkit.sasl.scram import HASHES, derivation, make_scram_record, record_from_salted


@pytest.mark.parametrize("name", HASHES)
def test_it_is_what_the_password_gives(name: str) -> None:
    salted = derivation(name, "pencil", b"salt", 4096).compute()
    assert record_from_salted(name, salted, b"salt", 4096) == make_scram_record(name, "pencil", b"salt", 4096)
    assert record_from_salted(name, salted[:-1], b"salt", 4096) is None


def test_a_password_that_cannot_be_one() -> None:
    with pytest.raises(SASLFailed):
        derivation("SCRAM-SHA-256", "a\u0007", b"salt", 4096)
