# SPDX-License-Identifier: MIT
"""disco#info on the wire."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0030.stanza import DiscoInfo, Identity
from xmppkit.stanza.iq import Iq

NS = "http://jabber.org/protocol/disco#info"

#: Where it is from, the XML, node, identities, features.
ROWS: list[tuple[str, str, str | None, list[tuple[Any, ...]], list[str]]] = [
    ("§3.1, Querying for information", f"<query xmlns='{NS}'/>", None, [], []),
    (
        "§3.1, Result-set for information request",
        f"""<query xmlns='{NS}'>
        <identity category='conference' type='text' name='Play-Specific Chatrooms'/>
        <identity category='directory' type='chatroom' name='Play-Specific Chatrooms'/>
        <feature var='http://jabber.org/protocol/disco#info'/>
        <feature var='http://jabber.org/protocol/muc'/>
        <feature var='jabber:iq:version'/></query>""",
        None,
        [
            ("conference", "text", None, "Play-Specific Chatrooms"),
            ("directory", "chatroom", None, "Play-Specific Chatrooms"),
        ],
        [NS, "http://jabber.org/protocol/muc", "jabber:iq:version"],
    ),
    (
        "§3.2, JID+node result",
        f"""<query xmlns='{NS}' node='http://jabber.org/protocol/commands'>
        <identity category='automation' type='command-list'/><feature var='{NS}'/></query>""",
        "http://jabber.org/protocol/commands",
        [("automation", "command-list", None, None)],
        [NS],
    ),
    (
        "what breaks the rules",
        f"<query xmlns='{NS}'><identity/><identity category='' name=''/><feature/><feature/><x xmlns='y'/></query>",
        None,
        [("", "", None, None), ("", "", None, None)],
        ["", ""],
    ),
]


@pytest.mark.parametrize(("where", "text", "node", "identities", "features"), ROWS, ids=[row[0] for row in ROWS])
def test_reading(where: str, text: str, node: str | None, identities: list[Any], features: list[str]) -> None:
    info = DiscoInfo(xml=ET.fromstring(text))
    assert (info.node, info.identities, info.features) == (node, identities, features)
    assert info["node"] == (node or "")
    assert info["identities"] == info["identities|*"] == set(identities)
    assert info["features"] == set(features)
    assert info.get_identities(dedupe=False) == identities
    assert info.get_features(dedupe=False) == features
    again = DiscoInfo(xml=ET.fromstring(str(info)))
    assert again == info


LANGUAGES = f"""<query xmlns='{NS}'><identity category='client' type='pc' name='Psi'/>
<identity xml:lang='en' category='client' type='pc' name='Psi 0.11'/>
<identity xml:lang='el' category='client' type='pc' name='Ψ 0.11'/></query>"""


def test_languages() -> None:
    info = DiscoInfo(xml=ET.fromstring(LANGUAGES))
    greek = Identity("client", "pc", "el", "Ψ 0.11")
    assert info["identities|el"] == info.get_identities("el") == {greek}
    assert info.dict_identities("el") == [{"category": "client", "type": "pc", "lang": "el", "name": "Ψ 0.11"}]
    assert len(info.dict_identities()) == 3
    info["identities|el"] = {("client", "web", None, "Ψ"), ("client", "pc", "fr", "non"), ("client", "bot", "el")}
    assert info["identities|el"] == {("client", "web", "el", "Ψ"), ("client", "bot", "el", None)}
    assert len(info.identities) == 4
    info["identities|*"] = [greek]
    assert info.identities == [greek]
    info.set_identities([greek, ("client", "pc")])
    del info["identities|el"]
    assert info.identities == [("client", "pc", None, None)]
    info.del_identities("*")
    assert info.identities == []


def test_identities_one_by_one() -> None:
    info = DiscoInfo()
    info.add_feature("f")
    assert info.add_identity("client", "bot", "Echo")
    assert not info.add_identity("client", "bot", "another name")
    assert info.add_identity("client", "bot", "Echo auf Deutsch", "de")
    assert str(info) == (
        f'<query xmlns="{NS}"><identity category="client" type="bot" name="Echo" />'
        '<identity category="client" type="bot" xml:lang="de" name="Echo auf Deutsch" /><feature var="f" /></query>'
    )
    assert not info.del_identity("client", "bot", lang="fr")
    assert info.del_identity("client", "bot", "whatever")
    assert info.identities == [("client", "bot", "de", "Echo auf Deutsch")]


def test_features_one_by_one() -> None:
    info = DiscoInfo()
    assert info.add_feature("a")
    assert not info.add_feature("a")
    assert info.add_feature("b")
    assert info.del_feature("a")
    assert not info.del_feature("a")
    assert info.features == ["b"]


def test_assigning() -> None:
    iq = Iq()
    info: DiscoInfo = iq["disco_info"]
    info.features = ["a", "b", "a"]
    info.identities = [Identity("x", "y"), ("x", "y", None, "double"), ("x", "y", "de", "z")]  # type: ignore[list-item]
    assert [child.tag.rpartition("}")[2] for child in info.xml] == ["identity", "identity", "feature", "feature"]
    assert info.identities == [("x", "y", None, None), ("x", "y", "de", "z")]
    assert info.features == ["a", "b"]
    assert type(info).features.present(info)
    assert type(info).identities.present(info)
    info.identities = info.features = None  # type: ignore[assignment]
    assert len(info.xml) == 0
    assert not type(info).features.present(info)
    assert not type(info).identities.present(info)


def test_the_values_of_the_whole() -> None:
    info = DiscoInfo(xml=ET.fromstring(LANGUAGES))
    info["node"] = "n"
    info["features"] = {"a", "b"}
    other = DiscoInfo()
    other.values = info.values
    assert other == info


@pytest.mark.parametrize("value", ["abc", b"abc", [b"x"], 3])
def test_features_that_are_none(value: Any) -> None:
    with pytest.raises((InvalidValue, TypeError)):
        DiscoInfo()["features"] = value


@pytest.mark.parametrize("value", [[("a", b"b")], [3]])
def test_identities_that_are_none(value: Any) -> None:
    info = DiscoInfo(xml=ET.fromstring(LANGUAGES))
    with pytest.raises(InvalidValue, match="identities"):
        info["identities"] = value
    assert len(info.identities) == 3
