# SPDX-License-Identifier: MIT
"""Two stations that discover each other."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.plugins.xep_0030 import XEP_0030

ROMEO = "romeo@montague.net/orchard"
JULIET = "juliet@capulet.com/balcony"


class Pair:
    def __init__(self, network: Any) -> None:
        self.network = network
        self.romeo = network.join(ROMEO, "xep_0030")
        self.juliet = network.join(JULIET, "xep_0030")
        self.his: XEP_0030 = self.romeo.plugin["xep_0030"]
        self.hers: XEP_0030 = self.juliet.plugin["xep_0030"]

    async def ask(self, payload: str, kind: str = "get", to: str = JULIET) -> ET.Element:
        """What Juliet answers to a request as it stands."""
        self.network.sent.clear()
        self.juliet.take(f"<iq type='{kind}' id='1' from='{ROMEO}' to='{to}'>{payload}</iq>")
        await self.juliet.settle()
        (answer,) = self.network.sent
        return ET.fromstring(answer)

    def requests(self) -> int:
        return sum('type="get"' in text for text in self.network.sent)


@pytest.fixture
def pair(network: Any) -> Pair:
    return Pair(network)
