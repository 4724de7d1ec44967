# SPDX-License-Identifier: MIT
"""The XMPP stream without I/O: bytes and the time go in; events, bytes and the next deadline come out.

Four streams, one interface (`xmppkit.protocol.connection.Connection`)::

    ClientStream(jid, options, *, now)                  the client's end of a client's stream (RFC 6120)
    ComponentStream(domain, secret, options, *, now)    the component's end (XEP-0114)
    ReceiverStream(options, *, now)                     the server's end of a client's stream
    ComponentReceiverStream(options, *, now)            the server's end of a component's stream

A driver, whatever it is made of, does this::

    stream = ClientStream(jid, options, now=clock())
    stream.open()                                # the TCP connection is up; receivers too
    def pump(data):                              # data: what was read; b"" at the end of file
        stream.receive_data(data) if data else stream.receive_eof()
        turn()
    def turn():                                  # after every call on the stream, by whomever it is made
        for event in stream.events():            # StanzaBase objects and Event objects, in order
            match event:
                case StanzaBase(): dispatch(event)
                case PasswordNeeded(): stream.provide_credentials(Credentials(...))     # or later
                case FeatureOffered(name=name): ...; stream.feature_done(name)          # or later
                case Negotiated(jid=jid): ...                # stream.send(stanza) is legal from here
                case StreamEnded(error=error): ...           # the last event; no error if we asked for it
        transport.write(stream.data_to_send())   # may be empty
        if stream.closed: transport.close()      # after the bytes have left
        call_at(stream.deadline(), timer)        # None: no timer; a time that has passed: call at once
    def timer():
        stream.handle_timer(clock()); turn()

A server answers `AccountNeeded` with `provide_account(AccountRecord | None)`, `BindRequested` with
`accept_bind(jid)` or `refuse_bind(condition)`, and a component's `SecretNeeded` with `provide_secret(str |
None)`; `Negotiated` follows. Anything the peer does wrong ends in `StreamEnded` with an error of the tree
under `xmppkit.exceptions.RemoteError`, never in an exception; a call that the state does not allow raises
`LocalProtocolError`. `ClientStream.negotiated(jid, options, now=…)` (and its like on the other streams)
makes one that is ready, without a negotiation.

The state is described in `state.py`, what a stream may be told in `options.py`, what it reports in
`events.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmppkit.protocol.component import ComponentReceiverStream as ComponentReceiverStream
    from xmppkit.protocol.component import ComponentStream as ComponentStream
    from xmppkit.protocol.connection import Connection as Connection
    from xmppkit.protocol.initiator import ClientStream as ClientStream
    from xmppkit.protocol.options import StreamOptions as StreamOptions
    from xmppkit.protocol.options import TlsPolicy as TlsPolicy
    from xmppkit.protocol.receiver import ReceiverStream as ReceiverStream
    from xmppkit.protocol.state import Fact as Fact

_HOMES = {
    "ClientStream": "initiator",
    "ComponentReceiverStream": "component",
    "ComponentStream": "component",
    "Connection": "connection",
    "Fact": "state",
    "ReceiverStream": "receiver",
    "StreamOptions": "options",
    "TlsPolicy": "options",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
