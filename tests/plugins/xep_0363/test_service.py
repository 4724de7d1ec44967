# SPDX-License-Identifier: MIT
"""What a service says."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue, IqError
from xmppkit.plugins.xep_0363 import EphemeralPurpose, FileTooBig, ProfilePurpose, SlotRefused
from xmppkit.plugins.xep_0363.service import limit_of, purpose_of, refusal
from xmppkit.stanza.iq import Iq


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ("5242880", 5242880),
        (" 1 ", 1),
        ("0", 0),
        ("-5", 0),
        ("", math.inf),
        ("many", math.inf),
        ("1e9", math.inf),
        ("9" * 100, math.inf),
    ],
)
def test_the_limit(value: str, limit: float) -> None:
    info = ET.fromstring(
        "<iq xmlns='jabber:client'><query xmlns='http://jabber.org/protocol/disco#info'><x type='result' "
        "xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:http:upload:0</value></field>"
        f"<field var='max-file-size'><value>{value}</value></field></x></query></iq>"
    )
    assert limit_of(Iq(xml=info)) == limit


def test_no_limit_is_said() -> None:
    assert limit_of(Iq()) == math.inf


def test_purposes() -> None:
    own = ProfilePurpose()
    assert purpose_of(None) is None
    assert purpose_of(own) is own
    assert isinstance(purpose_of(ProfilePurpose), ProfilePurpose)
    assert isinstance(purpose_of("profile"), ProfilePurpose)
    for wrong in ("holiday", "ephemeral", EphemeralPurpose, EphemeralPurpose()):
        with pytest.raises(InvalidValue):
            purpose_of(wrong)
    gone = EphemeralPurpose()
    gone["expire_before"] = "2025-09-10T23:08:25Z"
    assert purpose_of(gone) is gone


def test_a_refusal() -> None:
    answer = Iq()
    answer["error"]["condition"] = "not-acceptable"
    assert isinstance(refusal(IqError(answer), 5), SlotRefused)
    answer["error"]["file_too_large"]["max_file_size"] = "4"
    found = refusal(IqError(answer), 5)
    assert isinstance(found, FileTooBig)
    assert (found.max_file_size, found.size) == (4, 5)
