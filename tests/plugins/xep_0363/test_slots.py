# SPDX-License-Identifier: MIT
"""What of a slot may be used."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from xmppkit.plugins.xep_0363 import Put, Slot, UnsafeSlot
from xmppkit.plugins.xep_0363.slots import allowed_headers, target_of

NS = "urn:xmpp:http:upload:0"
GOOD = "https://files.example.org/1"


def slot(put: str = GOOD, get: str = GOOD, inside: str = "") -> Slot:
    """A slot as a service might write it."""
    return Slot(ET.fromstring(f"<slot xmlns='{NS}'><put url='{put}'>{inside}</put><get url='{get}'/></slot>"))


def test_what_the_service_may_say() -> None:
    target = target_of(slot(get="https://b.example.org/", inside="<header name='Expires'>0</header>"))
    assert (target.put, target.get, target.headers) == (GOOD, "https://b.example.org/", (("Expires", "0"),))


def test_spoof_headers_that_no_service_may_set() -> None:
    """security.md B17; XEP-0363 §9.2"""
    put = Put()
    for name, value in [
        ("Host", "intern"),
        ("aUTHORIZATION", "one"),
        ("Content-Length", "0"),
        ("Authorization", "a\nX-Evil: 1\r\n"),
        ("Coo\nkie", "b"),
        ("Authorization ", "c"),
        ("Transfer-Encoding", "chunked"),
        ("Cookie", "c"),
        ("", "x"),
        ("Authorization", "two"),
    ]:
        header = ET.SubElement(put.xml, f"{{{NS}}}header", {"name": name})
        header.text = value
    ET.SubElement(put.xml, f"{{{NS}}}header")
    ET.SubElement(put.xml, f"{{{NS}}}header", {"name": "Expires"})
    assert allowed_headers(put) == (
        ("aUTHORIZATION", "one"),
        ("Authorization", "aX-Evil: 1"),
        ("Cookie", "b"),
        ("Cookie", "c"),
        ("Authorization", "two"),
        ("Expires", ""),
    )


@pytest.mark.parametrize(
    ("put", "get"),
    [
        ("http://files.example.org/1", GOOD),
        (GOOD, "http://files.example.org/1"),
        ("http://169.254.169.254/", GOOD),
        ("https://169.254.169.254/", GOOD),
        ("https://127.0.0.1:6379/", GOOD),
        ("https://localhost/", GOOD),
        (GOOD, "file:///etc/passwd"),
        (GOOD, "javascript:alert(1)"),
        ("https://a:b@files.example.org/", GOOD),
        ("", GOOD),
        (GOOD, ""),
        ("https://files.example.org/&#10;X: y", GOOD),
    ],
)
def test_spoof_urls_that_no_service_may_name(put: str, get: str) -> None:
    """security.md B17"""
    with pytest.raises(UnsafeSlot) as caught:
        target_of(slot(put, get))
    assert caught.value.url in (put, get) or "X: y" in caught.value.url


@pytest.mark.parametrize("text", ["<slot xmlns='{}'/>", "<slot xmlns='{}'><put/><get/></slot>"])
def test_no_urls(text: str) -> None:
    with pytest.raises(UnsafeSlot, match="there is none"):
        target_of(Slot(ET.fromstring(text.format(NS))))
    with pytest.raises(UnsafeSlot, match="there is none"):
        target_of(None)


def test_what_may_be_allowed() -> None:
    here = slot("http://127.0.0.1:8080/", "https://localhost/")
    assert target_of(here, http=True, private=True).put == "http://127.0.0.1:8080/"
    with pytest.raises(UnsafeSlot, match="scheme"):
        target_of(here, private=True)
    with pytest.raises(UnsafeSlot, match="public"):
        target_of(here, http=True)
