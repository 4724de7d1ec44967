# SPDX-License-Identifier: MIT
"""`StanzaBase`: addresses, the stream, answers."""

from __future__ import annotations

import copy
import logging
import pickle
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID, InvalidValue, NotConnectedError
from xmppkit.jid.address import JID
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.xml.names import CLIENT, COMPONENT, SERVER


class Letter(StanzaBase):
    """As a user writes one."""

    name, plugin_attrib = "letter", "letter"
    types = {"love", "hate", "error"}


class Nonza(StanzaBase):
    name, namespace, plugin_attrib = "nonza", "urn:nonza", "nonza"


def parse(text: str, stream: Any = None) -> Letter:
    return Letter(stream, ET.fromstring(text), recv=True)


def test_the_constructors_arguments() -> None:
    letter: Any = Letter(stype="love", sto="Juliet@capulet.lit", sfrom=JID("romeo@montague.lit"), sid="1")
    assert str(letter) == (
        '<letter xmlns="jabber:client" type="love" to="juliet@capulet.lit" from="romeo@montague.lit" id="1" />'
    )
    assert letter.stream is None
    assert letter.parent is None
    letter = Letter(None, None, "hate", "a", "b", "2")
    assert (letter["type"], letter["to"], letter["from"], letter["id"]) == ("hate", "a", "b", "2")


def test_the_constructor_asks_the_setters_of_a_class() -> None:
    class Opened(Letter):
        def set_type(self, value: Any) -> Any:
            self.xml.set("type", value.upper())
            return self

        def set_to(self, value: Any) -> Any:
            self.xml.set("to", f"c/o {value}")
            return self

    assert (Opened(stype="love").xml.get("type"), Opened(sto="a@b").xml.get("to")) == ("LOVE", "c/o a@b")
    assert Letter(stype="indifference").xml.get("type") is None
    assert Letter(sto=JID("a@b")).xml.get("to") == "a@b"
    assert Letter(stype="", sto="").xml.attrib == {}


def test_what_is_filled_in(stream: Any) -> None:
    class Filled(Letter):
        def _fill_in(self) -> None:
            self.id = "filled"

    assert Filled().id == "filled"
    assert Filled(xml=ET.Element("x")).id == "filled"
    assert Filled(stream, ET.Element("x"), recv=True).id is None
    assert Filled(recv=True).id is None


def test_received_stanzas_of_classes_with_and_without_a_constructor(stream: Any) -> None:
    class Counted(Letter):
        made = 0

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            Counted.made += 1

    class Marked(Letter):
        def __new__(cls, *args: Any, **kwargs: Any) -> Marked:
            Counted.made += 1
            return super().__new__(cls)

    element = ET.Element("x")
    for cls in (Letter, Counted, Marked):
        letter = cls.received(stream, element)
        assert type(letter) is cls
        assert (letter.stream, letter.xml, letter.parent, letter.iterables) == (stream, element, None, [])
    assert Counted.made == 2


def test_a_received_one_with_a_setup_of_its_own() -> None:
    class Noting(Letter):
        def setup(self, xml: ET.Element | None = None) -> bool:
            assert xml is not None
            xml.set("noted", "yes")
            return super().setup(xml)

    element = ET.Element("{jabber:client}letter")
    assert Noting(xml=element, recv=True).xml is element
    assert element.get("noted") == "yes"


def test_a_child_of_another() -> None:
    outer = Nonza()
    letter = Letter(parent=outer)
    assert list(outer.xml) == [letter.xml]
    existing = Letter(xml=ET.Element("x"), parent=outer, recv=True)
    assert existing.parent is not None
    assert existing.parent() is outer


@pytest.mark.parametrize("namespace", [CLIENT, COMPONENT, SERVER])
def test_a_new_one_is_in_the_streams_namespace(namespace: str, make_stream: Any) -> None:
    assert Letter(make_stream(namespace)).tag == f"{{{namespace}}}letter"
    assert Nonza(make_stream(namespace)).tag == "{urn:nonza}nonza"


def test_a_stream_with_a_namespace_that_is_none(make_stream: Any) -> None:
    assert Letter(make_stream("urn:ietf:params:xml:ns:xmpp-framing")).tag == f"{{{CLIENT}}}letter"


def test_addresses() -> None:
    letter: Any = Letter()
    assert letter["to"] == letter["from"] == ""
    assert isinstance(letter["to"], JID)
    assert letter.to is letter.from_ is None
    letter["to"] = "Juliet@Capulet.lit"
    letter["from"] = JID("romeo@montague.lit")
    assert letter.to == JID("juliet@capulet.lit")
    assert letter["from"].domain == "montague.lit"
    assert letter.set_to("") is letter.set_from("") is letter
    assert letter.xml.attrib == {}
    letter["to"] = JID("")
    assert letter.xml.attrib == {}
    with pytest.raises(InvalidJID):
        letter["to"] = "@"
    with pytest.raises(InvalidJID):
        letter.from_ = "a@"
    letter.to = JID("a@b")
    del letter["to"]
    assert letter.to is None


def test_a_peers_address_that_is_none_surfaces_in_the_dict_view_only() -> None:
    letter: Any = parse("<letter xmlns='jabber:client' from='@' to='a@b'/>")
    assert letter.from_ is None
    assert letter.to == "a@b"
    with pytest.raises(InvalidJID):
        letter["from"]
    assert letter.values["from"] == "@"
    assert "from" in letter


def test_types(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    letter: Any = Letter()
    letter["type"] = "love"
    assert letter.set_type("indifference") is letter
    assert letter["type"] == "love"
    assert caplog.messages == ["Letter has no type 'indifference'"]
    letter["type"] = ""
    assert letter["type"] == ""
    nonza: Any = Nonza()
    nonza["type"] = "anything"
    assert nonza["type"] == "anything"
    with pytest.raises(InvalidValue):
        nonza["type"] = []
    assert letter.error() is letter
    assert letter["type"] == "error"


def test_payload() -> None:
    letter: Any = parse("<letter xmlns='jabber:client' id='1'><a/><b/></letter>")
    assert [element.tag for element in letter["payload"]] == ["{jabber:client}a", "{jabber:client}b"]
    element, nonza = ET.Element("c"), Nonza()
    letter["payload"] = [element, nonza]
    assert letter["payload"] == [element, nonza.xml]
    letter["payload"] = element
    assert letter["payload"] == [element]
    letter["payload"] = nonza
    assert letter["payload"] == [nonza.xml]
    del letter["payload"]
    assert str(letter) == '<letter xmlns="jabber:client" id="1" />'


LETTER = """
<letter xmlns='{0}' type='love' id='1' from='juliet@capulet.lit/balcony' to='romeo@montague.lit' xml:lang='en'
  >text<payload xmlns='urn:x'/></letter>
"""


def test_a_clients_reply(stream: Any) -> None:
    letter = parse(LETTER.format(CLIENT), stream)
    before = str(letter)
    answer = letter.reply()
    assert type(answer) is Letter
    assert answer.stream is stream
    assert answer.xml.attrib == {
        "type": "love",
        "id": "1",
        "to": "juliet@capulet.lit/balcony",
        "{http://www.w3.org/XML/1998/namespace}lang": "en",
    }
    assert list(answer.xml) == []
    assert str(letter) == before


def test_a_components_reply(component: Any) -> None:
    answer = parse(LETTER.format(COMPONENT), component).reply()
    assert answer.tag == f"{{{COMPONENT}}}letter"
    assert (answer.to, answer.from_) == ("juliet@capulet.lit/balcony", "romeo@montague.lit")


def test_a_reply_with_what_was_said(stream: Any) -> None:
    letter = parse(LETTER.format(CLIENT), stream)
    answer = letter.reply(clear=False)
    assert answer.xml.text == "text"
    assert [child.tag for child in answer.xml] == ["{urn:x}payload"]
    assert answer.xml[0] is not letter.xml[0]


def test_a_reply_to_nobody_and_without_a_stream() -> None:
    assert Letter().reply().xml.attrib == {}
    assert Letter(sto="a@b").reply().xml.attrib == {}
    assert Letter(sfrom="@" and "a@b").reply().to == "a@b"


def test_sending(stream: Any) -> None:
    letter = Letter(stream)
    letter.send()
    assert stream.sent == [letter]
    with pytest.raises(NotConnectedError, match="this letter belongs to no stream"):
        Letter().send()


def test_what_happens_without_more(stream: Any, caplog: pytest.LogCaptureFixture) -> None:
    letter = Letter(stream)
    letter.unhandled()
    error = ValueError("x")
    letter.exception(error)
    assert stream.exceptions == [error]
    assert stream.sent == []
    Letter().exception(error)
    letter.exception(KeyboardInterrupt())  # not the stream's business
    assert caplog.messages == ["a handler of a letter failed"] * 2
    assert stream.exceptions == [error]


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_copies(how: Any, stream: Any) -> None:
    letter = parse(LETTER.format(CLIENT), stream)
    other = how(letter)
    assert other.stream is stream
    assert type(other) is Letter
    other.id = "2"
    assert letter.id == "1"
    assert other.xml[0] is not letter.xml[0]


def test_pretty_printing(capsys: pytest.CaptureFixture[str]) -> None:
    letter = Letter()
    letter.append(Nonza())
    text = letter.pretty_print()
    assert text == '<letter xmlns="jabber:client">\n  <nonza xmlns="urn:nonza" />\n</letter>'
    assert capsys.readouterr().out == text + "\n"


def test_strictness_is_the_streams(make_stream: Any) -> None:
    strict: Any = Letter(make_stream(strict_interfaces=True))
    lenient: Any = Letter(make_stream())
    with pytest.raises(InvalidValue, match=r"Letter\['unknown'\]"):
        strict["unknown"]
    assert lenient["unknown"] == ""


def test_a_received_stanza_is_one_small_object(stream: Any) -> None:
    letter = parse(LETTER.format(CLIENT), stream)
    assert letter._plugins is letter._iterables is None
    assert not hasattr(StanzaBase(stream, letter.xml, recv=True), "__dict__")
    assert issubclass(StanzaBase, ElementBase)


def test_the_typed_view_of_the_payload() -> None:
    letter = Letter()
    children = [ET.Element("{x}a"), ET.Element("{x}b")]
    letter.payload = children
    assert letter.payload == list(letter.xml) == children
    del letter.payload
    assert letter.payload == []


def test_a_stanza_can_be_pickled(stream: Any) -> None:
    letter: Any = Letter(stream, sto="a@b")
    letter.payload = [ET.Element("{x}a")]
    again = pickle.loads(pickle.dumps(letter))
    assert type(again) is Letter
    assert (again, str(again)) == (letter, str(letter))
    assert again.stream is None


def test_a_stanza_of_nested_elements_is_in_the_streams_namespace(component: Any) -> None:
    class Nested(Letter):
        name = "letter/page"

    nested = Nested(component)
    assert nested.xml.tag == f"{{{COMPONENT}}}letter"
    assert [child.tag for child in nested.xml] == [f"{{{COMPONENT}}}page"]
