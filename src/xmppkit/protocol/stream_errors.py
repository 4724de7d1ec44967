# SPDX-License-Identifier: MIT
"""Stream errors in both directions (RFC 6120 §4.9): the element that we send, the exception that we
report."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import StreamErrorReceived
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.stanza.stream_error import StreamError

__all__ = ["ERROR_TAG", "error_element", "received_error"]

ERROR_TAG = names.clark(names.STREAM, "error")

_ADVICE = {
    "conflict": "another session took over this address; two programs may be using the same resource",
    "connection-timeout": "the server heard nothing for too long; connect again",
    "host-gone": "the server no longer serves this domain",
    "host-unknown": "the server does not serve this domain: check the JID, and the host that was given",
    "not-authorized": "check the JID and the password, or the component's secret",
    "policy-violation": "the server limits what this connection did; its operator knows the limit",
    "reset": "connect again",
    "resource-constraint": "the server is short of resources; connect again later",
    "system-shutdown": "the server is going down; connect again later",
}


def error_element(condition: str, text: str = "") -> Element:
    """`<stream:error/>` with one of the defined conditions of §4.9.3 and, if it is not empty, a text for the human
    there."""
    error = Element(ERROR_TAG)
    SubElement(error, names.clark(names.STREAM_ERRORS, condition))
    if text:
        SubElement(error, names.clark(names.STREAM_ERRORS, "text")).text = text
    return error


def received_error(stanza: StreamError, where: str) -> StreamErrorReceived:
    """The exception for a stream error that the peer sent."""
    condition: str = stanza["condition"] or "undefined-condition"
    other_host: str = stanza["see_other_host"] or ""
    advice = _ADVICE.get(condition, "")
    if other_host:
        advice = f"it names {other_host[:255]!r} as the host to connect to instead"
    return StreamErrorReceived(condition, stanza["text"] or "", where=where, advice=advice, see_other_host=other_host)
