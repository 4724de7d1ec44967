# SPDX-License-Identifier: MIT
"""Atom entries (RFC 4287)."""

from __future__ import annotations

import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza.atom import ATOM, AtomAuthor, AtomEntry

# XEP-0060, "Publisher Publishes a New Weblog Entry", its entry
SOLILOQUY = f"""
<entry xmlns='{ATOM}'>
  <title>Soliloquy</title>
  <summary>To be, or not to be: that is the question</summary>
  <link rel='alternate' type='text/html' href='http://denmark.lit/2003/12/13/atom03'/>
  <id>tag:denmark.lit,2003:entry-32397</id>
  <published>2003-12-13T18:30:02Z</published>
  <updated>2003-12-13T18:30:02Z</updated>
</entry>
"""


def test_reading() -> None:
    entry: Any = AtomEntry(xml=ET.fromstring(SOLILOQUY))
    values = {
        "title": "Soliloquy",
        "summary": "To be, or not to be: that is the question",
        "id": "tag:denmark.lit,2003:entry-32397",
        "published": "2003-12-13T18:30:02Z",
        "updated": "2003-12-13T18:30:02Z",
        "content": "",
    }
    assert {key: entry[key] for key in AtomEntry.interfaces} == values
    moment = datetime.datetime(2003, 12, 13, 18, 30, 2, tzinfo=datetime.UTC)
    assert (entry.id, entry.published, entry.updated) == (values["id"], moment, moment)
    assert (entry.content, entry.author) == (None, None)


def test_writing() -> None:
    entry: Any = AtomEntry()
    entry["title"] = "Soliloquy"
    entry.updated = datetime.datetime(2003, 12, 13, 18, 30, 2, tzinfo=datetime.UTC)
    entry["author"]["name"] = "Hamlet"
    entry["author"]["uri"] = "xmpp:hamlet@denmark.lit"
    assert str(entry) == (
        f'<entry xmlns="{ATOM}"><title>Soliloquy</title><updated>2003-12-13T18:30:02Z</updated>'
        "<author><name>Hamlet</name><uri>xmpp:hamlet@denmark.lit</uri></author></entry>"
    )
    assert type(entry.author) is AtomAuthor
    assert (entry.author.name_, entry.author.uri, entry.author.email) == ("Hamlet", "xmpp:hamlet@denmark.lit", None)
    again = AtomEntry()
    again.values = entry.values
    assert again == entry
    with pytest.raises(InvalidValue, match=r"AtomEntry\.published"):
        entry["published"] = "yesterday"
