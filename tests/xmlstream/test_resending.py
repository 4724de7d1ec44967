# SPDX-License-Identifier: MIT
"""How messages are kept, marked and recognised. What the outbox does with it is tested in ``test_outbox.py``."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import NotConnectedError, StorageCorrupted
from xmppkit.jid.address import JID
from xmppkit.stanza.message import Message
from xmppkit.storage.records import Value
from xmppkit.xmlstream import resending
from xmppkit.xmlstream.resending import from_kept, ids_of, is_answered, kept_head, mark_as_resent, origin_ids, to_keep


def test_when_it_was_written_is_said_once() -> None:
    message = Message()
    mark_as_resent(message, 1_700_000_000.9)
    mark_as_resent(message, 1.0)
    (delay,) = message.xml
    assert delay.get("stamp") == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize(
    ("stanza", "ids"),
    [
        (Message(sid="1"), ("", "1")),
        (Element("{jabber:client}message", {"id": "1"}), ("", "1")),
        (Element("{jabber:client}iq", {"id": "1"}), ()),
        ("<message id='1'/>", ()),
    ],
)
def test_ids(stanza: object, ids: tuple[str, ...]) -> None:
    assert ids_of(stanza) == ids


def test_what_the_archive_says() -> None:
    def copy(inner: str) -> str:
        return f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>"

    def forwarded(sender: str, origin: str = "o") -> str:
        mark = f"<origin-id xmlns='urn:xmpp:sid:0' id='{origin}'/>" if origin else ""
        return f"<message xmlns='jabber:client'{sender}>{mark}</message>"

    result = fromstring(
        "<message xmlns='jabber:client'><result xmlns='urn:xmpp:mam:2'>"
        + copy(forwarded(" from='romeo@localhost/x'", "mine"))
        + copy(forwarded("", "unsaid"))
        + copy(forwarded(" from='tybalt@localhost/x'", "his"))
        + copy(forwarded(" from='romeo@localhost/x'", ""))
        + copy("<delay xmlns='urn:xmpp:delay'/>")
        + "</result></message>"
    )
    assert list(origin_ids(Message(xml=result), JID("romeo@localhost/y"))) == ["mine", "unsaid"]


def test_kept_and_read_again() -> None:
    client = ClientXMPP("romeo@localhost", "r")
    message = client.make_message("juliet@localhost", "na\u00efve <&>", mtype="chat")
    value = to_keep(message, 17.5, client.default_ns, filtered=False, leaves=True)
    assert kept_head(value, "k") == ("juliet@localhost", 17.5, False, True)
    read = from_kept(value, "k", client)
    assert str(read) == str(message)
    assert read.stream is client


@pytest.mark.parametrize("value", [None, 17, {}, {"to": 1, "at": 2}, {"to": "a", "at": "b"}])
def test_what_is_no_head(value: Value) -> None:
    with pytest.raises(StorageCorrupted, match="the message 'k' of the outbox cannot be read"):
        kept_head(value, "k")


@pytest.mark.parametrize("value", [None, {}, {"xml": 17}, {"xml": "<message"}, {"xml": ""}, {"xml": "<a/><b/>"}])
def test_what_is_no_message(value: Value) -> None:
    with pytest.raises(StorageCorrupted, match="cannot be read"):
        from_kept(value, "k", ClientXMPP("romeo@localhost", "r"))


async def test_nobody_answers(client: ClientXMPP, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resending, "PATIENCE", 0.01)
    assert await is_answered(client) is False

    def refuse(*_: object) -> None:
        raise NotConnectedError("no")

    monkeypatch.setattr(client, "send", refuse)
    assert await is_answered(client) is False
