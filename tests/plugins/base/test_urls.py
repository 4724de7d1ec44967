# SPDX-License-Identifier: MIT
"""Which URLs of strangers may be opened."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.plugins.base.urls import fault_of_url, is_public_address


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public_address(address)


def test_no_address() -> None:
    with pytest.raises(ValueError, match="example"):
        is_public_address("example.org")


@pytest.mark.parametrize(
    "url",
    [
        "https://upload.example.org/a/tr%C3%A8s%20cool.jpg?x=(1)&y=2#here",
        "HTTPS://example.org:8443",
        "https://93.184.216.34/x",
        "https://[2606:2800:220:1::1]:443/x",
        "https://1.example.org/",
        "https://localhost.example.org/",
    ],
)
def test_urls_that_may_be_opened(url: str) -> None:
    assert fault_of_url(url) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "characters"),
        ("https://example.org/a b", "characters"),
        ("https://example.org/\nX: y", "characters"),
        ("https://exämple.org/", "characters"),
        ("https://[::1/", "no URL"),
        ("https://example.org:99999/", "no URL"),
        ("https://example.org:x/", "no URL"),
        ("http://example.org/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("//example.org/", "scheme"),
        ("https:///path", "no host"),
        ("https://a:b@example.org/", "password"),
        ("https://@example.org/", "password"),
        ("https://127.0.0.1/", "public"),
        ("https://[::1]:5443/", "public"),
        ("https://169.254.169.254/latest", "public"),
        ("https://127.1/", "no address"),
        ("https://2130706433/", "no address"),
        ("https://0x7f.1/", "no address"),
        ("https://0x7f000001./", "no address"),
        ("https://0177.0.0.1/", "no address"),
        ("https://localhost/", "machine itself"),
        ("https://a.LOCALHOST.:80/", "machine itself"),
    ],
)
def test_urls_that_must_not_be_opened(url: str, why: str) -> None:
    fault = fault_of_url(url)
    assert fault is not None
    assert why in fault


def test_what_may_be_allowed() -> None:
    assert fault_of_url("http://127.0.0.1:80/", ("http", "https"), private=True) is None
    assert fault_of_url("https://localhost/", private=True) is None
    assert fault_of_url("ftp://example.org", ("http", "https")) == "its scheme is not http or https"


@given(st.text())
def test_nothing_raises(text: str) -> None:
    assert fault_of_url(text) is None or isinstance(fault_of_url("https://" + text), str | None)


@given(st.ip_addresses(v=4))
def test_an_address_in_ipv6_is_judged_like_itself(address: ipaddress.IPv4Address) -> None:
    assert is_public_address(f"::ffff:{address}") == is_public_address(str(address))
