# SPDX-License-Identifier: MIT
"""Stream errors in both directions (RFC 6120 §4.9): the element that we send, the exception that we
report; and the exception for a connection that is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import ConnectionLost, MalformedStream, NotXMPP, RemoteError, StreamErrorReceived, TLSFailed
from xmppkit.protocol.framing.tcp import foreign_protocol
from xmppkit.protocol.state import Step
from xmppkit.xml import names

if TYPE_CHECKING:
    from xmppkit.stanza.stream_error import StreamError
    from xmppkit.xml.parser import StreamHeader

__all__ = ["ERROR_TAG", "error_element", "lost_connection", "no_xmpp", "received_error", "wrong_stream"]

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
# How much of a name that the peer chose goes into an error.
_SHOWN = 255
# Where a server is right and the port is not.
_NO_PORT = "check the port: clients use 5222, components often 5347"
_OTHER_PORT = {
    names.CLIENT: "this port is for clients: components have one of their own, often 5347",
    names.COMPONENT: "this port is for components: clients use 5222, or 5223 with direct TLS",
    names.SERVER: "this port is for servers: clients use 5222, or 5223 with direct TLS",
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


def received_error(stanza: StreamError, where: str, *, initiating: bool) -> StreamErrorReceived:
    """The exception for a stream error that the peer sent.

    :param initiating: the peer is a server; else it is what has connected to one.
    """
    condition: str = stanza["condition"] or "undefined-condition"
    other_host: str = stanza["see_other_host"] or ""
    advice = _ADVICE.get(condition, "")
    if other_host:
        advice = f"it names {other_host[:255]!r} as the host to connect to instead"
    if not initiating:
        return StreamErrorReceived(condition, stanza["text"] or "", where=where, by="peer", see_other_host=other_host)
    return StreamErrorReceived(condition, stanza["text"] or "", where=where, advice=advice, see_other_host=other_host)


def lost_connection(step: Step, where: str, *, silent: bool, initiating: bool) -> RemoteError:
    """The exception for a connection that ended without a closing tag.

    :param step: how far the negotiation had come.
    :param silent: the peer had not sent anything.
    :param initiating: the peer is a server: whoever has connected to it is told what to do.
    """
    if step is Step.SECURING:
        return TLSFailed(
            "the peer closed the connection in the TLS handshake",
            where=where,
            advice="check the port, and that the server has a certificate for this domain" if initiating else "",
        )
    if silent and step is not Step.READY:
        return ConnectionLost(
            "the peer closed the connection before it sent anything",
            where=where,
            advice="check the port, and whether it wants TLS from the start" if initiating else "",
        )
    return ConnectionLost(
        f"the connection ended without a closing tag while the stream was {step.value}",
        where=where,
        advice=None if initiating else "",
    )


def no_xmpp(first: bytes, where: str) -> NotXMPP | None:
    """The exception for a peer that opens no stream and may speak something else; None: what it says may be XML.

    :param first: its first bytes.
    """
    spoken = foreign_protocol(first)
    if spoken is None and first.lstrip().startswith(b"<"):
        return None
    return NotXMPP(f"the peer speaks {spoken}, not XMPP" if spoken else "the peer does not speak XMPP", where=where)


def wrong_stream(
    header: StreamHeader, namespace: str, where: str, *, initiating: bool
) -> tuple[RemoteError, str] | None:
    """The exception, and the condition to answer with, for a header that does not open a stream of our kind (§4.8);
    None: it does.

    :param namespace: that of our streams' content.
    :param initiating: the header is a server's.
    """
    if header.tag == names.STREAM_ROOT and header.default_namespace == namespace:
        return None
    found, local = (part[:_SHOWN] for part in names.split(header.tag))
    if local == "html":
        return NotXMPP("the peer speaks HTTP, not XMPP", where=where), "invalid-namespace"
    condition, advice = "invalid-namespace", None
    if local != "stream":
        condition, what = "bad-format", f"a document of the element {local!r}, not a stream"
    elif found != names.STREAM:
        what = f"a stream in the namespace {found!r}"
    else:
        content = (header.default_namespace or "")[:_SHOWN]
        what = f"a stream of content in the namespace {content!r}"
        advice = _OTHER_PORT.get(content, _NO_PORT) if initiating else None
    return MalformedStream(f"the peer sent {what}", condition=condition, where=where, advice=advice), condition
