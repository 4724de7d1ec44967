# SPDX-License-Identifier: MIT
"""SASL in XML: both halves, what a hostile server may try, and what is said when a login fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.exceptions import AuthenticationFailed as Refused
from xmppkit.exceptions import MalformedStream
from xmppkit.protocol.events import AccountNeeded, Authenticated, AuthenticationFailed, PasswordNeeded, StreamEnded
from xmppkit.protocol.features.sasl import MECHANISMS, SaslInitiator, SaslReceiver
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.negotiation import Outcome
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy, make_scram_record
from xmppkit.sasl.channel_binding import offer_hash
from xmppkit.stanza.stream_features import StreamFeatures

if TYPE_CHECKING:
    from conftest import Port

NAMESPACE = "urn:ietf:params:xml:ns:xmpp-sasl"
SECRET = "pencil in the drawer"
ALICE = Credentials("alice", SECRET)
ANY = SaslPolicy(plain_without_tls=True, scram_without_tls=True)
HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "id='1' from='localhost' to='localhost' version='1.0'>"
)


def sasl(text: str) -> Element:
    """`text` in the namespace of SASL."""
    tag = text[1:].replace("/", " ").replace(">", " ").split(" ")[0]
    return fromstring(text.replace(f"<{tag}", f"<{tag} xmlns='{NAMESPACE}'", 1))


def offer(*mechanisms: str) -> Element:
    return sasl(f"<mechanisms>{''.join(f'<mechanism>{name}</mechanism>' for name in mechanisms)}</mechanisms>")


def encoded(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def payload(text: str) -> bytes | None:
    """The data of the last element that was written."""
    inside = fromstring(text).text
    return None if inside is None else base64.b64decode(inside) if inside != "=" else b""


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


SALT = encoded(b"salt" * 4)


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

    def test_a_name_that_no_address_can_have(self, port: Port) -> None:
        half = self.half(port)
        half.receive(self.plain(f"\0al@ice\0{SECRET}"))
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
