# SPDX-License-Identifier: MIT
"""A component that plays rooms (XEP-0045), at the embedded server."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, SubElement

from houses import House

from xmppkit.stanza.base import StanzaBase
from xmppkit.xml.names import clark

__all__ = ["Rooms"]

MUC = "http://jabber.org/protocol/muc"
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"


class Rooms:
    """A service of rooms, in which everything that is said stays for ever."""

    def __init__(self, house: House) -> None:
        self.component = house.component()
        self.component.add_event_handler("presence", self._presence)
        self.component.add_event_handler("message", self._message)
        self.component.add_event_handler("groupchat_ping", self._presence)
        self.component.add_filter("in", self._look)
        #: Who has entered: the room, the nickname, the password, and how much history was asked for.
        self.joins: list[tuple[str, str, str | None, dict[str, str] | None]] = []
        self.inside: set[str] = set()
        self.said: list[tuple[float, str]] = []
        #: Conditions with which those who come next are refused; empty: with silence.
        self.refusals: list[str] = []
        self.pings = 0
        self.answer_pings = True
        self.fault = "not-acceptable"

    def _look(self, stanza: StanzaBase) -> StanzaBase | None:
        ping = stanza.xml.find(clark("urn:xmpp:ping", "ping"))
        if ping is None or stanza.xml.get("type") != "get":
            return stanza
        if stanza.xml.get("to") == "echo.localhost":
            return stanza  # the component looks whether its server is there
        self.pings += 1
        if not self.answer_pings:
            return None
        answer = self._element("iq", stanza, "result", id=stanza.xml.get("id", ""))
        if str(stanza["to"]) not in self.inside:
            answer.set("type", "error")
            self._fail(answer, self.fault)
        self.component.send(answer)
        return None

    def _element(self, name: str, stanza: StanzaBase, kind: str = "", **more: str) -> Element:
        found = Element(clark(self.component.default_ns, name))
        found.attrib.update({"from": str(stanza["to"]), "to": str(stanza["from"]), **more})
        if kind:
            found.set("type", kind)
        return found

    def _fail(self, element: Element, condition: str) -> None:
        error = SubElement(element, clark(self.component.default_ns, "error"), {"type": "cancel"})
        SubElement(error, clark(ERRORS, condition))

    def _presence(self, presence: Any) -> None:
        address = str(presence["to"])
        own = self._element("presence", presence, id=presence["id"])
        if presence["type"] == "unavailable":
            self.inside.discard(address)
            own.set("type", "unavailable")
        else:
            join = presence.xml.find(clark(MUC, "x"))
            history = join.find(clark(MUC, "history"))
            self.joins.append(
                (
                    presence["to"].bare,
                    presence["to"].resource,
                    join.findtext(clark(MUC, "password")),
                    None if history is None else dict(history.attrib),
                )
            )
            if self.refusals:
                condition = self.refusals.pop(0)
                if condition:
                    own.set("type", "error")
                    self._fail(own, condition)
                    self.component.send(own)
                return
            self.inside.add(address)
        user = SubElement(own, clark(MUC + "#user", "x"))
        SubElement(user, clark(MUC + "#user", "item"), {"affiliation": "member", "role": "participant"})
        SubElement(user, clark(MUC + "#user", "status"), {"code": "110"})
        self.component.send(own)
        if presence["type"] != "unavailable":
            self._greet(presence)

    def _greet(self, presence: Any) -> None:
        history = self.joins[-1][3]
        since = self.component.loop.time() - int((history or {}).get("seconds", "1000000"))
        for at, text in self.said:
            if at >= since:
                self._say(presence, text, old=True)
        subject = self._element("message", presence, "groupchat", **{"from": presence["to"].bare})
        SubElement(subject, clark(self.component.default_ns, "subject"))
        self.component.send(subject)

    def _say(self, presence: Any, text: str, *, old: bool = False) -> None:
        message = self._element("message", presence, "groupchat", **{"from": f"{presence['to'].bare}/rose", "id": text})
        SubElement(message, clark(self.component.default_ns, "body")).text = text
        if old:
            SubElement(message, clark("urn:xmpp:delay", "delay"), {"stamp": "2026-01-01T00:00:00Z"})
        self.component.send(message)

    def _message(self, message: Any) -> None:
        self.said.append((self.component.loop.time(), message["body"]))
        self._say(message, message["body"])

    def speak(self, text: str, *rooms: str) -> None:
        """Somebody says something."""
        self.said.append((self.component.loop.time(), text))
        for address in sorted(self.inside):
            fake = self.component.make_presence(pfrom="alice@localhost/here", pto=address)
            self._say(fake, text)
