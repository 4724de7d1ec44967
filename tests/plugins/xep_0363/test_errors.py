# SPDX-License-Identifier: MIT
"""What errors say."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0363 import (
    FileTooBig,
    FileUploadError,
    HTTPError,
    PurposeNotSupported,
    SlotRefused,
    UnsafeSlot,
    UploadServiceNotFound,
)
from xmppkit.stanza.iq import Iq

REFUSAL = (
    "<iq xmlns='jabber:client' type='error' from='upload.montague.tld'><error type='wait'>"
    "<resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Quota reached</text>{}</error></iq>"
)


def test_refused() -> None:
    error = SlotRefused(Iq(xml=ET.fromstring(REFUSAL.format(""))))
    assert isinstance(error, IqError)
    assert isinstance(error, FileUploadError)
    assert (error.condition, error.text, error.retry) == ("resource-constraint", "Quota reached", None)
    assert str(error) == "upload.montague.tld answered: wait: resource-constraint: Quota reached"


def test_refused_for_now() -> None:
    retry = "<retry xmlns='urn:xmpp:http:upload:0' stamp='2017-12-03T23:42:05Z'/>"
    error = SlotRefused(Iq(xml=ET.fromstring(REFUSAL.format(retry))))
    assert error.retry is not None
    assert str(error).endswith("Quota reached (try again at 2017-12-03T23:42:05+00:00)")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FileTooBig(100, 101), "the file has 101 bytes, more than 100, which is the limit"),
        (FileTooBig(None, 101), "the file has 101 bytes, more than the service's limit"),
        (FileTooBig(100), "the file has more than 100, which is the limit"),
        (HTTPError(413, "Too large"), "the HTTP server answered 413: Too large"),
        (HTTPError(500, "a\nb\x1b[31m"), "the HTTP server answered 500: a\\nb\\x1b[31m"),
        (HTTPError(500), "the HTTP server answered 500"),
        (PurposeNotSupported("profile"), "the upload service does not know the purpose 'profile'"),
        (UnsafeSlot("file:///", "no"), "the slot's URL 'file:///' cannot be used: no"),
        (
            UploadServiceNotFound("example.org"),
            "nobody at example.org offers HTTP File Upload: name a service in `upload_service`",
        ),
    ],
)
def test_texts(error: FileUploadError, text: str) -> None:
    assert str(error) == text
