# SPDX-License-Identifier: MIT
"""HTTP File Upload: the wire."""

from __future__ import annotations

import datetime
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0363 import (
    EphemeralPurpose,
    FileTooLarge,
    Header,
    MessagePurpose,
    PermanentPurpose,
    ProfilePurpose,
    Request,
    Retry,
    Slot,
)
from xmppkit.plugins.xep_0363.stanza import Purpose
from xmppkit.stanza.iq import Iq

NS = "urn:xmpp:http:upload:0"


def test_a_request() -> None:
    iq = Iq()
    iq["http_upload_request"]["filename"] = "très cool.jpg"
    iq["http_upload_request"]["size"] = 23456
    iq["http_upload_request"]["content-type"] = "image/jpeg"
    request = Request.of(iq)
    assert request is not None
    assert (request.filename, request.size, request.content_type) == ("très cool.jpg", 23456, "image/jpeg")
    assert request["size"] == 23456
    assert request.purpose is None
    with pytest.raises(InvalidValue):
        request.size = 0


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "many", ""])
def test_a_size_that_is_none(size: str) -> None:
    assert Request(ET.fromstring(f"<request xmlns='{NS}' size='{size}'/>")).size is None


@pytest.mark.parametrize("kind", [MessagePurpose, ProfilePurpose, EphemeralPurpose, PermanentPurpose])
def test_a_purpose(kind: type[Purpose]) -> None:
    request = Request()
    request.append(kind())
    assert isinstance(request.purpose, kind)
    assert isinstance(request[kind.plugin_attrib], kind)
    assert ET.tostring(request.xml).count(b"urn:xmpp:http:upload:purpose:0") == 1


def test_when_a_file_is_to_be_gone() -> None:
    purpose = EphemeralPurpose()
    purpose.expire_before = datetime.datetime(2025, 9, 10, 23, 8, 25, tzinfo=datetime.UTC)
    assert purpose.xml.attrib == {"expire-before": "2025-09-10T23:08:25Z"}


def test_a_slot() -> None:
    iq = Iq()
    iq["http_upload_slot"]["put"]["url"] = "https://a/1"
    iq["http_upload_slot"]["get"]["url"] = "https://b/1"
    header = Header()
    header["name"], header["value"] = "Cookie", "foo=bar"
    iq["http_upload_slot"]["put"].append(header)
    slot = Slot.of(iq)
    assert slot is not None
    assert slot.put_ is not None
    assert slot.get_ is not None
    assert (slot.put_.url, slot.get_.url) == ("https://a/1", "https://b/1")
    assert [(each.name_, each.value) for each in slot.put_.headers] == [("Cookie", "foo=bar")]
    assert [each["name"] for each in slot["put"]["headers"]] == ["Cookie"]


def test_errors() -> None:
    iq = Iq()
    iq["error"]["file_too_large"]["max_file_size"] = 20000
    iq["error"]["http_upload_retry"]["stamp"] = "2017-12-03T23:42:05Z"
    too_large, retry = FileTooLarge.of(iq["error"]), Retry.of(iq["error"])
    assert too_large is not None
    assert too_large.max_file_size == 20000
    assert retry is not None
    assert retry.stamp == datetime.datetime(2017, 12, 3, 23, 42, 5, tzinfo=datetime.UTC)
