# SPDX-License-Identifier: MIT
"""Texts that stand alone."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, fromstring

import pytest

from xmppkit.exceptions import UnserializableXML
from xmppkit.protocol.framing.messages import MessageChannel, Messages, elements_of, standalone
from xmppkit.xml.names import STREAM
from xmppkit.xml.serializer import serialize

CLIENT = "jabber:client"


def written(tag: str, *children: str, **attributes: str) -> str:
    element = Element(tag, attributes)
    for child in children:
        SubElement(element, child)
    return serialize(element, default_namespace=CLIENT)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        (written(f"{{{CLIENT}}}message", f"{{{CLIENT}}}body"), [f"{{{CLIENT}}}message", f"{{{CLIENT}}}body"]),
        (written(f"{{{CLIENT}}}presence"), [f"{{{CLIENT}}}presence"]),
        (written("{urn:xmpp:sm:3}a", h="1"), ["{urn:xmpp:sm:3}a"]),
        (written("nothing", f"{{{CLIENT}}}body"), ["nothing", f"{{{CLIENT}}}body"]),
        (
            written(f"{{{STREAM}}}features", "{urn:x}x", f"{{{CLIENT}}}y"),
            [f"{{{STREAM}}}features", "{urn:x}x", f"{{{CLIENT}}}y"],
        ),
        (written("{urn:x}outer", f"{{{STREAM}}}error"), ["{urn:x}outer", f"{{{STREAM}}}error"]),
        (written(f"{{{CLIENT}}}message", to=" xmlns=stream:x"), [f"{{{CLIENT}}}message"]),
        ("<a xmlns='urn:xmpp:sm:3' h='2'/>", ["{urn:xmpp:sm:3}a"]),
    ],
)
def test_a_text_stands_alone_with_the_names_that_it_had_in_the_stream(text: str, tags: list[str]) -> None:
    assert [each.tag for each in fromstring(standalone(text, CLIENT)).iter()] == tags


def test_what_needs_no_declaration_gets_none() -> None:
    text = "<r xmlns='urn:xmpp:sm:3'/>"
    assert standalone(text, CLIENT) is text
    assert standalone(" ", CLIENT) == " "


def test_elements_of() -> None:
    text = "<message to='a'/> \n<iq><query xmlns='urn:q'/></iq><stream:error/>"
    found = elements_of(text, CLIENT)
    assert found == ['<message to="a" />', '<iq><query xmlns="urn:q" /></iq>', "<stream:error />"]
    assert elements_of("", CLIENT) == elements_of(" \n", CLIENT) == []


@pytest.mark.parametrize("text", ["<message>", "hello", "<a/>hello", "hello<a/>", "<a/></x><x>", "<b:a/>"])
def test_what_is_no_elements_cannot_be_sent(text: str) -> None:
    with pytest.raises(UnserializableXML, match="each message holds one"):
        elements_of(text, CLIENT)


def test_messages_are_documents_of_their_own() -> None:
    messages = Messages(CLIENT)
    messages.append("<presence />")
    assert list(messages) == ["<presence xmlns='jabber:client' />"]


def test_a_channel_gives_one_message_at_a_time() -> None:
    channel = MessageChannel(CLIENT)
    assert not channel.wire
    assert channel.data_to_send() == b""
    channel.out.append("<presence />")
    channel.out.append("<message>ä</message>")
    assert channel.wire
    channel.close()  # there is no TLS to be ended, and what is to be sent stays
    assert channel.data_to_send() == b"<presence xmlns='jabber:client' />"
    assert channel.data_to_send() == "<message xmlns='jabber:client'>ä</message>".encode()
    assert channel.data_to_send() == b""
    channel.out.append("<presence />")
    channel.drop()
    assert not channel.wire
