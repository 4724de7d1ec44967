# SPDX-License-Identifier: MIT
"""Capability hashes: XEP-0390's examples, and what proves nothing."""

from __future__ import annotations

import base64
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0030.stanza.info import DISCO_INFO
from xmppkit.plugins.xep_0300.functions import digests
from xmppkit.plugins.xep_0390.hashing import certified, hash_input, node_of, parse_node, with_languages
from xmppkit.stanza.iq import Iq

#: §4.5.1
SIMPLE = "<identity category='client' name='BombusMod' type='mobile'/>" + "".join(
    f"<feature var='{feature}'/>"
    for feature in (
        "http://jabber.org/protocol/si",
        "http://jabber.org/protocol/bytestreams",
        "http://jabber.org/protocol/chatstates",
        "http://jabber.org/protocol/disco#info",
        "http://jabber.org/protocol/disco#items",
        "urn:xmpp:ping",
        "jabber:iq:time",
        "jabber:iq:privacy",
        "jabber:iq:version",
        "http://jabber.org/protocol/rosterx",
        "urn:xmpp:time",
        "jabber:x:oob",
        "http://jabber.org/protocol/ibb",
        "http://jabber.org/protocol/si/profile/file-transfer",
        "urn:xmpp:receipts",
        "jabber:iq:roster",
        "jabber:iq:last",
    )
)
#: §4.5.2
TKABBER = (
    "games:board http://jabber.org/protocol/activity http://jabber.org/protocol/activity+notify "
    "http://jabber.org/protocol/bytestreams http://jabber.org/protocol/chatstates http://jabber.org/protocol/commands "
    "http://jabber.org/protocol/disco#info http://jabber.org/protocol/disco#items http://jabber.org/protocol/evil "
    "http://jabber.org/protocol/feature-neg http://jabber.org/protocol/geoloc http://jabber.org/protocol/geoloc+notify "
    "http://jabber.org/protocol/ibb http://jabber.org/protocol/iqibb http://jabber.org/protocol/mood "
    "http://jabber.org/protocol/mood+notify http://jabber.org/protocol/rosterx http://jabber.org/protocol/si "
    "http://jabber.org/protocol/si/profile/file-transfer http://jabber.org/protocol/tune "
    "http://www.facebook.com/xmpp/messages http://www.xmpp.org/extensions/xep-0084.html#ns-metadata+notify "
    "jabber:iq:avatar jabber:iq:browse jabber:iq:dtcp jabber:iq:filexfer jabber:iq:ibb jabber:iq:inband "
    "jabber:iq:jidlink jabber:iq:last jabber:iq:oob jabber:iq:privacy jabber:iq:roster jabber:iq:time "
    "jabber:iq:version jabber:x:data jabber:x:event jabber:x:oob urn:xmpp:avatar:metadata+notify urn:xmpp:ping "
    "urn:xmpp:receipts "
    "urn:xmpp:time"
)
FORM = """<x xmlns='jabber:x:data' type='result'>
<field type='hidden' var='FORM_TYPE'><value>urn:xmpp:dataforms:softwareinfo</value></field>
<field var='software'><value>Tkabber</value></field>
<field var='software_version'><value>0.11.1-svn-20111216-mod (Tcl/Tk 8.6b2)</value></field>
<field var='os'><value>Windows</value></field><field var='os_version'><value>XP</value></field></x>"""
COMPLEX = (
    "<identity category='client' name='Tkabber' type='pc' xml:lang='en'/>"
    "<identity category='client' name='Ткаббер' type='pc' xml:lang='ru'/>"
    + "".join(f"<feature var='{feature}'/>" for feature in TKABBER.split())
    + FORM
)
VECTORS = [
    (SIMPLE, "sha-256", "kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8="),
    (SIMPLE, "sha3-256", "79mdYAfU9rEdTOcWDO7UEAt6E56SUzk/g6TnqUeuD9Q="),
    (COMPLEX, "sha-256", "u79ZroNJbdSWhdSp311mddz44oHHPsEBntQ5b1jqBSY="),
    (COMPLEX, "sha3-256", "XpUJzLAc93258sMECZ3FJpebkzuyNXDzRNwQog8eycg="),
]


def make(inner: str) -> DiscoInfo:
    return DiscoInfo(xml=ET.fromstring(f"<query xmlns='{DISCO_INFO}'>{inner}</query>"))


def node(info: DiscoInfo, function: str = "sha-256") -> str:
    return node_of(function, digests([hash_input(info)], [function])[function])


@pytest.mark.parametrize(("inner", "function", "packed"), VECTORS)
def test_the_examples(inner: str, function: str, packed: str) -> None:
    info = make(inner)
    assert node(info, function) == f"urn:xmpp:caps#{function}.{packed}"
    proved = certified(info, node(info, function))
    assert proved is not None
    assert hash_input(proved) == hash_input(info)
    assert certified(make(inner + "<feature var='urn:evil'/>"), node(info, function)) is None


def test_the_parts() -> None:
    info = make(
        "<feature var='b'/><feature var='a'/><identity category='c' type='t' name='n'/>"
        "<x xmlns='jabber:x:data' type='result'><field var='v'><value>2</value><value>1</value></field>"
        "<field var='FORM_TYPE' type='hidden'><value>f</value></field></x>"
    )
    features, identities = b"a\x1fb\x1f\x1c", b"c\x1ft\x1f\x1fn\x1f\x1e\x1c"
    assert hash_input(info) == features + identities + b"FORM_TYPE\x1ff\x1f\x1ev\x1f1\x1f2\x1f\x1e\x1d\x1c"


@pytest.mark.parametrize(
    "inner",
    [
        "<more xmlns='urn:x'/>",
        FORM.replace("type='hidden'", ""),
        FORM.replace("FORM_TYPE", "other"),
        FORM.replace("softwareinfo</value>", "softwareinfo</value><value>urn:x</value>"),
        FORM.replace("</x>", "<item/></x>"),
        FORM.replace("</x>", "<reported/></x>"),
    ],
)
def test_what_cannot_be_hashed(inner: str) -> None:
    """§4.1, 1 to 3"""
    with pytest.raises(InvalidValue):
        hash_input(make(inner))
    assert certified(make(inner), node(make(""))) is None


@pytest.mark.parametrize(
    "inner", ["<feature var='a'/><feature var='a'/>", "<identity category='c' type='t'/>" * 2, FORM + FORM]
)
def test_spoof_what_is_there_twice(inner: str) -> None:
    """It could not be kept as it was hashed."""
    assert certified(make(inner), node(make(inner))) is None


def test_what_is_not_hashed_is_not_believed() -> None:
    info = make(FORM.replace("var='os'", "var='os' label='slipped in'"))
    proved = certified(info, node(info))
    assert proved is not None
    assert "slipped in" not in str(proved)


def test_languages_may_be_implied() -> None:
    """§4.1: those of the stanza count, and are kept; servers lose them, so what is without them is looked at, too."""
    iq = Iq()
    iq["lang"] = "de"
    identity = "<identity category='c' type='t' name='n'/>"
    iq.append(make(identity + identity.replace("name", "xml:lang='en' name")))
    info = iq["disco_info"]
    explicit = with_languages(info, "de")
    assert [each.lang for each in explicit.identities] == ["de", "en"]
    assert [each.lang for each in info.identities] == [None, "en"]
    for meant in (explicit, info):
        proved = certified(info, node(meant))
        assert proved is not None
        assert proved.identities == meant.identities


def test_nodes() -> None:
    assert parse_node(node_of("sha-256", b"x" * 32)) == ("sha-256", b"x" * 32)
    assert parse_node(node_of("BLAKE2b256", b"x" * 32)) == ("BLAKE2b256", b"x" * 32)
    digest = base64.b64encode(b"x" * 32).decode()
    for wrong in (
        f"urn:xmpp:caps#sha-1.{base64.b64encode(b'x' * 20).decode()}",
        f"urn:xmpp:caps#sha.9.{digest}",
        f"urn:other#sha-256.{digest}",
        f"sha-256.{digest}",
        "urn:xmpp:caps#sha-256",
        "urn:xmpp:caps#sha-256.eHg=",
        "urn:xmpp:caps#sha-256.!",
        "urn:xmpp:caps#sha-256.Ω",
        "",
    ):
        assert parse_node(wrong) is None
        assert certified(make(""), wrong) is None
