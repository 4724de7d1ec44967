# SPDX-License-Identifier: MIT
"""What the wire's log shows, and what it never shows."""

from __future__ import annotations

import logging
from xml.etree import ElementTree as ET

import pytest

from xmppkit.stanza.message import Message
from xmppkit.testing.wire import Wire
from xmppkit.xml.names import CLIENT
from xmppkit.xmlstream.wirelog import IN, OUT, wire_text


def test_stanzas_elements_and_text() -> None:
    message = Message()
    message["body"] = "hi"
    assert wire_text(message, CLIENT) == wire_text(message.xml, CLIENT) == "<message><body>hi</body></message>"
    assert wire_text(ET.Element("{urn:x}a"), CLIENT) == '<a xmlns="urn:x" />'
    assert wire_text("<presence/>", CLIENT) == "<presence/>"


def test_secrets_are_masked() -> None:
    auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>c2VjcmV0</auth>"
    for item in (auth, ET.fromstring(auth)):
        assert "c2VjcmV0" not in wire_text(item, CLIENT)
        assert "PLAIN" in wire_text(item, CLIENT)


def test_nobody_can_forge_a_line() -> None:
    message = Message()
    message["body"] = "x\nDEBUG xmppkit.OUT forged\x85"
    text = wire_text(message, CLIENT)
    assert "\n" not in text
    assert "\x85" not in text
    assert "forged" in text


async def test_both_directions_are_logged(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wire.receive("<message from='a@localhost'><body>inward</body></message>")
    wire.stream.send_message("a@localhost", "outward")
    lines = {record.name: record.getMessage() for record in caplog.records if "ward" in record.getMessage()}
    assert "inward" in lines[IN.name]
    assert "outward" in lines[OUT.name]
    assert "xmlns" not in lines[OUT.name], "the stream's own namespace is left out"


async def test_nothing_is_formatted_unless_somebody_listens(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(item: object, namespace: str) -> str:
        raise AssertionError("formatted for nobody")

    monkeypatch.setattr("xmppkit.xmlstream.sending.wire_text", never)
    monkeypatch.setattr("xmppkit.xmlstream.receiving.wire_text", never)
    for each in (IN, OUT):
        monkeypatch.setattr(each, "level", logging.INFO)
        each.manager._clear_cache()  # type: ignore[attr-defined]
    wire.receive("<message from='a@localhost'><body>inward</body></message>")
    wire.stream.send_message("a@localhost", "outward")
    assert "outward" in await wire.sent()
    for each in (IN, OUT):
        each.manager._clear_cache()  # type: ignore[attr-defined]


async def test_levels_that_change_while_stanzas_come_and_go(
    wire: Wire, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def logged() -> list[str]:
        caplog.clear()
        wire.stream.send_message("a@localhost", "outward")
        wire.receive("<message from='a@localhost'><body>inward</body></message>")
        return [record.name for record in caplog.records if record.name in (IN.name, OUT.name)]

    for _ in range(2):  # what was found once is not kept
        caplog.set_level(logging.INFO)
        assert logged() == []
        caplog.set_level(logging.DEBUG, IN.name)
        assert logged() == [IN.name]
        caplog.set_level(logging.NOTSET, IN.name)
        caplog.set_level(logging.DEBUG)
        assert logged() == [OUT.name, IN.name]
        try:
            logging.disable(logging.DEBUG)
            assert logged() == []
        finally:
            logging.disable(logging.NOTSET)
        assert logged() == [OUT.name, IN.name]
        with monkeypatch.context() as patch:
            patch.setattr(OUT, "disabled", True)
            assert logged() == [IN.name]
