# SPDX-License-Identifier: MIT
"""Out of Band Data: the wire."""

from __future__ import annotations

import pytest

from xmppkit.plugins.xep_0066 import OOB, OOBTransfer
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence

URL = "http://www.jabber.org/images/psa-license.jpg"


@pytest.mark.parametrize("kind", [Message, Presence])
def test_a_url_that_is_told(kind: type[Message | Presence]) -> None:
    stanza = kind()
    stanza["oob"]["url"] = URL
    found = OOB.of(stanza)
    assert found is not None
    assert (found.url, found.desc) == (URL, None)
    found.desc = "A license"
    assert stanza["oob"]["desc"] == "A license"
    assert str(found) == f'<x xmlns="jabber:x:oob"><url>{URL}</url><desc>A license</desc></x>'


def test_a_url_that_is_to_be_fetched() -> None:
    iq = Iq()
    iq["oob_transfer"]["url"] = URL
    iq["oob_transfer"]["sid"] = "a0"
    found = OOBTransfer.of(iq)
    assert found is not None
    assert (found.url, found.desc, found.sid) == (URL, None, "a0")
    assert OOBTransfer.of(Iq()) is None
