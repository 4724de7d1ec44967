# SPDX-License-Identifier: MIT
"""SASL in XML (RFC 6120 §6): what both halves write and read. What is the same in SASL2 is in test_login.py."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest
from longlogins import PLAIN, deriving
from saslwire import ALICE, ANY, NAMESPACE, SALT, SECRET, encoded, offer, payload, sasl

from xmppkit.protocol.events import AccountNeeded, Authenticated, PasswordNeeded
from xmppkit.protocol.features.sasl import MECHANISMS, SaslInitiator, SaslReceiver, read_failure
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy, make_scram_record
from xmppkit.sasl.channel_binding import offer_hash
from xmppkit.stanza.stream_features import StreamFeatures

if TYPE_CHECKING:
    from conftest import Port


def test_the_declaration() -> None:
    assert MECHANISMS.permitted(frozenset({Fact.SECURE}))
    assert not MECHANISMS.permitted(frozenset({Fact.AUTHENTICATED}))
    assert not MECHANISMS.in_clear


class TestInitiator:
    def half(self, port: Port, credentials: Credentials | None = ALICE, policy: SaslPolicy = ANY) -> SaslInitiator:
        port.options = port.options.replace(credentials=credentials, sasl=policy, nonce_factory=lambda: "ours")
        return SaslInitiator(port, MECHANISMS)

    def started(self, port: Port, *mechanisms: str, **arguments: object) -> SaslInitiator:
        half = self.half(port, **arguments)  # type: ignore[arg-type]
        assert half.start(offer(*mechanisms), StreamFeatures()) is Outcome.WAIT
        return half

    def test_a_token_that_stands_as_it_is(self, port: Port) -> None:
        port.facts = frozenset({Fact.SECURE})
        policy = SaslPolicy(("X-MESSENGER-OAUTH2",))
        self.started(port, "X-MESSENGER-OAUTH2", credentials=Credentials(access_token="EwA%3d"), policy=policy)
        [auth] = port.written
        assert fromstring(auth).text == "EwA%3d"

    def test_the_strongest_is_taken(self, port: Port) -> None:
        self.started(port, "PLAIN", " SCRAM-SHA-1\n", "SCRAM-SHA-256", "X-OWN")
        assert port.steps == [Step.EXCHANGE]
        [auth] = port.written
        assert fromstring(auth).get("mechanism") == "SCRAM-SHA-256"
        assert payload(auth) == b"n,,n=alice,r=ours"

    def test_data_of_length_zero_and_no_data(self, port: Port) -> None:
        # §6.4.2: an equals sign is data of length zero; nothing is no initial response.
        self.started(port, "ANONYMOUS", credentials=Credentials())
        port.facts = frozenset({Fact.SECURE})
        self.started(port, "EXTERNAL", credentials=Credentials("alice", external=True))
        nothing, empty = port.written
        assert nothing == f'<auth xmlns="{NAMESPACE}" mechanism="ANONYMOUS" />'
        assert empty == f'<auth xmlns="{NAMESPACE}" mechanism="EXTERNAL">=</auth>'

    def test_it_asks_for_a_password(self, port: Port) -> None:
        half = self.started(port, "PLAIN", "SCRAM-SHA-1", credentials=None)
        assert port.steps == [Step.CREDENTIALS]
        assert port.events == [PasswordNeeded(("PLAIN", "SCRAM-SHA-1"))]
        assert port.written == []
        assert half.begin(ALICE) is Outcome.WAIT
        assert len(port.written) == 1

    def test_what_it_accepts(self, port: Port) -> None:
        half = self.half(port)
        for tag in ("challenge", "success", "failure"):
            assert half.accepts(sasl(f"<{tag}/>"))
        for tag in ("auth", "response", "abort"):
            assert not half.accepts(sasl(f"<{tag}/>"))
        assert not half.accepts(fromstring("<success xmlns='urn:xmpp:sasl:2'/>"))

    def test_success(self, port: Port) -> None:
        half = self.started(port, "PLAIN")
        element = sasl("<success/>")
        assert half.receive(element) is Outcome.RESTART
        assert port.facts == {Fact.AUTHENTICATED}
        [event] = port.events
        assert isinstance(event, Authenticated)
        assert (event.mechanism, event.username) == ("PLAIN", "")
        assert event.success_element.xml is element

    def test_scram_to_the_end(self, port: Port) -> None:
        half = self.started(port, "SCRAM-SHA-256")
        salt = b"salt" * 4
        record = make_scram_record("SCRAM-SHA-256", SECRET, salt, 4096)
        first = f"r=ours-theirs,s={encoded(salt)},i=4096"
        assert half.receive(sasl(f"<challenge>{encoded(first)}</challenge>")) is Outcome.WAIT
        final = payload(port.written[-1]) or b""
        assert final.startswith(b"c=biws,r=ours-theirs,p=")
        message = f"n=alice,r=ours,{first},c=biws,r=ours-theirs".encode()
        signature = hmac.new(record.server_key, message, hashlib.sha256).digest()
        done = sasl(f"<success>{encoded(b'v=' + encoded(signature).encode())}</success>")
        assert half.receive(done) is Outcome.RESTART
        assert SECRET not in "".join(port.written)


class TestReceiver:
    def half(self, port: Port, *allowed: str) -> SaslReceiver:
        policy = SaslPolicy(allowed or None, plain_without_tls=True, scram_without_tls=True)
        port.options = port.options.replace(sasl=policy, nonce_factory=lambda: "theirs")
        port.jid = port.jid.__class__()
        return SaslReceiver(port, MECHANISMS)

    def plain(self, text: str = "\0alice\0" + SECRET) -> Element:
        auth = sasl(f"<auth>{encoded(text)}</auth>")
        auth.set("mechanism", "PLAIN")
        return auth

    def test_it_offers(self, port: Port) -> None:
        offered = self.half(port, "PLAIN", "SCRAM-SHA-256").offer()
        assert offered is not None
        assert [child.text for child in offered] == ["SCRAM-SHA-256", "PLAIN"]

    def test_nothing_if_there_is_nothing(self, port: Port) -> None:
        assert self.half(port, "EXTERNAL").offer() is None

    def test_what_it_takes(self, port: Port) -> None:
        half = self.half(port)
        assert half.starts(sasl("<auth/>"))
        assert not half.starts(sasl("<response/>"))
        assert half.accepts(sasl("<response/>"))
        assert half.accepts(sasl("<abort/>"))
        assert not half.accepts(sasl("<auth/>"))

    def test_success(self, port: Port) -> None:
        half = self.half(port)
        assert half.receive(self.plain()) is Outcome.WAIT
        assert port.steps == [Step.ACCOUNT]
        assert port.events.pop() == AccountNeeded("alice", "PLAIN")
        assert half.account(AccountRecord(SECRET)) is Outcome.RESTART
        assert port.written == [f'<success xmlns="{NAMESPACE}" />']
        [event] = port.events
        assert isinstance(event, Authenticated)
        assert (event.mechanism, event.username) == ("PLAIN", "alice")
        assert port.jid == "alice@localhost"
        assert port.facts == {Fact.AUTHENTICATED}

    def test_a_challenge(self, port: Port) -> None:
        half = self.half(port)
        auth = sasl(f"<auth>{encoded('n,,n=alice,r=ours')}</auth>")
        auth.set("mechanism", "SCRAM-SHA-256")
        half.receive(auth)
        record = make_scram_record("SCRAM-SHA-256", SECRET, b"salt" * 4, 4096)
        assert half.account(AccountRecord(scram={"SCRAM-SHA-256": record})) is Outcome.WAIT
        assert port.steps == [Step.ACCOUNT, Step.EXCHANGE]
        offer = offer_hash("sha256", ("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"), None)
        assert payload(port.written[-1]) == f"r=ourstheirs,s={SALT},i=4096,h={encoded(offer)}".encode()
        wrong = f"c=biws,r=ourstheirs,p={encoded(b'0' * 32)}"
        assert half.receive(sasl(f"<response>{encoded(wrong)}</response>")) is Outcome.SKIPPED
        assert "<not-authorized />" in port.written[-1]

    def test_it_refuses(self, port: Port) -> None:
        half = self.half(port)
        auth = sasl("<auth>!!!</auth>")
        auth.set("mechanism", "PLAIN")
        assert half.receive(auth) is Outcome.SKIPPED
        inside = "<incorrect-encoding /><text>this is not base64</text>"
        assert port.written.pop() == f'<failure xmlns="{NAMESPACE}">{inside}</failure>'
        half.receive(self.plain())
        assert half.account(None) is Outcome.SKIPPED
        assert port.written.pop() == f'<failure xmlns="{NAMESPACE}"><not-authorized /></failure>'
        assert half.receive(sasl("<abort/>")) is Outcome.ENDED
        assert port.written.pop() == f'<failure xmlns="{NAMESPACE}"><aborted /></failure>'


class TestFailures:
    @pytest.mark.parametrize(
        ("inside", "said"),
        [
            ("<not-authorized/>", ("not-authorized", "")),
            ("", ("not-authorized", "")),
            ("<account-disabled/><text>call me</text>", ("account-disabled", "call me")),
            ("<text/><temporary-auth-failure/>", ("temporary-auth-failure", "")),
            ("<x xmlns='urn:x'/><something-new/>", ("something-new", "")),
        ],
    )
    def test_what_they_say(self, inside: str, said: tuple[str, str]) -> None:
        assert read_failure(sasl(f"<failure>{inside}</failure>")) == said

    def test_one_is_received(self, port: Port) -> None:
        port.options = port.options.replace(credentials=ALICE, sasl=ANY)
        half = SaslInitiator(port, MECHANISMS)
        half.start(offer("PLAIN"), StreamFeatures())
        assert half.receive(sasl("<failure><not-authorized/></failure>")) is Outcome.ENDED

    @pytest.mark.parametrize("answer", ["<challenge>!!!</challenge>", "<success>!!!</success>"])
    def test_what_cannot_be_believed(self, port: Port, answer: str) -> None:
        port.options = port.options.replace(credentials=ALICE, sasl=ANY)
        half = SaslInitiator(port, MECHANISMS)
        half.start(offer("SCRAM-SHA-256"), StreamFeatures())
        assert half.receive(sasl(answer)) is Outcome.ENDED
        assert (f'<abort xmlns="{NAMESPACE}" />' in port.written) is answer.startswith("<challenge")


@pytest.mark.parametrize(("end", "how", "tag"), [("client", {}, "failure"), ("server", PLAIN, "abort")])
def test_only_giving_up_is_expected_while_a_key_is_derived(end: str, how: dict[str, str], tag: str) -> None:
    _, stream = deriving(end, **how)
    half = stream._half
    for name in ("challenge", "response", "success", "failure", "abort", "auth"):
        assert half.gives_up(sasl(f"<{name}/>")) is (name == tag)
