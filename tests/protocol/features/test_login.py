# SPDX-License-Identifier: MIT
"""Logging in, through the profile of RFC 6120: what a hostile server may try, and what is said when a login fails."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest
from saslwire import ALICE, ANY, HEADER, NAMESPACE, SALT, SECRET, encoded, offer, payload, sasl

from xmppkit.exceptions import AuthenticationFailed as Refused
from xmppkit.exceptions import MalformedStream
from xmppkit.protocol.events import (
    AccountNeeded,
    Authenticated,
    AuthenticationFailed,
    PasswordNeeded,
    SecureTransport,
    StreamEnded,
)
from xmppkit.protocol.features.login import announced, decode, encode
from xmppkit.protocol.features.sasl import MECHANISMS, SaslInitiator, SaslReceiver
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy, make_scram_record
from xmppkit.stanza.stream_features import StreamFeatures

if TYPE_CHECKING:
    from conftest import Port


@pytest.mark.parametrize(("data", "text"), [(None, None), (b"", "="), (b"\0a", "AGE=")])
def test_data_as_text(data: bytes | None, text: str | None) -> None:
    assert encode(data) == text
    assert decode(text) == data
    assert decode(f" {text or ''}\n") == data


@pytest.mark.parametrize("text", ["!!!", "A", "AGE", "\u00e9"])
def test_text_that_is_no_data(text: str) -> None:
    with pytest.raises(ValueError):  # what base64 says
        decode(text)


class TestRefusals:
    """What is said: which account, which server, what to do; never which password."""

    def refused(
        self, port: Port, inside: str, credentials: Credentials | None = ALICE
    ) -> tuple[SaslInitiator, Outcome]:
        port.options = port.options.replace(credentials=credentials, sasl=ANY)
        half = SaslInitiator(port, MECHANISMS)
        half.start(offer("PLAIN"), StreamFeatures())
        if credentials is None:
            half.begin(ALICE)
            port.events.clear()
        return half, half.receive(sasl(f"<failure>{inside}</failure>"))

    @pytest.mark.parametrize(
        ("inside", "condition", "text", "advice"),
        [
            ("<not-authorized/>", "not-authorized", "", "check the JID and the password"),
            ("", "not-authorized", "", "check the JID and the password"),
            ("<account-disabled/><text>call me</text>", "account-disabled", "call me", "operator has disabled"),
            ("<text/><temporary-auth-failure/>", "temporary-auth-failure", "", "try again later"),
            ("<encryption-required/>", "encryption-required", "", "TLS first"),
            ("<x xmlns='urn:x'/><something-new/>", "something-new", "", ""),
        ],
    )
    def test_it_is_final(self, port: Port, inside: str, condition: str, text: str, advice: str) -> None:
        _, outcome = self.refused(port, inside)
        assert outcome is Outcome.ENDED
        [event] = port.events
        assert isinstance(event, AuthenticationFailed)
        assert (event.mechanism, event.condition, event.text, event.final) == ("PLAIN", condition, text, True)
        assert event.element is not None
        assert isinstance(port.error, Refused)
        assert port.error.condition == condition
        said = str(port.error)
        assert said.startswith(f"localhost: the server refused the login of 'alice' with PLAIN: {condition}")
        assert text in said
        assert advice in said
        assert SECRET not in said + repr(port.error) + repr(event)

    def test_nobody_in_particular(self, port: Port) -> None:
        port.options = port.options.replace(credentials=Credentials(), sasl=ANY)
        half = SaslInitiator(port, MECHANISMS)
        half.start(offer("ANONYMOUS"), StreamFeatures())
        half.receive(sasl("<failure><not-authorized/></failure>"))
        assert "login of nobody in particular with ANONYMOUS" in str(port.error)

    def test_who_was_asked_may_correct_it(self, port: Port) -> None:
        half, outcome = self.refused(port, "<not-authorized/>", None)
        assert outcome is Outcome.WAIT
        failed, asked = port.events
        assert isinstance(failed, AuthenticationFailed)
        assert not failed.final
        assert asked == PasswordNeeded(("PLAIN",))
        assert port.error is None
        for _ in range(2):
            half.begin(ALICE)
            outcome = half.receive(sasl("<failure><not-authorized/></failure>"))
        # Three attempts, and no more.
        assert outcome is Outcome.ENDED
        assert port.attempts == 3
        assert port.error is not None

    def test_but_not_what_no_password_corrects(self, port: Port) -> None:
        _, outcome = self.refused(port, "<account-disabled/>", None)
        assert outcome is Outcome.ENDED

    def test_nothing_weaker_is_tried(self, port: Port) -> None:
        # Attack A15.
        port.options = port.options.replace(credentials=ALICE, sasl=ANY)
        half = SaslInitiator(port, MECHANISMS)
        half.start(offer("SCRAM-SHA-256", "PLAIN"), StreamFeatures())
        assert half.receive(sasl("<failure><temporary-auth-failure/></failure>")) is Outcome.ENDED
        assert len(port.written) == 1

    @pytest.mark.parametrize(
        ("mechanisms", "credentials", "policy", "said"),
        [
            (("PLAIN", "SCRAM-SHA-1"), ALICE, SaslPolicy(), "PLAIN: refused by rule plain_without_tls: it shows"),
            # Attack A23.
            (
                ("LOGIN", "CRAM-MD5", "X-OAUTH2"),
                ALICE,
                ANY,
                "CRAM-MD5: refused by rule by_name",
            ),
            (("SCRAM-SHA-1",), ALICE, SaslPolicy(("PLAIN",)), "the policy does not allow it"),
            (("PLAIN",), Credentials("alice"), ANY, "there is no user name and password"),
            ((), ALICE, ANY, "nothing at all"),
        ],
    )
    def test_nothing_to_log_in_with(
        self, port: Port, mechanisms: tuple[str, ...], credentials: Credentials, policy: SaslPolicy, said: str
    ) -> None:
        port.options = port.options.replace(credentials=credentials, sasl=policy)
        half = SaslInitiator(port, MECHANISMS)
        assert half.start(offer(*mechanisms), StreamFeatures()) is Outcome.ENDED
        assert port.written == []
        [event] = port.events
        assert isinstance(event, AuthenticationFailed)
        assert (event.mechanism, event.condition, event.element) == ("", "invalid-mechanism", None)
        text = str(port.error)
        assert text.startswith("localhost: the login of 'alice' was given up: no mechanism to log in with")
        assert said in text
        assert SECRET not in text

    def test_a_password_that_cannot_be_sent(self, port: Port) -> None:
        port.options = port.options.replace(credentials=Credentials("alice", "pen\x00cil"), sasl=ANY)
        half = SaslInitiator(port, MECHANISMS)
        assert half.start(offer("PLAIN"), StreamFeatures()) is Outcome.ENDED
        assert isinstance(port.error, Refused)
        assert port.error.condition == "malformed-request"
        assert "NUL" in str(port.error)
        assert "check the JID and the password" in str(port.error)
        assert "cil" not in str(port.error)

    def test_no_authentication_on_offer(self, port: Port) -> None:
        error = SaslInitiator(port, MECHANISMS).absent()
        assert isinstance(error, Refused)
        assert str(error) == "localhost: the server offers no authentication (it may offer some only over TLS)"
        [event] = port.events
        assert event == AuthenticationFailed(
            "", "mechanism-too-weak", "the server offers no authentication", None, True
        )


def exchange(mechanism: str, *answers: str) -> ClientStream:
    """A whole client that logs in with `mechanism`, in the clear, and is answered so."""
    options = StreamOptions(tls=TlsPolicy.DISABLED, sasl=ANY, credentials=ALICE, nonce_factory=lambda: "ours")
    stream = ClientStream("alice@localhost", options, now=0.0)
    stream.open()
    stream.receive_data(
        f"{HEADER}<stream:features><mechanisms xmlns='{NAMESPACE}'><mechanism>{mechanism}</mechanism></mechanisms>"
        "</stream:features>".encode()
    )
    stream.events()
    stream.data_to_send()
    for answer in answers:
        tag = answer[1:].replace(">", "/").partition("/")[0]
        stream.receive_data(answer.replace(f"<{tag}", f"<{tag} xmlns='{NAMESPACE}'", 1).encode())
    return stream


def challenge(text: str) -> str:
    return f"<challenge>{encoded(text)}</challenge>"


GOOD = challenge(f"r=ours-theirs,s={SALT},i=4096")


class TestHostileServers:
    @pytest.mark.parametrize(
        "answers",
        [
            # Attacks A9 and A11: success before, without, or with a wrong proof.
            ("<success/>",),
            (f"<success>{encoded(f'r=ours-theirs,s={SALT},i=1')}</success>",),
            (f"<success>{encoded('v=' + encoded(b'0' * 32))}</success>",),
            (GOOD, "<success/>"),
            (GOOD, "<success>=</success>"),
            (GOOD, f"<success>{encoded('v=' + encoded(b'0' * 32))}</success>"),
            (GOOD, f"<success>{encoded('e=other-error')}</success>"),
            (GOOD, "<success>!!!</success>"),
            # A12: a nonce that is not ours, or only ours.
            (challenge(f"r=theirs,s={SALT},i=4096"),),
            (challenge(f"r=ours,s={SALT},i=4096"),),
            # A13: work factors that help only an attacker.
            (challenge(f"r=ours-theirs,s={SALT},i=1"),),
            (challenge(f"r=ours-theirs,s={SALT},i=2147483647"),),
            # A14: rubbish.
            (challenge("r=zz,s=!!!,i=abc"),),
            (challenge(f"m=ext,r=ours-theirs,s={SALT},i=4096"),),
            ("<challenge/>",),
            ("<challenge>!!!</challenge>",),
            ("<challenge>\u00e9</challenge>",),
            (f"<challenge>{encoded(bytes([255, 254]))}</challenge>",),
            # A4: once more.
            (GOOD, GOOD),
        ],
    )
    def test_they_get_nowhere(self, answers: tuple[str, ...]) -> None:
        stream = exchange("SCRAM-SHA-256", *answers)
        failed, end = stream.events()[-2:]
        assert isinstance(failed, AuthenticationFailed)
        assert failed.final
        assert failed.element is None
        assert isinstance(end, StreamEnded)
        assert isinstance(end.error, Refused)
        said = str(end.error)
        assert said.startswith("localhost: the login of 'alice' was given up: ")
        assert "do not trust this server" in said
        assert SECRET not in said
        assert Fact.AUTHENTICATED not in stream.facts
        written = stream.data_to_send()
        assert SECRET.encode() not in written
        # An exchange that is still open is aborted; one that the server thinks is over just ends.
        assert (b"<abort " in written) is answers[-1].startswith("<challenge")

    def test_bad_base64_has_a_name(self) -> None:
        error = exchange("SCRAM-SHA-256", "<challenge>!!!</challenge>").error
        assert isinstance(error, Refused)
        assert error.condition == "incorrect-encoding"

    def test_plain_has_no_challenge(self) -> None:
        stream = exchange("PLAIN", "<challenge/>")
        assert isinstance(stream.error, Refused)

    @pytest.mark.parametrize("text", ["<response/>", "<auth/>", "<mechanisms/>"])
    def test_what_only_clients_say(self, text: str) -> None:
        stream = exchange("PLAIN", text)
        assert isinstance(stream.error, MalformedStream)
        assert stream.error.condition == "unsupported-stanza-type"


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

    def failed(self, port: Port, outcome: Outcome) -> str:
        assert outcome is Outcome.SKIPPED
        event = port.events[-1]
        assert isinstance(event, AuthenticationFailed)
        assert not event.final
        assert f"<{event.condition} />" in port.written[-1]
        assert not port.facts
        assert not port.jid
        return event.condition

    def test_a_wrong_password_and_no_account_look_the_same(self, port: Port) -> None:
        half = self.half(port)
        written = []
        for record in (AccountRecord("other"), None):
            half.receive(self.plain())
            assert self.failed(port, half.account(record)) == "not-authorized"
            written.append(port.written[-1])
        assert written[0] == written[1]

    @pytest.mark.parametrize(
        ("authzid", "condition"),
        [("bob@localhost", "invalid-authzid"), ("@", "invalid-authzid"), ("alice@localhost", "")],
    )
    def test_whoever_it_wants_to_be(self, port: Port, authzid: str, condition: str) -> None:
        half = self.half(port)
        half.receive(self.plain(f"{authzid}\0alice\0{SECRET}"))
        outcome = half.account(AccountRecord(SECRET))
        if condition:
            assert self.failed(port, outcome) == condition
        else:
            assert outcome is Outcome.RESTART

    @pytest.mark.parametrize(
        "name", ["al@ice", "elsewhere.example/x", "bob@elsewhere.example/x", "bob@localhost/x", "/"]
    )
    def test_a_name_that_no_address_can_have(self, port: Port, name: str) -> None:
        half = self.half(port)
        half.receive(self.plain(f"\0{name}\0{SECRET}"))
        assert self.failed(port, half.account(AccountRecord(SECRET))) == "not-authorized"

    def test_no_such_mechanism(self, port: Port) -> None:
        auth = sasl("<auth/>")
        assert self.failed(port, self.half(port).receive(auth)) == "invalid-mechanism"
        auth.set("mechanism", "EXTERNAL")
        assert self.failed(port, self.half(port).receive(auth)) == "invalid-mechanism"

    def test_no_base64(self, port: Port) -> None:
        auth = sasl("<auth>!!!</auth>")
        auth.set("mechanism", "PLAIN")
        assert self.failed(port, self.half(port).receive(auth)) == "incorrect-encoding"
        assert "this is not base64" in port.written[-1]

    def test_abort(self, port: Port) -> None:
        half = self.half(port)
        auth = sasl("<auth/>")
        auth.set("mechanism", "PLAIN")
        assert half.receive(auth) is Outcome.WAIT
        # Data of length zero, which is not no data (§6.4.2).
        assert port.written[-1] == f'<challenge xmlns="{NAMESPACE}">=</challenge>'
        assert self.failed(port, half.receive(sasl("<abort/>"))) == "aborted"

    def test_not_for_ever(self, port: Port) -> None:
        half = self.half(port)
        for _ in range(2):
            half.receive(self.plain())
            self.failed(port, half.account(None))
        half.receive(self.plain())
        assert half.account(None) is Outcome.ENDED
        event = port.events[-1]
        assert isinstance(event, AuthenticationFailed)
        assert event.final
        assert port.stream_error == ("policy-violation", "too many failed logins")
        assert isinstance(port.error, Refused)
        assert "3 failed logins" in str(port.error)

    def test_an_exchange(self, port: Port) -> None:
        half = self.half(port)
        assert half.offer() is not None
        auth = sasl(f"<auth>{encoded('n,,n=alice,r=ours')}</auth>")
        auth.set("mechanism", "SCRAM-SHA-256")
        half.receive(auth)
        assert port.events.pop() == AccountNeeded("alice", "SCRAM-SHA-256")
        assert half.account(AccountRecord(SECRET)) is Outcome.WAIT
        wrong = f"c=biws,r={'x' * 5},p={encoded(b'0' * 32)}"
        assert self.failed(port, half.receive(sasl(f"<response>{encoded(wrong)}</response>"))) == "malformed-request"
        half.receive(auth)
        half.account(AccountRecord(SECRET))
        assert self.failed(port, half.receive(sasl("<response>!!!</response>"))) == "incorrect-encoding"
        half.receive(self.plain())
        assert half.account(AccountRecord(SECRET)) is Outcome.RESTART
        assert port.jid == "alice@localhost"


class TestInitiator:
    def test_it_asks_for_a_password_and_goes_on(self, port: Port) -> None:
        port.options = port.options.replace(sasl=ANY, nonce_factory=lambda: "ours")
        half = SaslInitiator(port, MECHANISMS)
        assert half.start(offer("SCRAM-SHA-256"), StreamFeatures()) is Outcome.WAIT
        assert port.steps == [Step.CREDENTIALS]
        assert half.begin(ALICE) is Outcome.WAIT
        record = make_scram_record("SCRAM-SHA-256", SECRET, b"salt" * 4, 4096)
        first = f"r=ours-theirs,s={SALT},i=4096"
        assert half.receive(sasl(f"<challenge>{encoded(first)}</challenge>")) is Outcome.WAIT
        message = f"n=alice,r=ours,{first},c=biws,r=ours-theirs".encode()
        signature = hmac.new(record.server_key, message, hashlib.sha256).digest()
        done = sasl(f"<success>{encoded(b'v=' + encoded(signature).encode())}</success>")
        assert half.receive(done) is Outcome.RESTART
        assert isinstance(port.events[-1], Authenticated)

    def test_what_the_server_says_of_a_token(self, port: Port) -> None:
        port.facts = frozenset({Fact.SECURE})
        port.options = port.options.replace(credentials=Credentials("alice", access_token="t"))
        half = SaslInitiator(port, MECHANISMS)
        half.start(offer("OAUTHBEARER"), StreamFeatures())
        problem = encoded('{"status": "old"}')
        half.receive(sasl(f"<challenge>{problem}</challenge>"))
        assert payload(port.written[-1]) == b"\x01"
        half.receive(sasl("<failure><not-authorized/><text>no</text></failure>"))
        assert "not-authorized, no: old" in str(port.error)

    @pytest.mark.parametrize(("kinds", "header"), [("<channel-binding type='tls-exporter'/>", b"p="), ("", b"")])
    def test_kinds_of_channel_binding(
        self, port: Port, kinds: str, header: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port.facts = frozenset({Fact.SECURE})
        monkeypatch.setattr(port, "channel_binding", {"tls-exporter": b"x"}.get)
        port.options = port.options.replace(credentials=ALICE)
        namespace = "urn:xmpp:sasl-cb:0"
        features = StreamFeatures()
        features.xml.append(fromstring(f"<sasl-channel-binding xmlns='{namespace}'>{kinds}</sasl-channel-binding>"))
        half = SaslInitiator(port, MECHANISMS)
        outcome = half.start(offer("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"), features)
        assert outcome is (Outcome.WAIT if header else Outcome.ENDED)
        assert not header or (payload(port.written[-1]) or b"").startswith(header)


class TestWhatIsAnnounced:
    def test_the_kinds_where_a_mechanism_uses_them(self, port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(port, "channel_binding", {"tls-exporter": b"x"}.get)
        assert announced(port) is None
        port.facts = frozenset({Fact.SECURE})
        assert announced(port) == ("tls-exporter",)

    @pytest.mark.parametrize("certificate", [b"der", None])
    def test_external_for_who_has_shown_a_certificate(self, port: Port, certificate: bytes | None) -> None:
        port.facts = frozenset({Fact.SECURE})
        port.tls_info = SecureTransport("TLSv1.3", "", None, certificate)
        port.options = port.options.replace(sasl=SaslPolicy(("EXTERNAL", "PLAIN")))
        half = SaslReceiver(port, MECHANISMS)
        assert half.mechanisms() == (["EXTERNAL", "PLAIN"] if certificate else ["PLAIN"])
