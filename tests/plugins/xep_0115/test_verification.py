# SPDX-License-Identifier: MIT
"""Verification strings: XEP-0115's own, and what proves nothing."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from xmppkit.plugins.xep_0030.stanza import DiscoInfo, Identity
from xmppkit.plugins.xep_0030.stanza.info import DISCO_INFO
from xmppkit.plugins.xep_0115.verification import certified, forms_of, generate_verstring, hashed_part

FEATURES = (
    "http://jabber.org/protocol/muc",
    "http://jabber.org/protocol/disco#items",
    "http://jabber.org/protocol/caps",
    "http://jabber.org/protocol/disco#info",
)
FORM = """<x xmlns='jabber:x:data' type='result'>
<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
<field var='software_version' label='slipped in'><value>0.11</value></field>
<field var='os'><value>Mac</value></field>
<field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field>
<field var='os_version'><value>10.5.1</value></field>
<field var='software'><value>Psi</value></field></x>"""
PSI = (
    "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"
    "<identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>"
)
EXODUS = "<identity category='client' name='Exodus 0.9.1' type='pc'/>"
SIMPLE = "QgayPKawpkPSDYmwT/WM94uAlu0="
COMPLEX = "q07IKJEyjvHSyhy//CH0CxmKi8w="


def make(inner: str = "", features: tuple[str, ...] = FEATURES) -> DiscoInfo:
    listed = "".join(f"<feature var='{feature}'/>" for feature in features)
    return DiscoInfo(xml=ET.fromstring(f"<query xmlns='{DISCO_INFO}'>{inner}{listed}</query>"))


def test_the_simple_example() -> None:
    """§5.2"""
    assert generate_verstring(make(EXODUS), "sha-1") == SIMPLE
    assert generate_verstring(make(EXODUS), "SHA-1") == generate_verstring(make(EXODUS), "sha1") == SIMPLE
    assert generate_verstring(make(EXODUS), "md5") == "65KLdMRhWsklTPilUQXwGw=="
    assert generate_verstring(make(EXODUS), "crc32") is None
    assert len(generate_verstring(make(EXODUS), "sha-512") or "") == 88


def test_the_complex_example() -> None:
    """§5.3"""
    info = make(PSI + FORM)
    assert generate_verstring(info) == COMPLEX
    proved = certified(info, COMPLEX, "sha-1")
    assert proved is not None
    assert generate_verstring(proved) == COMPLEX


def test_what_is_not_hashed_is_not_believed() -> None:
    info = make(PSI + FORM + "<more xmlns='urn:example'/><x xmlns='jabber:x:data' type='result'/>")
    proved = certified(info, COMPLEX, "sha-1")
    assert proved is not None
    assert "slipped in" not in str(proved)
    assert "urn:example" not in str(proved)
    assert set(proved.identities) == {
        Identity("client", "pc", "en", "Psi 0.11"),
        Identity("client", "pc", "el", "Ψ 0.11"),
    }
    [form] = proved["forms"]
    assert form.field["ip_version"].texts == ["ipv6", "ipv4"]
    assert set(proved.features) == set(FEATURES)


@pytest.mark.parametrize(
    "form",
    [
        "<x xmlns='jabber:x:data' type='result'/>",
        "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>urn:x</value></field></x>",
        "<x xmlns='jabber:x:data' type='result'><field var='os'><value>Mac</value></field></x>",
    ],
)
def test_a_form_without_a_hidden_form_type_is_ignored(form: str) -> None:
    """§5.4, 3.6"""
    assert forms_of(make(form)) == {}
    proved = certified(make(EXODUS + form), SIMPLE, "sha-1")
    assert proved is not None
    assert proved["forms"] == []


@pytest.mark.parametrize(
    ("inner", "features"),
    [
        (EXODUS + EXODUS, FEATURES),
        (EXODUS, (*FEATURES, FEATURES[0])),
        (EXODUS + FORM + FORM, FEATURES),
        (EXODUS + FORM.replace("softwareinfo</value>", "softwareinfo</value><value>urn:x</value>"), FEATURES),
        (EXODUS + FORM.replace("<value>urn:xmpp:dataforms:softwareinfo</value>", ""), FEATURES),
    ],
)
def test_ill_formed_answers(inner: str, features: tuple[str, ...]) -> None:
    """§5.4, 3.3 to 3.5"""
    assert generate_verstring(make(inner, features)) is None
    assert certified(make(inner, features), SIMPLE, "sha-1") is None


def test_a_form_type_may_be_said_twice_alike() -> None:
    twice = FORM.replace("softwareinfo</value>", "softwareinfo</value><value>urn:xmpp:dataforms:softwareinfo</value>")
    assert generate_verstring(make(PSI + twice)) == COMPLEX


def test_spoof_another_answer() -> None:
    assert certified(make(EXODUS, FEATURES[1:]), SIMPLE, "sha-1") is None
    assert certified(make(EXODUS), SIMPLE, "sha-256") is None
    assert certified(make(EXODUS), "Ω", "sha-1") is None


#: Answers with the hash of an honest one: what is hashed is the same, what is said is not (§9.3).
LAST, BEFORE, THIRD = "urn:xmpp:time", "urn:xmpp:receipts", "urn:xmpp:ping"
HONEST = make(EXODUS, (*FEATURES, THIRD, BEFORE, LAST))


@pytest.mark.parametrize(
    ("inner", "features"),
    [
        # the last feature is a form without fields
        (
            f"{EXODUS}<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>"
            f"<value>{LAST}</value></field></x>",
            (*FEATURES, THIRD, BEFORE),
        ),
        # the last three are a form with a field
        (
            f"{EXODUS}<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>"
            f"<value>{THIRD}</value></field><field var='{BEFORE}'><value>{LAST}</value></field></x>",
            FEATURES,
        ),
        # the last two are a form with a field without a value
        (
            f"{EXODUS}<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>"
            f"<value>{BEFORE}</value></field><field var='{LAST}'/></x>",
            (*FEATURES, THIRD),
        ),
        # the first feature is an identity
        (
            f"{EXODUS}<identity category='http:' type='' xml:lang='jabber.org' name='protocol/caps'/>",
            (*(each for each in FEATURES if not each.endswith("caps")), THIRD, BEFORE, LAST),
        ),
        # the identity is a feature
        ("", ("client/pc//Exodus 0.9.1", *FEATURES, THIRD, BEFORE, LAST)),
        # two features are one
        (EXODUS, (*FEATURES, f"{THIRD}&lt;{BEFORE}", LAST)),
        # a feature is within the name of the identity
        (
            "<identity category='client' type='pc' name='Exodus 0.9.1&lt;http://jabber.org/protocol/caps'/>",
            (*(each for each in FEATURES if not each.endswith("caps")), THIRD, BEFORE, LAST),
        ),
    ],
)
def test_spoof_an_answer_with_the_hash_of_another(inner: str, features: tuple[str, ...]) -> None:
    ver = generate_verstring(HONEST)
    assert ver is not None
    assert certified(HONEST, ver, "sha-1") is not None
    forged = make(inner, features)
    assert generate_verstring(forged) == ver
    assert certified(forged, ver, "sha-1") is None


@pytest.mark.parametrize(
    "inner",
    [
        "<identity category='client' type='pc' xml:lang='a/b' name='x'/>",
        FORM.replace("urn:xmpp:dataforms:softwareinfo", "ip_version"),
        FORM.replace("urn:xmpp:dataforms:softwareinfo", "urn:xmpp:unknown"),
    ],
)
def test_what_could_mean_something_else(inner: str) -> None:
    info = make(inner)
    ver = generate_verstring(info)
    assert ver is not None
    assert certified(info, ver, "sha-1") is None


@pytest.mark.parametrize(
    ("form", "features"),
    [
        (FORM, FEATURES),
        (FORM, ()),
        (FORM.replace("softwareinfo", "other"), (*FEATURES, LAST)),
        (FORM.replace("var='os'", "var='{http://example.org}os'"), FEATURES),
        (FORM.replace("<value>Mac</value>", ""), FEATURES),
        (FORM.replace("var='os'", ""), FEATURES),
        (FORM.replace("var='os'", "var='os_version'"), FEATURES),
    ],
)
def test_forms_as_they_are_met(form: str, features: tuple[str, ...]) -> None:
    info = make(EXODUS + form, features)
    ver = generate_verstring(info)
    assert ver is not None
    proved = certified(info, ver, "sha-1")
    assert proved is not None
    assert generate_verstring(proved) == ver


def test_nothing_is_something() -> None:
    assert generate_verstring(DiscoInfo()) == "2jmj7l5rSw0yVb/vlWAYkK/YBwk="  # the SHA-1 of no bytes
    assert hashed_part(DiscoInfo()).features == []
