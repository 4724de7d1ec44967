# SPDX-License-Identifier: MIT
"""Fields that say something of the element itself."""

from __future__ import annotations

from enum import Enum
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.elementfields import ElementName, Present
from xmppkit.stanza.message import Message


class Light(Enum):
    RED = "red"
    GREEN = "green"


class Host(Message):
    """A message with two extensions."""


class Signal(ElementBase, parents=(Host,)):
    name = "red"
    other_names = ("green", "broken")
    namespace = "urn:example:signal"
    plugin_attrib = "signal"
    is_extension = True

    signal = ElementName(Light)


class Request(ElementBase, parents=(Host,)):
    name = "request"
    namespace = "urn:example:signal"
    plugin_attrib = "request"
    is_extension = True

    request = Present()


def children(host: Host) -> list[str]:
    return [child.tag.rpartition("}")[2] for child in host.xml]


def test_the_name() -> None:
    host = Host()
    assert (host["signal"], "signal" in host, Signal.of(host)) == ("", False, None)
    host["signal"] = "green"
    found = Signal.of(host)
    assert found is not None
    assert (found.signal, host["signal"], "signal" in host) == (Light.GREEN, "green", True)
    found.signal = Light.RED
    assert children(host) == ["red"]
    assert "signal" in found
    host["signal"] = Light.GREEN
    assert children(host) == ["green"]
    del host["signal"]
    assert children(host) == []
    assert found.signal is None


def test_removing_by_value() -> None:
    host = Host()
    for nothing in ("", None):
        host["signal"] = "red"
        host["signal"] = nothing
        assert children(host) == []
    host["signal"] = "red"
    found = Signal.of(host)
    assert found is not None
    found.signal = None
    assert children(host) == []
    del found.signal  # it is not there
    found.signal = Light.GREEN
    assert children(host) == ["green"]


def test_what_was_received() -> None:
    host = Host(xml=ET.fromstring("<message xmlns='jabber:client'><broken xmlns='urn:example:signal'/></message>"))
    found = Signal.of(host)
    assert found is not None
    assert (found.signal, host["signal"]) == (None, "")
    assert host.match("message/signal")
    assert Signal().signal is Light.RED  # in no parent


def test_a_refused_value_leaves_nothing() -> None:
    host = Host()
    with pytest.raises(InvalidValue, match="one of red, green"):
        host["signal"] = "blue"
    assert children(host) == []
    host["signal"] = "red"
    with pytest.raises(InvalidValue, match=r"Signal\.signal"):
        host["signal"] = "blue"
    assert children(host) == ["red"]


def test_whether_it_is_there() -> None:
    host = Host()
    assert (host["request"], "request" in host) == (False, False)
    host["request"] = True
    assert (host["request"], "request" in host, children(host)) == (True, True, ["request"])
    host["request"] = True
    assert children(host) == ["request"]
    host["request"] = False
    assert children(host) == []
    host["request"] = True
    found = Request.of(host)
    assert found is not None
    found.request = True
    del found.request
    assert (children(host), found.request) == ([], False)
    found.request = True
    assert (children(host), found.request) == (["request"], True)
    assert Request.of(host) is found
    assert "request" in found
    found.request = False
    assert children(host) == []


def test_values() -> None:
    host, other = Host(), Host()
    host["request"], host["signal"] = True, "green"
    other.values = host.values
    assert other == host
    assert sorted(children(other)) == ["green", "request"]
