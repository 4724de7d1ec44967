# SPDX-License-Identifier: MIT
"""The server's half of SASL2: what it offers, what it asks the application, and what it does not let pass."""

from __future__ import annotations

import base64
import datetime
from typing import Any

import pytest
from longlogins import deriving
from secured import AGENT, HEADER, BoundReceiver, client, logged_in, of, one, parse, server

from xmppkit.exceptions import LocalProtocolError, MalformedStream
from xmppkit.protocol.events import (
    AccountNeeded,
    Authenticated,
    AuthenticationFailed,
    BindRequested,
    Bound,
    MechanismUpgraded,
    Negotiated,
    Resumed,
    ResumeRequested,
    TokenRequested,
)
from xmppkit.protocol.logins import FastToken, Sasl2Options
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl.credentials import AccountRecord
from xmppkit.sasl.ht import TokenRecord
from xmppkit.sasl.policy import SaslPolicy
from xmppkit.xml.serializer import serialize

NS = "urn:xmpp:sasl:2"
CLIENT_HEADER = HEADER.replace(" id='1' from='localhost'", " to='localhost'{}")
ACCOUNT = AccountRecord("secret")
PLAIN = SaslPolicy(("PLAIN", "SCRAM-SHA-256"))


def opened(sasl2: Sasl2Options | None = None, sender: str = "", **options: Any) -> ReceiverStream:
    """A server that has had the header."""
    stream = server(sasl2, **{"sasl": PLAIN, **options})
    stream.open()
    stream.receive_data(CLIENT_HEADER.format(f" from='{sender}'" if sender else "").encode())
    stream.events()
    return stream


def said(stream: ReceiverStream) -> list[Any]:
    """The elements that were written, without the header."""
    return list(parse(stream.data_to_send().decode().rpartition("'>")[2]))


def told(stream: ReceiverStream, text: str) -> list[Any]:
    stream.receive_data(text.encode())
    return list(stream.events())


def authenticate(
    inside: str = "", mechanism: str = "PLAIN", first: bytes | None = b"\0alice\0secret", agent: str = AGENT.id
) -> str:
    response = f"<initial-response>{base64.b64encode(first).decode()}</initial-response>" if first is not None else ""
    about = f"<user-agent id='{agent}'/>" if agent else ""
    return f"<authenticate xmlns='{NS}' mechanism='{mechanism}'>{response}{about}{inside}</authenticate>"


def names(element: Any) -> list[str]:
    return [child.tag.rpartition("}")[2] for child in element]


class TestOffer:
    def offer(self, stream: ReceiverStream) -> Any:
        features = parse(stream.data_to_send().decode().partition("version='1.0'>")[2])[0]
        return features.find(f"{{{NS}}}authentication")

    def test_everything(self) -> None:
        class Bound(BoundReceiver):
            bindings = {"tls-exporter": b"x"}

        sasl2 = Sasl2Options(carbons=True, upgrades=("SCRAM-SHA-256",))
        offer = self.offer(opened(sasl2, kind=Bound, management=ManagementOptions()))
        assert names(offer) == ["mechanism", "mechanism", "inline", "upgrade"]
        sm, bind, fast = offer.find(f"{{{NS}}}inline")
        assert sm.tag == "{urn:xmpp:sm:3}sm"
        assert [each.get("var") for each in bind[0]] == ["urn:xmpp:carbons:2", "urn:xmpp:sm:3"]
        assert [each.text for each in fast] == ["HT-SHA-256-EXPR", "HT-SHA-256-NONE"]
        assert offer.findtext("{urn:xmpp:sasl:upgrade:0}upgrade") == "UPGR-SCRAM-SHA-256"

    def test_as_little_as_possible(self) -> None:
        offer = self.offer(opened(Sasl2Options(bind=False, fast=False), management=ManagementOptions(resume=False)))
        assert names(offer) == ["mechanism", "mechanism", "inline"]
        assert len(offer[2]) == 0

    def test_nothing(self) -> None:
        assert self.offer(opened(sasl=SaslPolicy(("EXTERNAL",)))) is None
        stream = ReceiverStream(server().options.replace(sasl2=None), now=0.0)
        stream.learn(Fact.SECURE)
        stream.open()
        stream.receive_data(CLIENT_HEADER.format("").encode())
        assert self.offer(stream) is None

    def test_not_without_tls(self) -> None:
        stream = ReceiverStream(server(sasl=SaslPolicy(("PLAIN",), plain_without_tls=True)).options, now=0.0)
        stream.open()
        stream.receive_data(CLIENT_HEADER.format("").encode())
        assert self.offer(stream) is None


class TestLogin:
    def test_without_anything_else(self) -> None:
        stream = opened()
        stream.data_to_send()
        question = one(told(stream, authenticate()), AccountNeeded)
        assert (question.username, question.mechanism, question.client) == ("alice", "PLAIN", AGENT.id)
        assert AGENT.id not in repr(question)
        stream.provide_account(ACCOUNT)
        assert one(list(stream.events()), Authenticated).username == "alice"
        success, features = said(stream)
        assert serialize(success) == (
            f'<success xmlns="{NS}"><authorization-identifier>alice@localhost</authorization-identifier></success>'
        )
        assert "{urn:ietf:params:xml:ns:xmpp-bind}bind" in [child.tag for child in features]
        assert stream.state.step is Step.OFFERED
        stream.receive_data(b"<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        assert one(list(stream.events()), BindRequested) == BindRequested(None)
        stream.accept_bind("alice@localhost/x")
        assert stream.ready

    def test_challenges(self) -> None:
        pair = logged_in(client(Sasl2Options()), server())
        assert pair.receiver.ready
        assert pair.receiver_wrote.count(b"<challenge ") == 1

    @pytest.mark.parametrize("agent", ["", "x" * 65])
    def test_a_client_without_a_name(self, agent: str) -> None:
        stream = opened()
        events = told(
            stream, authenticate("<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>", agent=agent)
        )
        assert one(events, AccountNeeded).client == ""
        stream.provide_account(ACCOUNT)
        assert not of(list(stream.events()), TokenRequested)

    @pytest.mark.parametrize(
        ("request_", "condition"),
        [
            (authenticate(mechanism="X-UNKNOWN"), "invalid-mechanism"),
            (authenticate().replace("<initial-response>", "<initial-response>!"), "incorrect-encoding"),
            (authenticate(first=b"alice"), "malformed-request"),
            (authenticate(first=b""), "malformed-request"),
        ],
    )
    def test_what_is_refused(self, request_: str, condition: str) -> None:
        stream = opened()
        stream.data_to_send()
        event = one(told(stream, request_), AuthenticationFailed)
        assert event.condition == condition
        assert event.element["condition"] == condition
        assert said(stream)[0].tag == f"{{{NS}}}failure"
        assert one(told(stream, authenticate()), AccountNeeded)

    def test_it_is_given_up(self) -> None:
        stream = opened()
        told(stream, authenticate(mechanism="SCRAM-SHA-256", first=b"n,,n=alice,r=nonce"))
        stream.provide_account(ACCOUNT)
        stream.data_to_send()
        assert one(told(stream, f"<abort xmlns='{NS}'/>"), AuthenticationFailed).condition == "aborted"

    def test_too_often(self) -> None:
        stream = opened()
        for _ in range(3):
            told(stream, authenticate(mechanism="X-UNKNOWN"))
        assert stream.closed

    @pytest.mark.parametrize(("sender", "good"), [("alice@localhost", True), ("bob@localhost", False), ("", True)])
    def test_the_header_and_the_login(self, sender: str, good: bool) -> None:
        stream = opened(sender=sender)
        told(stream, authenticate())
        stream.provide_account(ACCOUNT)
        events = list(stream.events())
        assert bool(of(events, Authenticated)) is good
        if not good:
            assert one(events, AuthenticationFailed).condition == "invalid-authzid"
            assert stream.jid == ""

    @pytest.mark.parametrize("element", ["response", "next", "task-data", "abort", "authenticate"])
    def test_what_may_not_come_behind_it(self, element: str) -> None:
        stream = opened()
        told(stream, authenticate())
        stream.provide_account(ACCOUNT)
        told(stream, f"<{element} xmlns='{NS}'/>")
        assert isinstance(stream.error, MalformedStream)  # XEP-0388 §4.8


class TestTokens:
    def requested(self, inside: str, **options: Any) -> tuple[ReceiverStream, Any]:
        stream = opened(**options)
        told(stream, authenticate(inside))
        stream.provide_account(ACCOUNT)
        return stream, of(list(stream.events()), TokenRequested)

    WANTED = "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-NONE'/>"

    @pytest.mark.parametrize("expiry", [None, datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)])
    def test_one_is_given(self, expiry: datetime.datetime | None) -> None:
        stream, [event] = self.requested(self.WANTED)
        assert event == TokenRequested("alice", AGENT.id, "HT-SHA-256-NONE", requested=True)
        stream.data_to_send()
        stream.provide_token("a-token", expiry)
        token = said(stream)[0].find("{urn:xmpp:fast:0}token")
        assert token.attrib == {"token": "a-token"} | ({} if expiry is None else {"expiry": "2030-01-01T00:00:00Z"})
        with pytest.raises(LocalProtocolError):
            stream.provide_token("another")

    def test_none_is_given(self) -> None:
        stream, _ = self.requested(self.WANTED)
        stream.data_to_send()
        stream.provide_token(None)
        assert names(said(stream)[0]) == ["authorization-identifier"]

    @pytest.mark.parametrize("inside", [WANTED.replace("NONE", "EXPR"), WANTED.replace("HT-SHA-256-NONE", ""), ""])
    def test_for_another_mechanism(self, inside: str) -> None:
        assert self.requested(inside)[1] == []

    def test_there_are_none(self) -> None:
        assert self.requested(self.WANTED, sasl2=Sasl2Options(fast=False))[1] == []

    def used(self, token: TokenRecord, **sasl2: Any) -> Any:
        near = client(
            Sasl2Options(
                user_agent=AGENT, token=FastToken("a-token", "HT-SHA-256-NONE", count=sasl2.pop("count", 5)), **sasl2
            )
        )
        return logged_in(near, server(), accounts={"alice": AccountRecord("secret", tokens=(token,))})

    def test_it_is_used(self) -> None:
        record = TokenRecord("a-token", "HT-SHA-256-NONE", count=4)
        event = one(self.used(record).receiver_events, TokenRequested)
        assert event == TokenRequested("alice", AGENT.id, "HT-SHA-256-NONE", record, 5)
        event = one(self.used(record, invalidate=True).receiver_events, TokenRequested)
        assert (event.invalidate, event.requested) == (True, False)
        event = one(self.used(record, count=0).receiver_events, TokenRequested)
        assert event.count is None

    def test_it_was_used_before(self) -> None:
        pair = self.used(TokenRecord("a-token", "HT-SHA-256-NONE", count=5))
        assert one(pair.receiver_events, AuthenticationFailed).mechanism == "HT-SHA-256-NONE"
        assert one(pair.receiver_events, Authenticated).mechanism == "SCRAM-SHA-512"

    @pytest.mark.parametrize("count", ["many", "-1", "9" * 11])
    def test_a_count_that_is_none(self, count: str) -> None:
        stream = opened()
        fast = f"<fast xmlns='urn:xmpp:fast:0' count='{count}'/>"
        told(stream, authenticate(fast, "HT-SHA-256-NONE", b"alice\0" + b"x" * 32))
        stream.provide_account(AccountRecord(tokens=(TokenRecord("x", "HT-SHA-256-NONE", count=0),)))
        assert one(list(stream.events()), AuthenticationFailed).condition == "not-authorized"

    @pytest.mark.parametrize(
        ("request_", "fast"),
        [
            (authenticate("<fast xmlns='urn:xmpp:fast:0'/>", "HT-SHA-256-NONE", agent=""), True),
            (authenticate("<fast xmlns='urn:xmpp:fast:0'/>", "HT-SHA-256-NONE"), False),
            (authenticate("<fast xmlns='urn:xmpp:fast:0'/>", "HT-SHA-256-EXPR"), True),
            (authenticate("<fast xmlns='urn:xmpp:fast:0'/>", "PLAIN"), True),
            (authenticate("", "HT-SHA-256-NONE"), True),
        ],
    )
    def test_a_login_that_is_none(self, request_: str, fast: bool) -> None:
        event = one(told(opened(Sasl2Options(fast=fast)), request_), AuthenticationFailed)
        assert event.condition == "invalid-mechanism"


class TestAlongWithIt:
    BIND = "<bind xmlns='urn:xmpp:bind:0'>{}</bind>"
    RESUME = "<resume xmlns='urn:xmpp:sm:3' h='0' previd='earlier'/>"

    def let_in(
        self, inside: str, sasl2: Sasl2Options | None = None, **options: Any
    ) -> tuple[ReceiverStream, list[Any]]:
        stream = opened(sasl2, **options)
        told(stream, authenticate(inside))
        stream.provide_account(ACCOUNT)
        stream.data_to_send()
        return stream, list(stream.events())

    def test_an_address(self) -> None:
        inside = self.BIND.format(
            "<tag>weather</tag><enable xmlns='urn:xmpp:carbons:2'/><enable xmlns='urn:xmpp:sm:3'/>"
        )
        stream, events = self.let_in(inside, Sasl2Options(carbons=True), management=ManagementOptions())
        assert one(events, BindRequested) == BindRequested(None, "weather", AGENT.id, True)
        stream.accept_bind("alice@localhost/weather/1")
        events = list(stream.events())
        assert one(events, Bound) == Bound(stream.jid, carbons=True)
        assert one(events, Negotiated)
        success, features = said(stream)
        assert success.findtext(f"{{{NS}}}authorization-identifier") == "alice@localhost/weather/1"
        assert names(success.find("{urn:xmpp:bind:0}bound")) == ["enabled"]
        assert {Fact.BOUND, Fact.MANAGED} <= stream.facts
        tags = [child.tag for child in features]
        assert "{urn:xmpp:sm:3}sm" not in tags
        assert "{urn:ietf:params:xml:ns:xmpp-session}session" not in tags

    @pytest.mark.parametrize("management", [None, ManagementOptions()])
    def test_less_of_it(self, management: ManagementOptions | None) -> None:
        inside = self.BIND.format(
            "<enable xmlns='urn:xmpp:carbons:2'/>" + ("" if management else "<enable xmlns='urn:xmpp:sm:3'/>")
        )
        stream, events = self.let_in(inside, management=management)
        assert one(events, BindRequested) == BindRequested(None, "", AGENT.id, False)
        stream.accept_bind("alice@localhost/x")
        assert len(said(stream)[0].find("{urn:xmpp:bind:0}bound")) == 0

    def test_it_is_not_offered(self) -> None:
        stream, events = self.let_in(self.BIND.format(""), Sasl2Options(bind=False))
        assert not of(events, BindRequested)
        assert stream.state.step is Step.OFFERED

    def test_it_is_refused(self) -> None:
        stream, _ = self.let_in(self.BIND.format(""))
        stream.refuse_bind("resource-constraint")
        success, features = said(stream)
        assert names(success) == ["authorization-identifier"]
        assert stream.state.step is Step.OFFERED
        assert "{urn:ietf:params:xml:ns:xmpp-bind}bind" in [child.tag for child in features]

    def test_a_session_that_goes_on(self) -> None:
        session = ManagedSession("alice@localhost/here", id="earlier")
        session.put(parse("<message/>")[0], "<message/>", None)
        stream, events = self.let_in(self.BIND.format("") + self.RESUME, management=ManagementOptions())
        assert one(events, ResumeRequested).previd == "earlier"
        stream.accept_resume(session)
        events = list(stream.events())
        assert of(events, Resumed)
        assert of(events, Negotiated)
        success, features, message = said(stream)[:3]
        assert names(success) == ["resumed", "authorization-identifier"]
        assert success.findtext(f"{{{NS}}}authorization-identifier") == "alice@localhost/here"
        assert features.tag.endswith("features")
        assert message.tag.endswith("message")

    def test_one_that_is_over(self) -> None:
        stream, _ = self.let_in(self.BIND.format("") + self.RESUME, management=ManagementOptions())
        stream.refuse_resume("item-not-found", h=4)
        assert of(list(stream.events()), BindRequested)
        stream.accept_bind("alice@localhost/x")
        success = said(stream)[0]
        assert names(success) == ["failed", "bound", "authorization-identifier"]
        assert success[0].get("h") == "4"

    def test_more_than_there_was(self) -> None:
        session = ManagedSession("alice@localhost/here", id="earlier")
        resume = self.RESUME.replace("h='0'", "h='7'")
        stream, _ = self.let_in(resume, management=ManagementOptions())
        stream.accept_resume(session)
        assert stream.closed
        assert session.resumable

    @pytest.mark.parametrize("management", [None, ManagementOptions(resume=False)])
    def test_no_session_goes_on(self, management: ManagementOptions | None) -> None:
        _, events = self.let_in(self.RESUME, management=management)
        assert not of(events, ResumeRequested)

    def test_a_request_without_a_count(self) -> None:
        stream, _ = self.let_in(self.RESUME.replace("h='0'", ""), management=ManagementOptions())
        assert isinstance(stream.error, MalformedStream)


class TestUpgrades:
    WANTED = "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade>"

    def begun(self) -> ReceiverStream:
        stream = opened(Sasl2Options(upgrades=("SCRAM-SHA-256",)))
        told(stream, authenticate(self.WANTED))
        stream.provide_account(ACCOUNT)
        stream.events()
        stream.data_to_send()
        return stream

    def test_both_ends(self) -> None:
        policy = SaslPolicy(("SCRAM-SHA-1",))
        both = ("SCRAM-SHA-512", "SCRAM-SHA-256")
        far = server(Sasl2Options(upgrades=both), sasl=policy)
        pair = logged_in(client(Sasl2Options(upgrades=both)), far)
        assert [event.mechanism for event in of(pair.receiver_events, MechanismUpgraded)] == list(both)
        # What was told lets the client in.
        for event in of(pair.receiver_events, MechanismUpgraded):
            record = AccountRecord(scram={event.mechanism: event.record})
            again = logged_in(
                client(Sasl2Options()), server(sasl=SaslPolicy((event.mechanism,))), accounts={"alice": record}
            )
            assert again.initiator.ready

    def test_none_that_was_not_asked_for(self) -> None:
        stream = opened(Sasl2Options(upgrades=("SCRAM-SHA-512",)))
        told(stream, authenticate(self.WANTED))
        stream.provide_account(ACCOUNT)
        assert of(list(stream.events()), Authenticated)

    def test_nobody_is_logged_in_before_it_is_done(self) -> None:
        stream = self.begun()
        assert Fact.AUTHENTICATED not in stream.facts
        told(stream, "<message/>")
        assert isinstance(stream.error, MalformedStream)

    @pytest.mark.parametrize("element", ["response", "task-data", "authenticate"])
    def test_what_may_not_come_before_it(self, element: str) -> None:
        stream = self.begun()
        told(stream, f"<{element} xmlns='{NS}'/>")
        assert isinstance(stream.error, MalformedStream)

    def test_another_task(self) -> None:
        stream = self.begun()
        event = one(told(stream, f"<next xmlns='{NS}' task='OTHER'/>"), AuthenticationFailed)
        assert event.condition == "malformed-request"
        assert stream.jid == ""

    @pytest.mark.parametrize("answer", ["<task-data xmlns='{}'/>", "<abort xmlns='{}'/>"])
    def test_it_is_not_done(self, answer: str) -> None:
        stream = self.begun()
        told(stream, f"<next xmlns='{NS}' task='UPGR-SCRAM-SHA-256'/>")
        assert one(told(stream, answer.format(NS)), AuthenticationFailed)
        assert stream.jid == ""
        assert Fact.AUTHENTICATED not in stream.facts

    def test_who_has_only_a_token_tells_nothing(self) -> None:
        # Else a token that was stolen would become a password.
        token = FastToken("a-token", "HT-SHA-256-NONE")
        far = server(Sasl2Options(upgrades=("SCRAM-SHA-256",)))
        record = AccountRecord("secret", tokens=(TokenRecord(token.token, token.mechanism),))
        near = client(Sasl2Options(user_agent=AGENT, token=token))
        asking = near.write

        def ask(element: Any) -> None:
            if element.tag == f"{{{NS}}}authenticate":
                element.append(parse(self.WANTED)[0])
            asking(element)

        near.write = ask  # type: ignore[method-assign]
        pair = logged_in(near, far, accounts={"alice": record})
        assert b"UPGR-" in pair.initiator_wrote
        assert one(pair.receiver_events, Authenticated).mechanism == "HT-SHA-256-NONE"
        assert not of(pair.receiver_events, MechanismUpgraded)

    @pytest.mark.parametrize("hash_", ["AAAA", "!", "A" * 60_000])
    @pytest.mark.parametrize("piece", [None, 1])
    def test_of_a_login_that_fails_nothing_is_kept(self, hash_: str, piece: int | None) -> None:
        stream = opened(Sasl2Options(upgrades=("SCRAM-SHA-512", "SCRAM-SHA-256")))
        told(stream, authenticate(self.WANTED + self.WANTED.replace("256", "512")))
        stream.provide_account(ACCOUNT)
        events = list(stream.events())
        good = base64.b64encode(bytes(64)).decode()
        for name, text in (("SCRAM-SHA-512", good), ("SCRAM-SHA-256", hash_)):
            answer = f"<task-data xmlns='{NS}'><hash xmlns='urn:xmpp:scram-upgrade:0'>{text}</hash></task-data>"
            data = (f"<next xmlns='{NS}' task='UPGR-{name}'/>" + answer).encode()
            for start in range(0, len(data), piece or len(data)):
                stream.receive_data(data[start : start + (piece or len(data))])
            events += stream.events()
        assert one(events, AuthenticationFailed).condition == "malformed-request"
        assert not of(events, MechanismUpgraded)
        # And nothing of it is left for the next attempt.
        told(stream, authenticate())
        stream.provide_account(ACCOUNT)
        assert not of(list(stream.events()), MechanismUpgraded)
        assert Fact.AUTHENTICATED in stream.facts

    def test_the_next_one_comes_when_it_is_asked_for(self) -> None:
        stream = self.begun()
        told(stream, f"<next xmlns='{NS}' task='UPGR-SCRAM-SHA-256'/>")
        told(stream, f"<next xmlns='{NS}' task='UPGR-SCRAM-SHA-256'/>")
        assert isinstance(stream.error, MalformedStream)


def test_giving_up_is_all_that_is_expected_while_a_key_is_derived() -> None:
    _, stream = deriving("server", mechanism="PLAIN", sasl2=True)
    half = stream._half
    for name in ("response", "abort", "next", "task-data", "authenticate"):
        assert half.gives_up(parse(f"<{name} xmlns='{NS}'/>")[0]) is (name == "abort")
