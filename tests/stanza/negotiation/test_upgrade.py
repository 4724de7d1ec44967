# SPDX-License-Identifier: MIT
"""The elements of XEP-0480."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.stanza.negotiation.sasl2 import Authentication, TaskData
from xmppkit.stanza.negotiation.upgrade import Hash, Salt, Upgrade


def test_the_offer() -> None:
    offer: Any = Authentication(
        ET.fromstring(
            "<authentication xmlns='urn:xmpp:sasl:2'><upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-A</upgrade>"
            "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-B</upgrade></authentication>"
        )
    )
    assert [each.task for each in offer["upgrades"]] == ["UPGR-A", "UPGR-B"]
    assert all(isinstance(each, Upgrade) for each in offer["upgrades"])


def test_the_task() -> None:
    asked: Any = TaskData()
    asked["salt"]["iterations"] = 4096
    asked["salt"]["value"] = b"salt"
    assert isinstance(asked["salt"], Salt)
    assert str(asked["salt"]) == '<salt xmlns="urn:xmpp:scram-upgrade:0" iterations="4096">c2FsdA==</salt>'
    told: Any = TaskData()
    told["hash"]["value"] = b"hash"
    assert isinstance(told["hash"], Hash)
    assert told["hash"].value == b"hash"
