# SPDX-License-Identifier: MIT
"""The vCard and its parts on the wire."""

from __future__ import annotations

import datetime
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0054.stanza import Agent, Nickname, Photo, Telephone, VCardTemp
from xmppkit.stanza.iq import Iq

# XEP-0054 §3.1, "Server Returns vCard", shortened
CARD = """
<vCard xmlns='vcard-temp'>
  <FN>Peter Saint-Andre</FN>
  <N><FAMILY>Saint-Andre</FAMILY><GIVEN>Peter</GIVEN><MIDDLE/></N>
  <NICKNAME>stpeter, psa</NICKNAME>
  <BDAY>1966-08-06</BDAY>
  <ORG><ORGNAME>XMPP Standards Foundation</ORGNAME><ORGUNIT/></ORG>
  <TEL><WORK/><VOICE/><NUMBER>303-308-3282</NUMBER></TEL>
  <TEL><WORK/><FAX/><NUMBER/></TEL>
  <ADR><WORK/><STREET>1899 Wynkoop Street</STREET><LOCALITY>Denver</LOCALITY></ADR>
  <ADR><HOME/><STREET/><LOCALITY>Denver</LOCALITY></ADR>
  <EMAIL><INTERNET/><PREF/><USERID>stpeter@jabber.org</USERID></EMAIL>
  <JABBERID>stpeter@jabber.org</JABBERID>
  <GEO><LAT>39.75</LAT><LON>-104.99</LON></GEO>
  <TZ>-07:00</TZ>
  <REV>2008-01-01T00:00:00Z</REV>
  <PHOTO><TYPE>image/png</TYPE><BINVAL>aGV
  sbG8=</BINVAL></PHOTO>
  <CLASS><PUBLIC/></CLASS>
</vCard>
"""


def test_attributes() -> None:
    card = VCardTemp(xml=fromstring(CARD))
    assert (card.full_name, card.version) == ("Peter Saint-Andre", None)
    assert card.name_parts is not None
    assert (card.name_parts.family, card.name_parts.given, card.name_parts.middle) == ("Saint-Andre", "Peter", "")
    assert [each.value for each in card.nicknames] == [["stpeter", "psa"]]
    assert [each.value for each in card.birthdays] == [datetime.date(1966, 8, 6)]
    assert [(each.number, each.work, each.fax) for each in card.telephone_numbers] == [
        ("303-308-3282", True, False),
        ("", True, True),
    ]
    assert [(each.work, each.home, each.locality) for each in card.addresses] == [
        (True, False, "Denver"),
        (False, True, "Denver"),
    ]
    assert [(each.userid, each.pref, each.x400) for each in card.emails] == [("stpeter@jabber.org", True, False)]
    assert [each.value for each in card.jids] == ["stpeter@jabber.org"]
    assert [(each.lat, each.lon) for each in card.geolocations] == [(39.75, -104.99)]
    assert [each.value for each in card.timezones] == [datetime.timezone(datetime.timedelta(hours=-7))]
    assert [each.value for each in card.revision_dates] == [datetime.datetime(2008, 1, 1, tzinfo=datetime.UTC)]
    assert [(each.type_, each.data, each.extval) for each in card.photos] == [("image/png", b"hello", None)]
    assert [each.public for each in card.classifications] == [True]
    assert card.notes == card.urls == card.agents == []


def test_items() -> None:
    card = VCardTemp(xml=fromstring(CARD))
    assert (card["FN"], card["N"]["FAMILY"], card["NICKNAME"]) == (
        "Peter Saint-Andre",
        "Saint-Andre",
        ["stpeter", "psa"],
    )
    assert (card["BDAY"], card["JABBERID"], card["TEL"]["WORK"]) == ("1966-08-06", "stpeter@jabber.org", True)
    assert (card["GEO"]["LAT"], card["GEO"]["LON"]) == ("39.75", "-104.99")
    assert (card["PHOTO"]["TYPE"], card["PHOTO"]["BINVAL"]) == ("image/png", b"hello")
    assert [each["USERID"] for each in card["emails"]] == ["stpeter@jabber.org"]
    copied = VCardTemp()
    copied.values = card.values
    assert [each.number for each in copied.telephone_numbers] == ["303-308-3282", ""]
    assert copied.photos[0].data == b"hello"
    assert copied.full_name == card.full_name


@pytest.mark.parametrize(
    ("key", "absent", "value", "xml", "plural"),
    [
        ("NICKNAME", [], ["a", "b"], "<NICKNAME>a,b</NICKNAME>", "nicknames"),
        ("BDAY", None, "2000-01-01", "<BDAY>2000-01-01</BDAY>", "birthdays"),
        ("JABBERID", "", "a@b", "<JABBERID>a@b</JABBERID>", "jids"),
        ("MAILER", "", "x", "<MAILER>x</MAILER>", "mailers"),
        ("TZ", None, datetime.UTC, "<TZ>Z</TZ>", "timezones"),
        ("TITLE", "", "x", "<TITLE>x</TITLE>", "titles"),
        ("ROLE", "", "x", "<ROLE>x</ROLE>", "roles"),
        (
            "CATEGORIES",
            [],
            ["a", "b"],
            "<CATEGORIES><KEYWORD>a</KEYWORD><KEYWORD>b</KEYWORD></CATEGORIES>",
            "categories",
        ),
        ("NOTE", "", "x", "<NOTE>x</NOTE>", "notes"),
        ("PRODID", "", "x", "<PRODID>x</PRODID>", "product_ids"),
        ("SORT_STRING", "", "x", "<SORT-STRING>x</SORT-STRING>", "sort_strings"),
        ("UID", "", "x", "<UID>x</UID>", "uids"),
        ("URL", "", "x", "<URL>x</URL>", "urls"),
        ("DESC", "", "x", "<DESC>x</DESC>", "descriptions"),
    ],
)
def test_single_values(key: str, absent: Any, value: Any, xml: str, plural: str) -> None:
    card = VCardTemp()
    assert card[key] == absent
    assert len(card.xml) == 0
    card[key] = value
    assert str(card) == f'<vCard xmlns="vcard-temp">{xml}</vCard>'
    assert card[key] == value
    assert len(card[plural]) == len(getattr(card, plural)) == 1
    del card[key]
    assert len(card.xml) == 0


def test_revisions() -> None:
    card = VCardTemp()
    moment = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
    card["REV"] = moment
    assert card["REV"] == card.revision_dates[0].value == moment


def test_parts() -> None:
    card = VCardTemp()
    card["LABEL"].add_line("first")
    card["LABEL"].add_line("second")
    card["LABEL"]["INT"] = True
    card["ORG"]["ORGNAME"] = "o"
    card["ORG"].add_orgunit("u1")
    card["ORG"].add_orgunit("u2")
    card["SOUND"]["PHONETC"], card["SOUND"]["BINVAL"] = "p", b"x"
    card["LOGO"]["EXTVAL"] = "http://x"
    card["AGENT"]["EXTVAL"] = "http://y"
    card["AGENT"]["vcard_temp"]["FN"] = "agent"
    assert str(card) == (
        '<vCard xmlns="vcard-temp"><LABEL><LINE>first</LINE><LINE>second</LINE><INTL /></LABEL>'
        "<ORG><ORGNAME>o</ORGNAME><ORGUNIT>u1</ORGUNIT><ORGUNIT>u2</ORGUNIT></ORG>"
        "<SOUND><PHONETIC>p</PHONETIC><BINVAL>eA==</BINVAL></SOUND><LOGO><EXTVAL>http://x</EXTVAL></LOGO>"
        "<AGENT><EXTVAL>http://y</EXTVAL><vCard><FN>agent</FN></vCard></AGENT></vCard>"
    )
    assert (card["LABEL"]["lines"], card["ORG"]["ORGUNIT"]) == (["first", "second"], "u1")
    assert card.organizations[0].orgunits == ["u1", "u2"]
    agent = VCardTemp.of(card.agents[0])
    assert agent is not None
    assert agent.full_name == "agent"
    assert isinstance(card.agents[0], Agent)


def test_a_number_is_there_even_if_it_is_empty() -> None:
    """XEP-0054 §8"""
    number = Telephone()
    number["NUMBER"] = ""
    assert str(number) == '<TEL xmlns="vcard-temp"><NUMBER /></TEL>'


def test_nonsense() -> None:
    card = VCardTemp(
        xml=fromstring(
            "<vCard xmlns='vcard-temp'><GEO><LAT>north</LAT></GEO>"
            "<BDAY>soon</BDAY><JABBERID>@</JABBERID><TZ>CST</TZ><REV>x</REV>"
            "<PHOTO><BINVAL>no base64!</BINVAL></PHOTO><NICKNAME>, ,</NICKNAME></vCard>"
        )
    )
    assert [card.birthdays[0].value, card.jids[0].value, card.timezones[0].value, card.revision_dates[0].value] == [
        None
    ] * 4
    assert (card.photos[0].data, card.geolocations[0].lat, card["GEO"]["LAT"]) == (None, None, "north")
    assert card["PHOTO"]["BINVAL"] == b""
    assert card.nicknames[0].value == []
    with pytest.raises(InvalidValue, match="Nickname"):
        Nickname().value = [1]  # type: ignore[list-item]
    with pytest.raises(InvalidValue, match="Photo"):
        Photo().data = 7  # type: ignore[assignment]


def test_in_an_iq() -> None:
    iq = Iq()
    iq["vcard_temp"]["FN"] = "x"
    assert VCardTemp.of(iq) is not None
    card = VCardTemp()
    card["NICKNAME"] = "a, b"
    assert card["NICKNAME"] == ["a", "b"]
