# SPDX-License-Identifier: MIT
"""Message Archive Management: the wire."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0313 import MAM, Fin
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message

NS = "urn:xmpp:mam:2"
STAMP = datetime.datetime(2010, 6, 7, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("key", "name", "value", "texts"),
    [
        ("start", "start", STAMP, ["2010-06-07T00:00:00Z"]),
        ("end", "end", STAMP, ["2010-06-07T00:00:00Z"]),
        ("with", "with", JID("juliet@capulet.lit"), ["juliet@capulet.lit"]),
        ("before_id", "before-id", "b", ["b"]),
        ("after_id", "after-id", "a", ["a"]),
        ("ids", "ids", ["1", "2"], ["1", "2"]),
        ("include_groupchat", "include-groupchat", False, ["false"]),
    ],
)
def test_filters(key: str, name: str, value: Any, texts: list[str]) -> None:
    """XEP-0313 §4.1"""
    query = MAM()
    attribute = "with_" if key == "with" else key
    assert getattr(query, attribute) == ([] if key == "ids" else None)
    assert key not in query
    query[key] = value
    values = "".join(f"<value>{text}</value>" for text in texts)
    assert str(query) == (
        f'<query xmlns="{NS}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden">'
        f'<value>{NS}</value></field><field var="{name}">{values}</field></x></query>'
    )
    assert query[key] == value
    assert getattr(query, attribute) == value
    assert key in query
    setattr(query, attribute, value)
    if key == "ids":
        query[key] = ()
        assert key not in query
        query[key] = value
    assert list(query.get_fields()) == ["FORM_TYPE", name]
    del query[key]
    del query[key]
    assert list(query.get_fields()) == ["FORM_TYPE"]


def test_other_filters() -> None:
    """XEP-0313 §4.1.5"""
    query = MAM()
    name = "{http://example.com/}free-text-search"
    assert query.get_custom_field(name) is None
    query.set_custom_field(name, "love")
    query["start"] = STAMP
    assert query.get_custom_field(name) == "love"
    query.set_custom_field(name, ("love", "juliet"))
    assert query.get_custom_field(name) == ["love", "juliet"]
    query.set_custom_field(name, None)
    assert query.get_custom_field(name) is None
    assert query["start"] == STAMP
    assert MAM().get_fields() == {}
    MAM().set_custom_field(name, None)


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("start", "now", "start"),
        ("with", "@@", "address"),
        ("ids", "one", "ids"),
        ("ids", [object()], "ids"),
        ("include_groupchat", 7, "include_groupchat"),
    ],
)
def test_values_that_cannot_be(key: str, value: Any, why: str) -> None:
    query = MAM()
    with pytest.raises(ValueError, match=why):
        query[key] = value
    assert len(query.xml) == 0


def test_results_are_no_xml() -> None:
    iq = Iq()
    results = [Message()]
    for key in ("mam", "mam_fin"):
        assert iq[key]["results"] == []
        iq[key]["results"] = results
        assert iq[key]["results"] is iq[key].results is results
        assert len(iq[key].xml) == 0
        del iq[key]["results"]
        assert iq[key]["results"] == []
    with pytest.raises(InvalidValue, match="results"):
        iq["mam"].results = 7


def test_the_end_of_a_page() -> None:
    fin = Fin()
    assert (fin.complete, fin.stable) == (False, True)
    fin["complete"] = True
    fin["stable"] = False
    fin["rsm"]["last"] = "x"
    assert str(fin) == (
        f'<fin xmlns="{NS}" complete="true" stable="false">'
        '<set xmlns="http://jabber.org/protocol/rsm"><last>x</last></set></fin>'
    )
    fin.xml.set("complete", "perhaps")
    assert fin.complete is False
