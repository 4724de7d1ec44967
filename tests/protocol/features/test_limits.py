# SPDX-License-Identifier: MIT
"""Stream limits, both halves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.protocol.features.limits import LIMITS, LimitsInitiator, LimitsReceiver
from xmppkit.protocol.negotiation import Outcome, PeerLimits
from xmppkit.protocol.state import Fact
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.limits import Limits
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from conftest import Port


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", PeerLimits()),
        ("<max-bytes>10000</max-bytes>", PeerLimits(max_bytes=10000)),
        ("<idle-seconds> 1800 </idle-seconds>", PeerLimits(idle_seconds=1800)),
        ("<max-bytes>262144</max-bytes><idle-seconds>0</idle-seconds>", PeerLimits(262144, 0)),
        ("<max-bytes>-1</max-bytes><idle-seconds>1_000</idle-seconds>", PeerLimits()),
        ("<max-bytes>\u0664\u0662</max-bytes><idle-seconds>1e3</idle-seconds>", PeerLimits()),
        (f"<max-bytes>{'9' * 5000}</max-bytes><idle-seconds/>", PeerLimits()),
    ],
)
def test_the_client_takes_note(port: Port, inside: str, expected: PeerLimits) -> None:
    offer = fromstring(f"<limits xmlns='urn:xmpp:stream-limits:0'>{inside}</limits>")
    assert LimitsInitiator(port, LIMITS).start(offer, StreamFeatures()) is Outcome.DONE
    assert port.peer_limits == expected


def test_the_server_says_what_it_takes_once_it_knows_the_client(port: Port) -> None:
    port.limits = Limits.server()
    half = LimitsReceiver(port, LIMITS)
    assert half.offer() is None
    port.learn(Fact.AUTHENTICATED)
    offer = half.offer()
    assert offer is not None
    assert serialize(offer) == (
        f'<limits xmlns="urn:xmpp:stream-limits:0"><max-bytes>{port.limits.stanza_bytes}</max-bytes></limits>'
    )
    port.options = port.options.replace(offers=frozenset())
    assert half.offer() is None
