# SPDX-License-Identifier: MIT
"""Stream errors (RFC 6120 §4.9)."""

from __future__ import annotations

import logging
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.stanza.registry import build_stanza
from xmppkit.stanza.stream_error import STREAM_CONDITIONS, StreamError
from xmppkit.xml.names import STREAM, STREAM_ERRORS


def received(inside: str) -> Any:
    return build_stanza(ET.fromstring(f"<stream:error xmlns:stream='{STREAM}'>{inside}</stream:error>"))


def test_reading() -> None:
    # RFC 6120 §4.9.4
    error = received(
        f"<not-well-formed xmlns='{STREAM_ERRORS}'/>"
        f"<text xml:lang='en' xmlns='{STREAM_ERRORS}'>Some special application diagnostic information!</text>"
        "<escape-your-data xmlns='http://example.org/ns'/>"
    )
    assert type(error) is StreamError
    assert error["condition"] == "not-well-formed"
    assert error["text"] == error.text == "Some special application diagnostic information!"
    assert error["see_other_host"] == ""


@pytest.mark.parametrize("host", ["foo.example.com", "[2001:41D0:1:A49b::1]:9222"])
def test_see_other_host(host: str) -> None:
    # RFC 6120 §4.9.3.19
    error = received(f"<see-other-host xmlns='{STREAM_ERRORS}'>\n {host}\n</see-other-host>")
    assert error["condition"] == "see-other-host"
    assert error["see_other_host"] == host
    del error["see_other_host"]
    assert error["see_other_host"] == error["condition"] == ""
    del error["see_other_host"]
    error["see_other_host"] = host
    assert (error["condition"], error["see_other_host"]) == ("see-other-host", host)


def test_a_new_one() -> None:
    error: Any = StreamError()
    assert str(error) == "<stream:error />"  # the prefix once
    error["condition"] = "host-unknown"
    error["text"] = "no such host"
    assert str(error) == (
        f'<stream:error><host-unknown xmlns="{STREAM_ERRORS}" /><text xmlns="{STREAM_ERRORS}">no such host</text>'
        "</stream:error>"
    )


def test_it_is_in_the_streams_namespace_whatever_the_stanzas(component: Any) -> None:
    assert StreamError(component).tag == f"{{{STREAM}}}error"


@pytest.mark.parametrize("condition", sorted(STREAM_CONDITIONS))
def test_the_defined_conditions(condition: str) -> None:
    error: Any = StreamError()
    error["condition"] = condition
    assert error["condition"] == condition
    assert error.xml[0].tag == f"{{{STREAM_ERRORS}}}{condition}"


def test_conditions_that_are_not_defined(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    error: Any = StreamError()
    error["condition"] = "item-not-found"
    assert error["condition"] == ""
    assert caplog.messages == ["StreamError has no condition 'item-not-found'"]
    assert received(f"<odd xmlns='{STREAM_ERRORS}'/>")["condition"] == "odd"


def test_values_make_the_round() -> None:
    error = received(
        f"<see-other-host xmlns='{STREAM_ERRORS}'>h</see-other-host><text xmlns='{STREAM_ERRORS}'>t</text>"
    )
    again = StreamError()
    again.values = error.values
    assert again == error
    assert again["see_other_host"] == "h"


def test_the_typed_view() -> None:
    error = StreamError()
    assert (error.condition, error.text, error.see_other_host) == (None, None, None)
    error.condition = "conflict"
    error.text = "replaced"
    assert (error["condition"], error["text"]) == ("conflict", "replaced")
    error.see_other_host = "example.org:5222"
    assert (error.condition, error.see_other_host) == ("see-other-host", "example.org:5222")
    del error.see_other_host
    assert error.condition is None
    with pytest.raises(ValueError, match=r"StreamError\.condition"):
        error.condition = "item-not-found"  # a stanza error's
