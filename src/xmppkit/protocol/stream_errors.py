# SPDX-License-Identifier: MIT
"""Stream errors in both directions (RFC 6120 §4.9): the element that we send, the exception that we
report; and the exception for a connection that is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import ConnectionLost, RemoteError, StreamErrorReceived, TLSFailed
from xmppkit.protocol.state import Step
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.stanza.stream_error import StreamError

__all__ = ["ERROR_TAG", "error_element", "lost_connection", "received_error"]

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


def error_element(condition: str, text: str = "", detail: Element | None = None) -> Element:
    """`<stream:error/>` with one of the defined conditions of §4.9.3, if it is not empty a text for the human there,
    and if there is one a condition of an application's own (§4.9.4)."""
    error = Element(ERROR_TAG)
    SubElement(error, names.clark(names.STREAM_ERRORS, condition))
    if text:
        SubElement(error, names.clark(names.STREAM_ERRORS, "text")).text = text
    if detail is not None:
        error.append(detail)
    return error


def received_error(stanza: StreamError, where: str) -> StreamErrorReceived:
    """The exception for a stream error that the peer sent."""
    condition: str = stanza["condition"] or "undefined-condition"
    other_host: str = stanza["see_other_host"] or ""
    advice = _ADVICE.get(condition, "")
    if other_host:
        advice = f"it names {other_host[:255]!r} as the host to connect to instead"
    return StreamErrorReceived(condition, stanza["text"] or "", where=where, advice=advice, see_other_host=other_host)


def lost_connection(step: Step, where: str, *, silent: bool) -> RemoteError:
    """The exception for a connection that ended without a closing tag.

    :param step: how far the negotiation had come.
    :param silent: the peer had not sent anything.
    """
    if step is Step.SECURING:
        return TLSFailed(
            "the peer closed the connection in the TLS handshake",
            where=where,
            advice="check the port, and that the server has a certificate for this domain",
        )
    if silent and step is not Step.READY:
        return ConnectionLost(
            "the peer closed the connection before it sent anything",
            where=where,
            advice="check the port, and whether it wants TLS from the start",
        )
    return ConnectionLost(
        f"the connection ended without a closing tag while the stream was {step.value}",
        where=where,
    )
