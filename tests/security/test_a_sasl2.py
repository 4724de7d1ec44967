# SPDX-License-Identifier: MIT
"""Group A in the other profile: what a hostile server tries in a login by SASL2 (XEP-0388), and what a hostile client
tries with tokens (XEP-0484).

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import base64
import logging
from typing import Any

import pytest
from secured import AGENT, HEADER, BoundClient, BoundReceiver, client, logged_in, of, one, parse, server

from xmppkit.exceptions import AuthenticationFailed as Refused
from xmppkit.protocol.events import (
    Authenticated,
    AuthenticationFailed,
    Bound,
    MechanismUpgraded,
    TokenReceived,
    TokenRefused,
)
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.logins import FastToken, Sasl2Options, UserAgent
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.sasl.ht import TokenRecord
from xmppkit.sasl.policy import SaslPolicy
from xmppkit.xmlstream.wirelog import wire_text

NS = "urn:xmpp:sasl:2"
NONCE = "cnonce1"
FIRST = f"r={NONCE}server,s={base64.b64encode(b'salt-of-alice').decode()},i=4096"
NONE, EXPORTED = "HT-SHA-256-NONE", "HT-SHA-256-EXPR"
SECRET = "a-secret-token"
FAST = f"<fast xmlns='urn:xmpp:fast:0'><mechanism>{NONE}</mechanism></fast>"


def encoded(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def features(*mechanisms: str, inline: str = "<bind xmlns='urn:xmpp:bind:0'/>", beside: str = "") -> str:
    names = "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms)
    offer = f"<authentication xmlns='{NS}'>{names}<inline>{inline}</inline></authentication>"
    return f"<stream:features>{offer}{beside}</stream:features>"


def success(data: bytes | str | None = None) -> str:
    """Let the client in, with an address, so that there is a session if it is believed."""
    more = f"<additional-data>{encoded(data)}</additional-data>" if data is not None else ""
    who = "<authorization-identifier>alice@localhost/x</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/>"
    return f"<success xmlns='{NS}'>{more}{who}</success><stream:features/>"


def challenge(text: str) -> str:
    return f"<challenge xmlns='{NS}'>{encoded(text)}</challenge>"


def attacked(offer: str, *answers: str, sasl2: Sasl2Options | None = None, **options: Any) -> tuple[ClientStream, Any]:
    """A client to which a server says this, and what it has reported."""
    stream = client(sasl2, nonce_factory=lambda: NONCE, **options)
    stream.open()
    events = []
    for text in (HEADER + offer, *answers):
        if not stream.closed:
            stream.receive_data(text.encode())
        events += stream.events()
    return stream, events


def given_up(stream: ClientStream, events: list[Any]) -> bool:
    """Whether the login was given up, without a second try and without a session."""
    written = stream.data_to_send()
    assert written.count(b"<authenticate ") == 1
    assert b"<auth " not in written
    return isinstance(stream.error, Refused) and not of(events, Authenticated) and not of(events, Bound)


def test_a09_success_with_the_first_message_by_sasl2() -> None:
    """By SASL2 (XEP-0388) it is the same, whatever else the `<success/>` brings: no address and no token are taken from
    a server that has proved nothing."""
    assert given_up(*attacked(features("SCRAM-SHA-256"), success(FIRST)))
    assert given_up(*attacked(features("SCRAM-SHA-256"), success(FIRST).replace("success", "continue")))


@pytest.mark.parametrize(
    "answers",
    [
        (success(),),
        (success("v=AAAA"),),
        (challenge(FIRST), success()),
        (challenge(FIRST), success("v=")),
        (challenge(FIRST), success(f"v={encoded(bytes(32))}")),
        (challenge(FIRST), challenge(f"v={encoded(bytes(32))}")),
        (challenge(FIRST), f"<continue xmlns='{NS}'><tasks><task>UPGR-SCRAM-SHA-512</task></tasks></continue>"),
    ],
)
def test_a11_success_without_proof_by_sasl2(answers: tuple[str, ...]) -> None:
    """That holds for SASL2 (XEP-0388) as well, and before any of its tasks: who has not proved to know the password is
    not told what would let it log in (XEP-0480)."""
    wants = Sasl2Options(user_agent=AGENT, upgrades=("SCRAM-SHA-512",))
    assert given_up(*attacked(features("SCRAM-SHA-256"), *answers, sasl2=wants))


@pytest.mark.parametrize("data", [None, bytes(32), b"\0" * 31, b"Responder"])
def test_a11_success_without_the_token(data: bytes | None) -> None:
    """A server that takes a token (XEP-0484) must prove that it knows it, too."""
    sasl2 = Sasl2Options(user_agent=AGENT, token=FastToken(SECRET, NONE))
    assert given_up(*attacked(features("PLAIN", inline=FAST), success(data), sasl2=sasl2))


@pytest.mark.parametrize("nonce", [NONCE, "", "server", "x" + NONCE])
def test_a12_the_nonce_by_sasl2(nonce: str) -> None:
    """By SASL2 (XEP-0388) the same nonces are refused."""
    stream, events = attacked(features("SCRAM-SHA-256"), challenge(FIRST.replace(f"{NONCE}server", nonce)))
    assert given_up(stream, events)


def test_a15_downgrade_of_sasl2() -> None:
    """Between the two profiles nothing weaker is chosen either: a failure of one is no reason to try the other, and
    where SASL2 was taken away the same mechanisms are allowed."""
    legacy = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
    refused = f"<failure xmlns='{NS}'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>"
    assert given_up(*attacked(features("SCRAM-SHA-256", beside=legacy), refused))
    policy = SaslPolicy(("SCRAM-SHA-256",))
    stream, events = attacked(f"<stream:features>{legacy}</stream:features>", sasl=policy)
    assert isinstance(stream.error, Refused)
    assert b"<auth" not in stream.data_to_send()
    assert not of(events, Authenticated)


# --- tokens -----------------------------------------------------------------------------------------------------


class Exporting(BoundClient):
    bindings = {"tls-exporter": b"this connection"}


class ExportingServer(BoundReceiver):
    bindings = {"tls-exporter": b"this connection"}


class OtherServer(BoundReceiver):
    bindings = {"tls-exporter": b"another connection"}


def login(record: TokenRecord, token: FastToken, *, agent: UserAgent = AGENT, far: Any = BoundReceiver) -> Any:
    """A login with `token` at a server that knows `record`; there is no password."""
    near = client(Sasl2Options(user_agent=agent, token=token), credentials=None, kind=Exporting)
    return logged_in(near, server(kind=far), accounts={"alice": AccountRecord(tokens=(record,))})


def refused(pair: Any) -> bool:
    assert len(of(pair.receiver_events, AuthenticationFailed)) == 1
    return bool(of(pair.initiator_events, TokenRefused)) and not of(pair.receiver_events, Authenticated)


def test_a17_a_token_is_shown_again() -> None:
    """A token that is shown with a count that was seen before is refused, as the replay of a login would be."""
    record = TokenRecord(SECRET, NONE, count=5)
    for count in (1, 4, 5):
        assert refused(login(record, FastToken(SECRET, NONE, count=count)))
    assert one(login(record, FastToken(SECRET, NONE, count=6)).receiver_events, Authenticated)


def test_a17_a_token_for_another_mechanism() -> None:
    """Each token is for the one mechanism that it was asked for: what was bound to a TLS channel is of no use without
    that, nor on another channel."""
    bound = TokenRecord(SECRET, EXPORTED)
    assert one(login(bound, FastToken(SECRET, EXPORTED), far=ExportingServer).receiver_events, Authenticated)
    assert refused(login(bound, FastToken(SECRET, NONE), far=ExportingServer))
    assert refused(login(bound, FastToken(SECRET, EXPORTED), far=OtherServer))


def test_a17_a_token_that_is_over() -> None:
    """One whose time is over, or that somebody has made up, lets nobody in; all tokens are compared, and in constant
    time."""
    expired = login(TokenRecord(SECRET, NONE, expired=True), FastToken(SECRET, NONE))
    assert refused(expired)
    assert one(expired.initiator_events, TokenRefused).condition == "credentials-expired"
    assert refused(login(TokenRecord(SECRET, NONE), FastToken("made-up", NONE)))


def test_a17_a_token_becomes_no_password() -> None:
    """Who has a stolen token cannot make a password of it: what a server lacks of one (XEP-0480) is taken from those
    only who have logged in by it."""
    near = client(Sasl2Options(user_agent=AGENT, token=FastToken(SECRET, NONE)), credentials=None)
    say = near.write
    wanted = parse("<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>")[0]

    def write(element: Any) -> None:
        if element.tag == f"{{{NS}}}authenticate":
            element.append(wanted)
        say(element)

    near.write = write  # type: ignore[method-assign]
    far = server(Sasl2Options(upgrades=("SCRAM-SHA-256",)))
    pair = logged_in(near, far, accounts={"alice": AccountRecord(tokens=(TokenRecord(SECRET, NONE),))})
    assert b"UPGR-" in pair.initiator_wrote
    assert one(pair.receiver_events, Authenticated).mechanism == NONE
    assert not of(pair.receiver_events, MechanismUpgraded)


def test_a17_a_token_without_tls() -> None:
    """Tokens are used over TLS only, and never as early data, which could be sent again: Python's TLS has none."""
    stream = ClientStream(
        "alice@localhost", client(Sasl2Options(user_agent=AGENT, token=FastToken(SECRET, NONE))).options, now=0.0
    )
    stream.open()
    stream.receive_data((HEADER + features("PLAIN", inline=FAST)).encode())
    assert b"authenticate" not in stream.data_to_send()
    assert stream.closed


def test_a17_a_token_is_kept_like_a_password(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody reads a token in a log, in an error or in a `repr`; the client counts it before it is used."""
    with caplog.at_level(logging.DEBUG):
        pair = logged_in(client(), server(), token=lambda request: SECRET)
    event = one(pair.initiator_events, TokenReceived)
    assert event.token.token == SECRET
    assert SECRET not in f"{event}{event!r}{pair.initiator!r}{caplog.text}"
    assert SECRET not in wire_text(of(pair.initiator_events, Authenticated)[0].success_element, "jabber:client")
