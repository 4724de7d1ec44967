# SPDX-License-Identifier: MIT
"""The client's half of SASL2: what it sends, what it believes, and what it does when a server refuses."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from longlogins import MANY, deriving, finish
from secured import AGENT, ALICE, HEADER, BoundClient, client, logged_in, of, one, parse, server

from xmppkit.exceptions import AuthenticationFailed as Refused
from xmppkit.exceptions import MalformedStream, StreamClosed
from xmppkit.protocol.events import (
    Authenticated,
    AuthenticationFailed,
    Bound,
    MechanismUpgraded,
    Negotiated,
    PasswordNeeded,
    StreamEnded,
    TokenReceived,
    TokenRefused,
)
from xmppkit.protocol.features.sasl2 import SASL2
from xmppkit.protocol.features.sasl2_initiator import Sasl2Initiator
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.logins import FastToken, Sasl2Options, UserAgent
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl.base import Attempt
from xmppkit.sasl.credentials import AccountRecord, Credentials
from xmppkit.sasl.ht import HtServer, TokenRecord
from xmppkit.sasl.policy import SaslPolicy
from xmppkit.sasl.scram import make_scram_record

NS = "urn:xmpp:sasl:2"
TOKEN = FastToken("a-token", "HT-SHA-256-NONE", count=3)
FAST = "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast>"
BIND = "<bind xmlns='urn:xmpp:bind:0'/>"
SASL1 = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
PLAIN = SaslPolicy(("PLAIN",))
FEW = AccountRecord(scram={"SCRAM-SHA-1": make_scram_record("SCRAM-SHA-1", "pencil", b"salt", 4096)})


def offer(*mechanisms: str, inline: str = "", more: str = "", beside: str = "") -> str:
    names = "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms or ("PLAIN",))
    within = f"<inline>{inline}</inline>" if inline else ""
    said = f"<authentication xmlns='{NS}'>{names}{within}{more}</authentication>"
    return f"<stream:features>{said}{beside}</stream:features>"


def told(stream: ClientStream, text: str) -> list[Any]:
    """What happens when the server says `text`."""
    stream.receive_data(text.encode())
    return list(stream.events())


def written(stream: ClientStream) -> Any:
    """The last element that was written."""
    return parse(re.sub(r"^.*<stream:stream[^>]*>", "", stream.data_to_send().decode()))[-1]


def begun(features: str, sasl2: Sasl2Options | None = None, **options: Any) -> ClientStream:
    """A client that has had the features."""
    stream = client(sasl2, **{"sasl": PLAIN, **options})
    stream.open()
    stream.data_to_send()
    told(stream, HEADER + features)
    return stream


def failure(condition: str, text: str = "") -> str:
    said = f"<text>{text}</text>" if text else ""
    return f"<failure xmlns='{NS}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>{said}</failure>"


def success(identifier: str | None = "alice@localhost", data: bytes | None = None, inside: str = "") -> str:
    more = f"<additional-data>{base64.b64encode(data).decode()}</additional-data>" if data is not None else ""
    who = f"<authorization-identifier>{identifier}</authorization-identifier>" if identifier is not None else ""
    return f"<success xmlns='{NS}'>{more}{who}{inside}</success>"


def test_the_declaration() -> None:
    assert SASL2.permitted(frozenset({Fact.SECURE}))
    assert not SASL2.permitted(frozenset())  # XEP-0388 §3
    assert not SASL2.permitted(frozenset({Fact.SECURE, Fact.AUTHENTICATED}))
    assert not SASL2.in_clear


class TestBeginning:
    def test_what_is_sent(self) -> None:
        request = written(begun(offer(inline=BIND + FAST), Sasl2Options(user_agent=AGENT, tag="weather")))
        assert request.tag == f"{{{NS}}}authenticate"
        assert request.get("mechanism") == "PLAIN"
        assert base64.b64decode(request.findtext(f"{{{NS}}}initial-response")) == b"\0alice\0secret"
        agent = request.find(f"{{{NS}}}user-agent")
        assert (agent.get("id"), [child.text for child in agent]) == (AGENT.id, ["A Program", "A Device"])
        assert request.findtext("{urn:xmpp:bind:0}bind/{urn:xmpp:bind:0}tag") == "weather"
        assert request.find("{urn:xmpp:fast:0}request-token").get("mechanism") == "HT-SHA-256-NONE"

    def test_as_little_as_possible(self) -> None:
        request = written(begun(offer(), Sasl2Options(user_agent=UserAgent())))
        assert [child.tag.rpartition("}")[2] for child in request] == ["initial-response", "user-agent"]
        assert request[1].attrib == {}
        request = written(begun(offer(), Sasl2Options()))
        assert [child.tag.rpartition("}")[2] for child in request] == ["initial-response"]

    def test_no_first_message_and_an_empty_one(self) -> None:
        stream = begun(offer("ANONYMOUS"), jid="localhost", credentials=Credentials(), sasl=SaslPolicy(("ANONYMOUS",)))
        assert written(stream).find(f"{{{NS}}}initial-response") is None
        stream = begun(
            offer("EXTERNAL"), credentials=Credentials("alice", external=True), sasl=SaslPolicy(("EXTERNAL",))
        )
        assert written(stream).findtext(f"{{{NS}}}initial-response") == ""

    def test_it_is_left_out_when_told_so(self) -> None:
        stream = ClientStream("alice@localhost", client().options.replace(sasl2=None, sasl=PLAIN), now=0.0)
        stream.learn(Fact.SECURE)
        stream.open()
        stream.data_to_send()
        told(stream, HEADER + offer(beside=SASL1))
        assert written(stream).tag == "{urn:ietf:params:xml:ns:xmpp-sasl}auth"

    def test_a_server_without_it(self) -> None:
        stream = begun(f"<stream:features>{SASL1}</stream:features>")
        assert written(stream).tag == "{urn:ietf:params:xml:ns:xmpp-sasl}auth"

    def test_what_only_the_other_profile_offers(self) -> None:
        stream = begun(offer("SCRAM-SHA-1", beside=SASL1))
        assert written(stream).tag == "{urn:ietf:params:xml:ns:xmpp-sasl}auth"
        stream = begun(offer("PLAIN", beside=SASL1.replace("PLAIN", "SCRAM-SHA-1")))
        assert written(stream).tag == f"{{{NS}}}authenticate"

    def test_nothing_that_can_be_used(self) -> None:
        stream = begun(offer("SCRAM-SHA-1"))
        assert isinstance(stream.error, Refused)
        assert stream.error.condition == "invalid-mechanism"

    def test_it_asks_for_a_password(self) -> None:
        stream = client(credentials=None, sasl=PLAIN)
        stream.open()
        events = told(stream, HEADER + offer())
        assert one(events, PasswordNeeded).mechanisms == ("PLAIN",)
        stream.provide_credentials(ALICE)
        assert written(stream).get("mechanism") == "PLAIN"
        assert one(told(stream, failure("not-authorized")), AuthenticationFailed).final is False
        assert stream.state.step is Step.CREDENTIALS


class TestEnding:
    def test_without_a_restart(self) -> None:
        stream = begun(offer())
        stream.data_to_send()
        events = told(stream, success())
        assert one(events, Authenticated).mechanism == "PLAIN"
        assert stream.state.step is Step.FEATURES
        assert stream.data_to_send() == b""
        told(stream, "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>")
        assert written(stream).get("type") == "set"
        assert {"sasl2", "mechanisms"} <= stream.negotiated_features

    def test_stanzas_behind_a_binding(self) -> None:
        stream = begun(offer(inline=BIND))
        inside = "<bound xmlns='urn:xmpp:bind:0'/>"
        events = told(stream, success("alice@localhost/x", inside=inside) + "<message><body>early</body></message>")
        assert one(events, Bound).jid == "alice@localhost/x"
        assert stream.state.step is Step.FOLLOWING
        assert [str(event) for event in events][-1] == ('<message xmlns="jabber:client"><body>early</body></message>')
        assert one(told(stream, "<stream:features/>"), Negotiated).jid == "alice@localhost/x"
        assert stream.ready
        assert {"bind", "mechanisms"} <= stream.negotiated_features

    def test_a_binding_that_is_none(self) -> None:
        stream = begun(offer(inline=BIND))
        told(stream, success(inside="<bound xmlns='urn:xmpp:bind:0'/>"))
        assert isinstance(stream.error, MalformedStream)

    def test_stanzas_before_a_binding(self) -> None:
        stream = begun(offer())
        told(stream, success() + "<message/>")
        assert isinstance(stream.error, MalformedStream)
        assert stream.error.condition == "not-authorized"

    @pytest.mark.parametrize("identifier", ["bob@localhost", "alice@elsewhere", "a@b@c", "@", ""])
    def test_as_somebody_else(self, identifier: str) -> None:
        stream = begun(offer())
        told(stream, success(identifier))
        assert isinstance(stream.error, Refused)
        assert stream.error.condition == "invalid-authzid"

    @pytest.mark.parametrize(
        ("jid", "credentials", "identifier"),
        [
            ("alice@localhost", ALICE, None),
            ("localhost", Credentials("alice", "secret"), "alice@localhost"),
            ("alice@localhost", Credentials("s-1-5-21", "secret"), "bob@localhost"),
            ("alice@localhost", Credentials("alice", "secret", authzid="bob@localhost"), "bob@localhost"),
        ],
    )
    def test_who_we_are_is_not_known_before(self, jid: str, credentials: Credentials, identifier: str | None) -> None:
        stream = begun(offer(), jid=jid, credentials=credentials)
        assert of(told(stream, success(identifier)), Authenticated)

    def test_a_refusal(self) -> None:
        stream = begun(offer())
        events = told(stream, failure("account-disabled", "go away"))
        event = one(events, AuthenticationFailed)
        assert (event.condition, event.text, event.final) == ("account-disabled", "go away", True)
        assert event.element["condition"] == "account-disabled"
        assert isinstance(stream.error, Refused)
        assert one(events, StreamEnded).error is stream.error

    def test_data_behind_a_mechanism_that_has_none(self) -> None:
        stream = begun(offer())
        told(stream, success(data=b"more"))
        assert isinstance(stream.error, Refused)

    def test_what_may_not_come(self) -> None:
        stream = begun(offer())
        assert told(stream, f"<task-data xmlns='{NS}'/>")
        assert isinstance(stream.error, MalformedStream)

    def test_a_challenge_for_plain(self) -> None:
        stream = begun(offer())
        stream.data_to_send()
        told(stream, f"<challenge xmlns='{NS}'>AAAA</challenge>")
        assert f'<abort xmlns="{NS}" />' in stream.data_to_send().decode()
        assert isinstance(stream.error, Refused)


class TestBothEnds:
    @pytest.mark.parametrize("piece", [None, 1])
    def test_scram(self, piece: int | None) -> None:
        pair = logged_in(client(), server(), piece=piece)
        assert one(pair.initiator_events, Authenticated).mechanism == "SCRAM-SHA-512"
        assert pair.initiator.ready
        assert pair.receiver.ready
        assert pair.initiator.jid == pair.receiver.jid == "alice@localhost/chosen"

    def test_a_wrong_password(self) -> None:
        pair = logged_in(client(credentials=Credentials("alice", "guess")), server())
        assert isinstance(pair.initiator.error, Refused)
        assert not of(pair.receiver_events, Authenticated)

    @pytest.mark.parametrize("jid", ["alice@localhost/desk", "alice@localhost"])
    def test_a_resource_that_is_wanted(self, jid: str) -> None:
        pair = logged_in(client(jid=jid, resource="desk"), server())
        assert pair.initiator.jid == "alice@localhost/desk"
        assert pair.initiator.ready


class TestTokens:
    def token_offer(self, **options: Any) -> Sasl2Options:
        return Sasl2Options(**{"user_agent": AGENT, "token": TOKEN, **options})

    def proof(self, token: str = TOKEN.token) -> bytes:
        half = HtServer("HT-SHA-256-NONE", Attempt(lambda: ""))
        half.receive(b"alice\0" + b"x" * 32)
        from xmppkit.sasl.ht import _proof

        return _proof(token, b"Responder", b"")

    def test_it_is_used(self) -> None:
        stream = begun(offer(inline=FAST), self.token_offer())
        request = written(stream)
        assert request.get("mechanism") == "HT-SHA-256-NONE"
        assert request.find("{urn:xmpp:fast:0}fast").get("count") == "3"
        assert request.find("{urn:xmpp:fast:0}request-token") is None
        new = "<token xmlns='urn:xmpp:fast:0' token='next' expiry='2030-01-01T00:00:00Z'/>"
        events = told(stream, success(data=self.proof(), inside=new))
        assert one(events, TokenReceived).token.token == "next"
        assert one(events, TokenReceived).token.mechanism == "HT-SHA-256-NONE"

    def test_no_password_is_asked_for(self) -> None:
        stream = begun(offer(inline=FAST), self.token_offer(), credentials=None)
        assert written(stream).get("mechanism") == "HT-SHA-256-NONE"
        assert of(told(stream, success(data=self.proof())), Authenticated)

    @pytest.mark.parametrize(
        ("inline", "options", "jid"),
        [
            ("", {}, "alice@localhost"),
            (FAST.replace("NONE", "EXPR"), {}, "alice@localhost"),
            (FAST, {"user_agent": None}, "alice@localhost"),
            (FAST, {"user_agent": UserAgent("", "A Program")}, "alice@localhost"),
            (FAST, {}, "localhost"),
            (FAST, {"token": FastToken("a-token", "HT-SHA-256-EXPR")}, "alice@localhost"),
        ],
    )
    def test_one_that_cannot_be_used(self, inline: str, options: dict[str, Any], jid: str) -> None:
        assert written(begun(offer(inline=inline), self.token_offer(**options), jid=jid)).get("mechanism") == "PLAIN"

    def test_a_refusal(self) -> None:
        stream = begun(offer(inline=FAST), self.token_offer())
        stream.data_to_send()
        events = told(stream, failure("credentials-expired"))
        assert events == [TokenRefused("credentials-expired")]
        request = written(stream)
        assert request.get("mechanism") == "PLAIN"
        assert request.find("{urn:xmpp:fast:0}request-token") is not None
        assert of(told(stream, success()), Authenticated)

    def test_a_refusal_when_there_is_no_password(self) -> None:
        stream = begun(offer(inline=FAST), self.token_offer(), credentials=None)
        events = told(stream, failure("not-authorized"))
        assert [type(event) for event in events] == [TokenRefused, PasswordNeeded]

    @pytest.mark.parametrize(
        ("condition", "beside", "expected"),
        [
            ("invalid-mechanism", SASL1, "{urn:ietf:params:xml:ns:xmpp-sasl}auth"),
            ("invalid-mechanism", "", None),
            ("not-authorized", SASL1, None),
        ],
    )
    def test_a_server_that_then_takes_the_other_profile_only(
        self, condition: str, beside: str, expected: str | None
    ) -> None:
        stream = begun(offer(inline=FAST, beside=beside), self.token_offer())
        told(stream, failure("not-authorized"))
        stream.data_to_send()
        told(stream, failure(condition))
        if expected is None:
            assert isinstance(stream.error, Refused)
        else:
            assert written(stream).tag == expected

    @pytest.mark.parametrize("data", [None, b"\0" * 32])
    def test_a_server_that_does_not_know_it(self, data: bytes | None) -> None:
        stream = begun(offer(inline=FAST), self.token_offer())
        events = told(stream, success(data=data))
        assert not of(events, Authenticated)
        assert isinstance(stream.error, Refused)
        assert "do not trust this server" in str(stream.error)


class TestAhead:
    OFFER = offer(inline=FAST + BIND).removeprefix("<stream:features>").removesuffix("</stream:features>")

    def stream(self, **options: Any) -> ClientStream:
        known = {"user_agent": AGENT, "token": TOKEN, "offer": self.OFFER, **options}
        stream = client(Sasl2Options(**known), sasl=PLAIN)
        stream.open()
        return stream

    def test_the_login_stands_behind_the_header(self) -> None:
        stream = self.stream()
        assert written(stream).get("mechanism") == "HT-SHA-256-NONE"
        proof = TestTokens().proof()
        bound = "<bound xmlns='urn:xmpp:bind:0'/>"
        features = offer(inline=FAST + BIND + "<sm xmlns='urn:xmpp:sm:3'/>")
        events = told(stream, HEADER + features + success("alice@localhost/x", proof, bound) + "<stream:features/>")
        assert stream.ready
        assert one(events, Negotiated).jid == "alice@localhost/x"
        assert stream.data_to_send() == b""

    def test_it_is_refused(self) -> None:
        stream = self.stream()
        stream.data_to_send()
        events = told(stream, HEADER + offer(inline=FAST) + failure("not-authorized"))
        assert one(events, TokenRefused) == TokenRefused("not-authorized")
        assert written(stream).get("mechanism") == "PLAIN"

    def test_a_server_that_has_changed_its_mind(self) -> None:
        stream = self.stream()
        events = told(stream, HEADER + f"<stream:features>{SASL1}</stream:features>")
        assert one(events, TokenRefused).changed
        assert isinstance(stream.error, StreamClosed)

    @pytest.mark.parametrize(
        "options",
        [{"offer": ""}, {"offer": "<authentication"}, {"token": None}, {"offer": f"<authentication xmlns='{NS}'/>"}],
    )
    def test_what_is_not_enough(self, options: dict[str, Any]) -> None:
        data = self.stream(**options).data_to_send().decode()
        assert data.count("<") == 2  # the XML declaration and the header

    def test_without_sasl2(self, port: Any) -> None:
        assert Sasl2Initiator(port, SASL2).ahead() is False


class TestUpgrades:
    SALT = base64.b64encode(b"salt" * 4).decode()
    WANTS = Sasl2Options(user_agent=AGENT, upgrades=("SCRAM-SHA-512", "SCRAM-SHA-256"))

    def test_both_ends(self) -> None:
        policy = SaslPolicy(("SCRAM-SHA-1",))
        far = server(Sasl2Options(upgrades=("SCRAM-SHA-512", "SCRAM-SHA-256")), sasl=policy)
        pair = logged_in(client(self.WANTS), far)
        assert pair.initiator.ready
        assert pair.initiator_wrote.count(b"<next ") == 2

    def test_a_mechanism_that_proves_nothing_asks_for_none(self) -> None:
        more = "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"
        assert b"upgrade" not in begun(offer(more=more), self.WANTS).data_to_send()

    def through(self) -> ClientStream:
        """A client whose mechanism is through, so that tasks may follow."""
        stream = client(self.WANTS)
        far = server(Sasl2Options(upgrades=("SCRAM-SHA-256",)), sasl=SaslPolicy(("SCRAM-SHA-1",)))
        from xmppkit.testing.pair import Answers, Pair

        pair = Pair(stream, far, Answers(accounts={"alice": AccountRecord("secret")}), piece=1)
        assert pair.run_until(lambda: b"<next " in pair.initiator_wrote)
        return stream

    def test_a_task_that_was_not_asked_for(self) -> None:
        stream = begun(offer(), self.WANTS)
        stream.data_to_send()
        tasks = "<tasks><task>UPGR-SCRAM-SHA-256</task><task>TOTP-EXAMPLE</task></tasks>"
        told(stream, f"<continue xmlns='{NS}'>{tasks}</continue>")
        assert isinstance(stream.error, Refused)
        assert "'TOTP-EXAMPLE'" in str(stream.error)
        assert b"<abort " in stream.data_to_send()

    def test_no_task_at_all(self) -> None:
        stream = begun(offer(), self.WANTS)
        told(stream, f"<continue xmlns='{NS}'/>")
        assert "nothing that has a name" in str(stream.error)

    @pytest.mark.parametrize("iterations", ["1", "999999999", "many"])
    def test_rounds_that_are_not_allowed(self, iterations: str) -> None:
        stream = self.through()
        salt = f"<salt xmlns='urn:xmpp:scram-upgrade:0' iterations='{iterations}'>{self.SALT}</salt>"
        told(stream, f"<task-data xmlns='{NS}'>{salt}</task-data>")
        assert isinstance(stream.error, Refused)

    @pytest.mark.parametrize("element", ["success", "continue", "challenge"])
    def test_the_task_is_not_done_yet(self, element: str) -> None:
        stream = self.through()
        told(stream, f"<{element} xmlns='{NS}'/>")
        assert isinstance(stream.error, MalformedStream)


def test_an_account_is_not_asked_for_what_a_token_is_for() -> None:
    # Of another client's tokens nothing is known.
    record = AccountRecord("secret", tokens=(TokenRecord(TOKEN.token, TOKEN.mechanism),))
    near = client(Sasl2Options(user_agent=AGENT, token=TOKEN))
    pair = logged_in(near, server(), accounts={"alice": record})
    assert one(pair.initiator_events, Authenticated).mechanism == "HT-SHA-256-NONE"
    assert isinstance(near, BoundClient)


class TestKeysThatTakeLong:
    def test_giving_up_is_all_that_is_expected(self) -> None:
        _, stream = deriving("client", sasl2=True)
        half = stream._half
        for name in ("challenge", "success", "failure", "continue", "task-data"):
            element = parse(f"<{name} xmlns='{NS}'/>")[0]
            assert half.gives_up(element) is (name == "failure")

    def test_of_a_task(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("xmppkit.sasl.scram.DEFAULT_ITERATIONS", MANY)
        pair, stream = deriving("client", mechanism="SCRAM-SHA-1", account=FEW, upgrades=("SCRAM-SHA-256",), sasl2=True)
        assert stream.work.iterations == MANY
        before = pair.initiator_wrote
        finish(pair, stream)
        assert pair.initiator_wrote[len(before) :].startswith(b'<task-data xmlns="urn:xmpp:sasl:2"')
        assert one(pair.receiver_events, MechanismUpgraded).mechanism == "SCRAM-SHA-256"
        assert stream.ready
