# SPDX-License-Identifier: MIT
"""etree, utils, version, constants, and dictionaries whose entries expire."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest

import xmppkit
from xmppkit.pyxmpp2 import constants, etree
from xmppkit.pyxmpp2.expdict import ExpiringDictionary
from xmppkit.pyxmpp2.utils import datetime_local_to_utc, datetime_utc_to_local, xml_elements_equal
from xmppkit.pyxmpp2.version import version


def test_etree() -> None:
    element = etree.ElementTree.Element("{jabber:client}message", {"to": "a@b"})
    assert isinstance(element, etree.ElementClass)
    assert not isinstance("message", etree.ElementClass)
    assert etree.element_to_unicode(element) == '<message to="a@b" />'


def test_version() -> None:
    assert version == xmppkit.__version__


def test_constants() -> None:
    for name in constants.__all__:
        if name.endswith("_QNP"):
            assert getattr(constants, name) == f"{{{getattr(constants, name[:-1].removesuffix('QN') + 'NS')}}}"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("<a/>", "<a/>", True),
        ("<a/>", "<b/>", False),
        ("<a x='1'/>", "<a/>", False),
        ("<a>1</a>", "<a>2</a>", False),
        ("<a><b/></a>", "<a/>", False),
        ("<a><b/>1</a>", "<a><b/>2</a>", False),
        ("<a><b>1</b></a>", "<a><b>2</b></a>", False),
    ],
)
def test_equal_elements(one: str, other: str, equal: bool) -> None:
    assert xml_elements_equal(ET.fromstring(one), ET.fromstring(other)) is equal


def test_text_of_the_first_level_may_not_count() -> None:
    one, other = ET.fromstring("<a> <b/> </a>"), ET.fromstring("<a><b/></a>")
    assert not xml_elements_equal(one, other)
    assert xml_elements_equal(one, other, True)


def test_local_times() -> None:
    moment = datetime(2020, 7, 1, 12, 30)
    assert datetime_local_to_utc(datetime_utc_to_local(moment)) == moment


@pytest.fixture
def clock() -> Callable[[float], float]:
    """Gives the time; what it is given makes it later."""
    now = [0.0]

    def clock(later: float = 0.0) -> float:
        now[0] += later
        return now[0]

    return clock


def test_entries_expire(clock: Callable[..., float]) -> None:
    gone: list[tuple[object, ...]] = []
    entries: ExpiringDictionary[str, int] = ExpiringDictionary(10.0, clock=clock)
    entries["a"] = 1
    entries.set_item("b", 2, 20.0, lambda key, value: gone.append((key, value)))
    entries.set_item("c", 3, 20.0, lambda key: gone.append((key,)))
    entries.set_item("d", 4, 20.0, lambda: gone.append(()))
    assert entries.expire() == 10.0
    clock(10.0)
    assert "a" not in entries
    assert entries.get("a", 5) == 5
    with pytest.raises(KeyError):
        entries["a"]
    assert entries.expire() == 10.0
    assert len(entries) == 3
    clock(10.0)
    assert entries.expire() is None
    assert sorted(gone, key=len) == [(), ("c",), ("b", 2)]


def test_entries_are_taken_out() -> None:
    entries: ExpiringDictionary[str, int] = ExpiringDictionary()
    entries["a"] = 1
    assert entries["a"] == entries.get("a") == entries.pop("a") == 1
    assert entries.pop("a", None) is None
    with pytest.raises(KeyError):
        entries.pop("a")
    entries["a"] = 1
    del entries["a"]
    entries["a"] = 1
    entries.clear()
    assert entries.expire() is None


def test_a_callback_that_takes_something_else(clock: Callable[..., float]) -> None:
    entries: ExpiringDictionary[str, int] = ExpiringDictionary(clock=clock)
    entries.set_item("a", 1, 0.0, lambda one, two, three: None)
    with pytest.raises(TypeError, match="key and value"):
        entries.expire()


MODULES = (
    "jid stanza message presence iq error stanzapayload stanzaprocessor settings roster sasl ext.version client simple"
)


@pytest.mark.parametrize("module", MODULES.split())
def test_nothing_imports_asyncio(module: str) -> None:
    program = f"import sys, xmppkit.pyxmpp2.{module}\nprint('asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
