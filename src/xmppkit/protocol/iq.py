# SPDX-License-Identifier: MIT
"""The few IQs that are part of a stream's negotiation, read and made as bare elements (RFC 6120 §8.2.3)."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import InvalidJID, XMPPError
from xmppkit.jid.address import JID
from xmppkit.xml import names

__all__ = ["error_answer", "is_answer", "is_request", "read_error"]

_ERROR_LOCAL = "error"
_TEXT = names.clark(names.STANZA_ERRORS, "text")


def is_answer(element: Element, tag: str, request_id: str, account: JID) -> bool:
    """Whether `element` is the server's answer to the request with `request_id` (§8.1.2.1).

    :param account: who asked, with or without a resource; without a local part if the server has yet to choose one.
    """
    return (
        element.tag == tag
        and element.get("id") == request_id
        and element.get("type") in ("result", _ERROR_LOCAL)
        and _from_server(element.get("from"), account)
    )


def _from_server(sender: str | None, account: JID) -> bool:
    """Whether the server speaks for itself: it names nobody, or itself, or the account that it answers."""
    if not sender:
        return True
    try:
        jid = JID(sender)
    except InvalidJID:
        return False
    return jid.domain == account.domain and (not jid.local or account.local in ("", jid.local))


def is_request(element: Element, tag: str, payload: str) -> bool:
    """Whether `element` is an IQ of type set whose first payload is `payload`."""
    return element.tag == tag and element.get("type") == "set" and len(element) > 0 and element[0].tag == payload


def read_error(answer: Element) -> tuple[str, str]:
    """The condition and the text of an IQ of type error; ``undefined-condition`` where it has none
    (§8.3.3)."""
    namespace, _ = names.split(answer.tag)
    error = answer.find(names.clark(namespace, _ERROR_LOCAL))
    condition, text = "undefined-condition", ""
    for child in () if error is None else error:
        space, local = names.split(child.tag)
        if child.tag == _TEXT:
            text = child.text or ""
        elif space == names.STANZA_ERRORS:
            condition = local
    return condition, text


def error_answer(tag: str, request_id: str, condition: str) -> Element:
    """An IQ of type error with one of the defined conditions of §8.3.3.

    :raises ValueError: it is none of them.
    """
    if condition not in XMPPError.default_types:
        raise ValueError(f"{condition!r} is no stanza error condition of RFC 6120 §8.3.3")
    iq = Element(tag, {"type": _ERROR_LOCAL, "id": request_id})
    namespace, _ = names.split(tag)
    error_type = XMPPError.default_types[condition]
    error = SubElement(iq, names.clark(namespace, _ERROR_LOCAL), {"type": error_type})
    SubElement(error, names.clark(names.STANZA_ERRORS, condition))
    return iq
