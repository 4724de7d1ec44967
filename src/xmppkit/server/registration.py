# SPDX-License-Identifier: MIT
"""Accounts that clients make themselves, before they log in (XEP-0077 §3.1), over TLS only: a stream feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol
from xml.etree.ElementTree import Element, SubElement

from xmppkit.protocol.negotiation import Feature, Outcome, ReceiverHalf
from xmppkit.protocol.state import Fact
from xmppkit.server.elements import IQ, answer, error_answer
from xmppkit.xml.names import clark

if TYPE_CHECKING:
    pass

__all__ = ["Registrar", "registration_feature"]

_OFFER = clark("http://jabber.org/features/iq-register", "register")
_NAMESPACE = "jabber:iq:register"
_QUERY = clark(_NAMESPACE, "query")
_FORM = clark("jabber:x:data", "x")
_FIELD = clark("jabber:x:data", "field")
_VALUE = clark("jabber:x:data", "value")
_INSTRUCTIONS = "Choose a name and a password."
_LABELS = {"username": ("text-single", "Name"), "password": ("text-private", "Password")}


class Registrar(Protocol):
    """Who makes accounts."""

    def make_account(self, stream: object, name: str, password: str) -> str:
        """Make an account; a stanza error condition when it cannot be: ``conflict`` …; empty when it is made."""


class RegistrationReceiver(ReceiverHalf):
    """Answer what is needed, and make accounts."""

    __slots__ = ()
    registrar: ClassVar[Registrar]

    def offer(self) -> Element | None:
        return Element(_OFFER) if Fact.SECURE in self.stream.facts else None

    def starts(self, element: Element) -> bool:
        return element.tag == IQ and len(element) == 1 and element[0].tag == _QUERY

    def receive(self, element: Element) -> Outcome:
        request = Element(IQ, {name: element.get(name, "") for name in ("id", "type")})
        reply: Element | None
        if element.get("type") == "get":
            reply = answer(request, _form())
        elif element.get("type") == "set":
            condition = self._register(element[0])
            reply = error_answer(request, condition) if condition else answer(request)
        else:
            return Outcome.SKIPPED  # an answer, to nothing
        if reply is not None:
            reply.set("from", self.stream.domain)
            self.stream.write(reply)
        return Outcome.SKIPPED

    def _register(self, query: Element) -> str:
        values = _values(query)
        name, password = values.get("username", ""), values.get("password", "")
        if query.find(clark(_NAMESPACE, "remove")) is not None:
            return "registration-required"  # nobody is logged in
        if not name or not password:
            return "not-acceptable"
        return self.registrar.make_account(self.stream, name, password)


def registration_feature(registrar: Registrar) -> Feature:
    """The declaration of registration, with whoever makes the accounts."""

    class Half(RegistrationReceiver):
        """Registration at one server."""

        __slots__ = ()

    Half.registrar = registrar
    return Feature(
        name="register",
        order=50,
        tag=_OFFER,
        needs=frozenset({Fact.SECURE}),
        forbids=frozenset({Fact.AUTHENTICATED}),
        receiver=Half,
    )


def _form() -> Element:
    """What is asked for, as fields and as a form (XEP-0077 §4)."""
    query = Element(_QUERY)
    SubElement(query, clark(_NAMESPACE, "instructions")).text = _INSTRUCTIONS
    form = Element(_FORM, {"type": "form"})
    SubElement(form, clark("jabber:x:data", "instructions")).text = _INSTRUCTIONS
    kind = SubElement(form, _FIELD, {"type": "hidden", "var": "FORM_TYPE"})
    SubElement(kind, _VALUE).text = _NAMESPACE
    for name, (shape, label) in _LABELS.items():
        SubElement(query, clark(_NAMESPACE, name))
        field = SubElement(form, _FIELD, {"type": shape, "label": label, "var": name})
        SubElement(field, clark("jabber:x:data", "required"))
    query.append(form)
    return query


def _values(query: Element) -> dict[str, str]:
    """What a client has filled in: the form goes before the fields (§4)."""
    form = query.find(_FORM)
    if form is None:
        return {name: query.findtext(clark(_NAMESPACE, name), "") for name in _LABELS}
    if form.get("type") != "submit":
        return {}
    return {field.get("var", ""): field.findtext(_VALUE, "") for field in form.iterfind(_FIELD)}
