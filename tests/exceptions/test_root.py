# SPDX-License-Identifier: MIT
"""The root of the errors."""

from __future__ import annotations

from xmppkit.exceptions.root import XMPPKitError


def test_it_is_an_exception_like_others() -> None:
    assert issubclass(XMPPKitError, Exception)
    assert str(XMPPKitError("why")) == "why"
