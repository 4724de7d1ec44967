# SPDX-License-Identifier: MIT
"""IQs (RFC 6120 §8.2.3)."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID, InvalidValue, NotConnectedError, UnserializableXML
from xmppkit.jid.address import JID
from xmppkit.stanza.iq import Iq, IqType
from xmppkit.stanza.negotiation.bind import Bind
from xmppkit.stanza.roster import Roster
from xmppkit.xml.names import BIND, CLIENT, COMPONENT, ROSTER, STANZA_ERRORS

# RFC 6120 §8.2.3 and §8.4
REQUEST = """
<iq xmlns='{0}' from='juliet@example.com/balcony' id='b4vs9km4' to='romeo@example.net' type='get'>
  <payload xmlns='http://www.example.com/ns'/>
</iq>
"""


def received(text: str = REQUEST, stream: Any = None) -> Any:
    return Iq(stream, ET.fromstring(text.format(stream.default_ns if stream else CLIENT)), recv=True)


def test_reading() -> None:
    iq = received()
    assert (iq["type"], iq["id"], iq["from"], iq["to"], iq["query"]) == (
        "get",
        "b4vs9km4",
        "juliet@example.com/balcony",
        "romeo@example.net",
        "",
    )
    assert iq.type_ is IqType.GET
    assert Iq.types == {"get", "set", "result", "error"}


def test_ids(make_stream: Any) -> None:
    stream = make_stream()
    assert [Iq(stream).id, Iq(stream).id] == ["n1", "n2"]
    assert Iq().id == "0"
    assert Iq(stream, sid="x").id == "x"
    assert Iq(stream, ET.Element("iq"), recv=True).id is None


def test_types(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    iq: Any = Iq(stype="get")
    iq["type"] = "ask"
    assert iq["type"] == "get"
    assert caplog.messages == ["Iq has no type 'ask'"]
    with pytest.raises(InvalidValue):
        iq.type_ = "ask"
    assert received("<iq xmlns='{0}' type='ask'/>").type_ is None


def test_queries() -> None:
    iq: Any = Iq(stype="get")
    assert iq.set_query("jabber:iq:one") is iq
    assert iq["query"] == "jabber:iq:one"
    payload = iq.xml[0]
    iq["query"] = "jabber:iq:one"
    assert iq.xml[0] is payload
    iq["query"] = ROSTER
    assert [child.tag for child in iq.xml] == [f"{{{ROSTER}}}query"]
    assert isinstance(iq["roster"], Roster)
    del iq["query"]
    assert "roster" not in iq
    assert list(iq.xml) == []
    iq["query"] = ""
    assert list(iq.xml) == []
    iq["query"] = "jabber:iq:two"
    iq.set_query("")
    assert list(iq.xml) == []


def test_a_query_among_other_children() -> None:
    iq = received("<iq xmlns='{0}'><x xmlns='urn:x'/><query xmlns='urn:q'/></iq>")
    assert iq["query"] == "urn:q"
    del iq["query"]
    assert [child.tag for child in iq.xml] == ["{urn:x}x"]


def test_a_clients_reply(stream: Any) -> None:
    answer = received(stream=stream).reply()
    assert str(answer) == f'<iq xmlns="{CLIENT}" id="b4vs9km4" type="result" to="juliet@example.com/balcony" />'
    kept = received(stream=stream).reply(clear=False)
    assert [child.tag for child in kept.xml] == ["{http://www.example.com/ns}payload"]
    assert kept["type"] == "result"


def test_a_components_reply(component: Any) -> None:
    answer = received(stream=component).reply()
    assert str(answer) == (
        f'<iq xmlns="{COMPONENT}" id="b4vs9km4" type="result" to="juliet@example.com/balcony" '
        'from="romeo@example.net" />'
    )


@pytest.mark.parametrize("kind", ["get", "set"])
def test_what_nothing_understands(kind: str, stream: Any, component: Any) -> None:
    for one in (stream, component):
        iq = received(REQUEST.replace("type='get'", f"type='{kind}'"), one)
        iq.unhandled()
        (answer,) = one.sent
        assert answer.tag == f"{{{one.default_ns}}}iq"
        assert answer["id"] == "b4vs9km4"
        assert answer["type"] == "error"
        assert answer["error"].tag == f"{{{one.default_ns}}}error"
        assert answer["error"].xml[0].tag == f"{{{STANZA_ERRORS}}}feature-not-implemented"
        assert answer["error"]["type"] == "cancel"
        assert answer["error"]["text"] == "No handlers registered for this request."


@pytest.mark.parametrize("kind", ["result", "error", "ask", ""])
def test_an_answer_that_nobody_waits_for_is_not_answered(kind: str, stream: Any) -> None:
    received(REQUEST.replace("type='get'", f"type='{kind}'"), stream).unhandled()
    assert stream.sent == []


def test_nothing_is_answered_without_a_stream() -> None:
    received().unhandled()


def test_sending(stream: Any) -> None:
    iq = Iq(stream, stype="get")
    assert iq.send() is stream.answer

    def callback(iq: Iq) -> None: ...

    iq.send(callback, 5)
    with pytest.warns(DeprecationWarning, match="timeout_callback is deprecated: await the future") as warned:
        iq.send(callback=callback, timeout=2.5, timeout_callback=print)
    assert warned[0].filename == __file__
    assert stream.iqs == [(iq, None, None, None), (iq, callback, 5, None), (iq, callback, 2.5, print)]
    with pytest.raises(NotConnectedError, match="this iq belongs to no stream"):
        Iq().send()


def test_what_xml_cannot_express_is_refused_in_the_caller(stream: Any) -> None:
    iq: Any = Iq(stream, stype="get")
    iq["to"] = "a@b"
    iq.xml.set("id", "\0")
    with pytest.raises(UnserializableXML, match=r"iq/@id"):
        iq.send()
    assert stream.sent == []


def test_binding() -> None:
    # RFC 6120 §7.7.1
    iq: Any = Iq(stype="set", sid="wy2xa82b4")
    iq["bind"]["resource"] = "balcony"
    assert str(iq) == (
        f'<iq xmlns="jabber:client" type="set" id="wy2xa82b4"><bind xmlns="{BIND}"><resource>balcony</resource>'
        "</bind></iq>"
    )
    answer = received(
        "<iq xmlns='{0}' id='wy2xa82b4' type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        "<jid>juliet@im.example.com/balcony</jid></bind></iq>"
    )
    assert isinstance(answer["bind"], Bind)
    assert answer["bind"]["jid"] == answer["bind"].jid == "juliet@im.example.com/balcony"


def test_the_typed_view_of_the_query() -> None:
    iq = Iq()
    assert iq.query is None
    iq.query = "urn:x"
    assert (iq.query, iq["query"], iq.xml[0].tag) == ("urn:x", "urn:x", "{urn:x}query")
    iq.query = None
    assert (iq.query, len(iq.xml)) == (None, 0)


# --- requests -------------------------------------------------------------------------------------------------


def stream(namespace: str) -> Any:
    """A stream whose ids are all the same."""
    return SimpleNamespace(default_ns=namespace, new_id=lambda: "id1")


@pytest.mark.parametrize("to", [None, "", "Alice@Localhost/desk", JID("alice@localhost")])
@pytest.mark.parametrize("kind", ["get", "set"])
@pytest.mark.parametrize("namespace", [CLIENT, COMPONENT, "urn:example"])
def test_a_request_is_what_the_constructor_makes(namespace: str, kind: str, to: Any) -> None:
    made, expected = (make(stream(namespace), kind, to) for make in (Iq.request, _constructed))
    assert type(made) is Iq
    assert ET.tostring(made.xml) == ET.tostring(expected.xml)
    assert made.stream is not None


def _constructed(stream: Any, kind: str, to: Any) -> Iq:
    return Iq(stream, stype=kind, sto=to)


def test_a_request_to_what_is_no_address() -> None:
    with pytest.raises(InvalidJID):
        Iq.request(stream(CLIENT), "get", "a@@b")


def test_a_request_of_a_class_that_is_extended() -> None:
    class Mine(Iq):
        def setup(self, xml: Any = None) -> bool:
            made = super().setup(xml)
            self.xml.set("mine", "yes")
            return made

    assert Mine.request(stream(CLIENT), "get", "localhost").xml.get("mine") == "yes"
