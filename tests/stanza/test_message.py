# SPDX-License-Identifier: MIT
"""Messages (RFC 6121 §5)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidJID, InvalidValue, NotConnectedError
from xmppkit.stanza.message import Message, MessageType
from xmppkit.xml.names import CLIENT, COMPONENT, XML_LANG

# RFC 6121 §5.2.2 to §5.2.5
TWO_LANGUAGES = """
<message xmlns='{0}' from='juliet@example.com/balcony' id='z94nb37h' to='romeo@example.net' type='chat' xml:lang='en'>
  <subject>I implore you!</subject>
  <subject xml:lang='cs'>&#x00DA;p&#x011B;nliv&#x011B; pros&#x00ED;m!</subject>
  <body>Wherefore art thou, Romeo?</body>
  <body xml:lang='cs'>Pro&#x010D;e&#x017D; jsi ty, Romeo?</body>
  <thread parent='e0ffe42b28561960c6b12b944a092794b9683a38'>0e3141cd80894871a68e6fe6b1ec56fa</thread>
</message>
"""
ROOM = "<message xmlns='jabber:client' type='groupchat' from='room@muc.lit/nick' to='me@b/r' id='1'>{0}</message>"


def received(text: str, stream: Any = None) -> Any:
    return Message(stream, ET.fromstring(text.replace("{0}", stream.default_ns if stream else CLIENT)), recv=True)


def test_reading() -> None:
    message = received(TWO_LANGUAGES)
    assert message["type"] == message.type_ == "chat"
    assert message["body"] == message.body == message["body|en"] == "Wherefore art thou, Romeo?"
    assert message["body|cs"] == "Proče\u017d jsi ty, Romeo?"
    assert message["subject|*"] == {"en": "I implore you!", "cs": "Úpěnlivě prosím!"}
    assert message["thread"] == message.thread == "0e3141cd80894871a68e6fe6b1ec56fa"
    assert message["parent_thread"] == "e0ffe42b28561960c6b12b944a092794b9683a38"
    assert message["lang"] == "en"


def test_an_empty_one() -> None:
    message = received("<message xmlns='{0}'/>")
    assert message["type"] == "normal"
    assert message.type_ is MessageType.NORMAL
    assert message["body"] == message["thread"] == message["parent_thread"] == ""
    assert message["subject"] is None
    assert message.body is message.subject is message.thread is None
    assert message["mucroom"] == message["mucnick"] == ""
    assert str(message) == '<message xmlns="jabber:client" />'


def test_a_subject_that_is_empty_differs_from_none() -> None:
    message = received(ROOM.format("<subject/>"))
    assert message["subject"] == message.subject == ""
    assert "subject" in message
    again: Any = Message()
    again.values = message.values
    assert again["subject"] == ""
    message["subject"] = None
    assert message["subject"] is None
    message["subject"] = ""
    assert message["subject"] == ""


@pytest.mark.parametrize("kind", ["chat", "error", "groupchat", "headline", "normal"])
def test_types(kind: str) -> None:
    message: Any = Message(stype=kind)
    assert message["type"] == kind
    assert message.type_ is MessageType(kind)


def test_unknown_types() -> None:
    message: Any = Message()
    assert message.set_type("odd") is message
    assert message.xml.get("type") == "odd"
    assert message["type"] == "normal"  # RFC 6121 §5.2.2
    assert message.type_ is MessageType.NORMAL
    with pytest.raises(InvalidValue):
        message.type_ = "odd"
    assert message.chat() is message.normal() is message
    assert message.xml.get("type") == "normal"
    assert message.chat()["type"] == "chat"


def test_ids(make_stream: Any) -> None:
    stream = make_stream()
    assert [Message(stream).id, Message(stream).id] == ["n1", "n2"]
    assert Message(stream, sid="x").id == "x"
    assert Message().id is None
    assert Message(make_stream(use_message_ids=False)).id is None
    assert Message(stream, ET.Element("message"), recv=True).id is None


def test_origin_ids(make_stream: Any) -> None:
    message: Any = Message(make_stream(use_origin_id=True))
    assert message.id == message.get_origin_id() == "n1"
    message = Message(make_stream(use_origin_id=True, use_message_ids=False))
    assert message.id is None
    assert message.get_origin_id() == "n1"
    message.set_origin_id("x")
    assert str(message) == '<message xmlns="jabber:client"><origin-id xmlns="urn:xmpp:sid:0" id="x" /></message>'
    message.del_origin_id()
    message.del_origin_id()
    assert message.get_origin_id() == ""
    assert list(message.xml) == []


def test_a_reply(stream: Any) -> None:
    message = received(TWO_LANGUAGES, stream)
    answer = message.reply("Neither, fair saint")
    assert str(answer) == (
        f'<message xmlns="{CLIENT}" id="n1" type="chat" xml:lang="en" to="juliet@example.com/balcony">'
        '<thread parent="e0ffe42b28561960c6b12b944a092794b9683a38">0e3141cd80894871a68e6fe6b1ec56fa</thread>'
        "<body>Neither, fair saint</body></message>"
    )
    assert answer.stream is stream


def test_replies_of_all_kinds(make_stream: Any) -> None:
    message = received("<message xmlns='{0}' from='a@b' id='1'><body>x</body></message>", make_stream())
    assert str(message.reply()) == '<message xmlns="jabber:client" id="n1" to="a@b" />'
    assert message.reply("")["body"] == ""
    message.stream = None
    assert message.reply("y").id is None
    assert received("<message xmlns='{0}'/>", make_stream(use_message_ids=False)).reply().id is None
    with pytest.raises(InvalidValue, match=r"Message\['body'\]"):
        message.reply(["y"])


def test_a_reply_with_what_was_said(stream: Any) -> None:
    message = received(TWO_LANGUAGES, stream)
    message.set_origin_id("theirs")
    kept = message.reply(clear=False)
    assert kept["body|*"] == message["body|*"]
    assert kept.get_origin_id() == ""  # it would be their word
    assert message.get_origin_id() == "theirs"
    assert message.reply("x", clear=False)["body|en"] == "x"


def test_a_components_reply(component: Any) -> None:
    answer = received(TWO_LANGUAGES, component).reply("x")
    assert answer.tag == f"{{{COMPONENT}}}message"
    assert [child.tag for child in answer.xml] == [f"{{{COMPONENT}}}thread", f"{{{COMPONENT}}}body"]
    assert answer["from"] == "romeo@example.net"
    assert answer["body"] == "x"


@pytest.mark.parametrize("clear", [True, False])
def test_a_reply_to_a_room(clear: bool, stream: Any) -> None:
    answer = received(ROOM.format("<body>x</body>"), stream).reply("y", clear=clear)
    assert (answer["to"], answer["type"], answer["body"]) == ("room@muc.lit", "groupchat", "y")


def test_a_reply_to_a_room_whose_address_is_none(stream: Any) -> None:
    answer = received(ROOM.format("").replace("room@muc.lit", "@"), stream).reply("y")
    assert answer.xml.get("to") == "@"
    assert received(ROOM.format("").replace("from=", "by="), stream).reply("y").to is None


def test_rooms() -> None:
    message = received(ROOM.format("<body>x</body>"))
    assert (message["mucroom"], message["mucnick"]) == ("room@muc.lit", "nick")
    for key in ("mucroom", "mucnick"):
        message[key] = "other"
        del message[key]
    assert (message["mucroom"], message["mucnick"]) == ("room@muc.lit", "nick")
    message["type"] = "chat"
    assert message["mucroom"] == message["mucnick"] == ""


def test_a_room_whose_address_is_none() -> None:
    message = received(ROOM.format("").replace("room@muc.lit", "@"))
    with pytest.raises(InvalidJID):
        message["mucroom"]
    assert message.values["mucroom"] == ""


def test_threads() -> None:
    message: Any = Message()
    message["parent_thread"] = "p"
    assert str(message) == '<message xmlns="jabber:client"><thread parent="p" /></message>'
    message["thread"] = "t"
    assert (message["thread"], message["parent_thread"]) == ("t", "p")
    assert message.set_parent_thread("") is message
    assert message["parent_thread"] == ""
    message["parent_thread"] = "q"
    del message["parent_thread"]
    assert str(message) == '<message xmlns="jabber:client"><thread>t</thread></message>'
    del message["thread"]
    del message["parent_thread"]
    with pytest.raises(InvalidValue):
        message["parent_thread"] = ["p"]


def test_whom_a_failure_is_told(stream: Any) -> None:
    for kind, told in (("chat", 1), ("normal", 1), ("groupchat", 0), ("headline", 0), ("error", 0)):
        stream.sent.clear()
        received(f"<message xmlns='{{0}}' type='{kind}' from='a@b'/>", stream).exception(ValueError("x"))
        assert len(stream.sent) == told


def test_writing_in_languages(component: Any) -> None:
    message: Any = Message(component)
    message["lang"] = "en"
    message["body"] = "x"
    message["body|de"] = "y"
    assert [(child.tag, child.get(XML_LANG)) for child in message.xml] == [
        (f"{{{COMPONENT}}}body", None),
        (f"{{{COMPONENT}}}body", "de"),
    ]
    message.body = "z"
    assert message["body|*"] == {"en": "z", "de": "y"}


def test_values_make_the_round() -> None:
    message = received(TWO_LANGUAGES)
    again = Message()
    again.values = message.values
    assert again == message
    assert again["parent_thread"] == message["parent_thread"] != ""
    assert str(Message(xml=ET.fromstring(str(again)), recv=True)) == str(again)


def test_the_typed_view_of_threads_and_rooms() -> None:
    message = Message()
    assert (message.parent_thread, message.mucroom, message.mucnick) == (None, None, None)
    message.parent_thread = "p"
    assert (message.parent_thread, message["parent_thread"]) == ("p", "p")
    del message.parent_thread
    assert message.parent_thread is None
    message["from"] = "room@conference.example.org/thirdwitch"
    assert (message.mucroom, message.mucnick) == (None, None)
    message.type_ = MessageType.GROUPCHAT
    assert (message.mucroom, message.mucnick) == ("room@conference.example.org", "thirdwitch")
    message["from"] = "room@conference.example.org"
    assert (message.mucroom, message.mucnick) == ("room@conference.example.org", None)
    message.xml.set("from", "@")
    assert (message.mucroom, message.mucnick) == (None, None)


def test_a_type_that_is_no_text() -> None:
    message = Message()
    message.set_type(MessageType.HEADLINE)
    assert message.xml.get("type") == "headline"
    message.set_type("")
    assert "type" not in message.xml.attrib


def test_sending_says_how_far_it_has_come() -> None:
    class Stream:
        default_ns = CLIENT
        use_message_ids = use_origin_id = False

        def send(self, data: Message) -> str:
            return f"what is known of {data['body']}"

    stream: Any = Stream()
    message = Message(stream)
    message["body"] = "it"
    said: Any = message.send()
    assert said == "what is known of it"


def test_a_message_without_a_stream_is_not_sent() -> None:
    with pytest.raises(NotConnectedError, match="belongs to no stream"):
        Message().send()
