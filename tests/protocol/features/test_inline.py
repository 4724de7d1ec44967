# SPDX-License-Identifier: MIT
"""What a client negotiates along with a login: sessions that go on, addresses, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

import pytest
from secured import AGENT, BoundClient, BoundReceiver, client, logged_in, of, one, parse, server

from xmppkit.exceptions import MalformedStream
from xmppkit.protocol.events import (
    Bound,
    ManagementEnabled,
    ManagementFailed,
    Negotiated,
    Resumed,
    ResumptionFailed,
    TokenReceived,
)
from xmppkit.protocol.features.inline import BIND_TAG, INLINES, BindInline, FastInline, ResumeInline
from xmppkit.protocol.logins import FastToken, Sasl2Options
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.state import Fact
from xmppkit.sasl.policy import Binding, SaslPolicy

if TYPE_CHECKING:
    from conftest import Port

    from xmppkit.protocol.features.inline import Inline

AUTHENTICATE = "{urn:xmpp:sasl:2}authenticate"
SM = "<sm xmlns='urn:xmpp:sm:3'/>"
HERE = "alice@localhost/here"


def element(text: str) -> Element:
    return parse(text)[0]


def success(inside: str = "", identifier: str = HERE) -> Element:
    who = f"<authorization-identifier>{identifier}</authorization-identifier>"
    return element(f"<success xmlns='urn:xmpp:sasl:2'>{who}{inside}</success>")


def asked(part: Inline, token: FastToken | None = None, request: Element | None = None) -> Element:
    request = Element(AUTHENTICATE) if request is None else request
    part.ask(request, token)
    return request


def test_the_order() -> None:
    assert (ResumeInline, BindInline, FastInline) == INLINES


class TestResuming:
    def earlier(self) -> ManagedSession:
        return ManagedSession(HERE, id="earlier")

    @pytest.mark.parametrize("piece", [None, 1])
    def test_both_ends(self, piece: int | None) -> None:
        near, far = self.earlier(), self.earlier()
        for session in (near, far):
            session.put(parse("<message to='x@localhost'/>")[0], "<message to='x@localhost'/>", None)
        pair = logged_in(
            client(resume=near, management=ManagementOptions()),
            server(management=ManagementOptions()),
            sessions={"earlier": far},
            piece=piece,
        )
        for end, events in ((pair.initiator, pair.initiator_events), (pair.receiver, pair.receiver_events)):
            assert end.ready
            assert end.jid == HERE
            assert {Fact.RESUMED, Fact.MANAGED} <= end.facts
            assert one(events, Resumed)
            assert not of(events, Bound)
            assert [str(event) for event in events].count('<message xmlns="jabber:client" to="x@localhost" />') <= 1
        assert pair.initiator_wrote.count(b"<message") == pair.receiver_wrote.count(b"<message") == 1

    def test_a_session_that_the_server_does_not_know(self) -> None:
        near = self.earlier()
        pair = logged_in(client(resume=near, management=ManagementOptions()), server(management=ManagementOptions()))
        assert one(pair.initiator_events, ResumptionFailed).condition == "item-not-found"
        assert near.closed
        # XEP-0386 §3.2: then a resource is bound in the same step.
        assert one(pair.initiator_events, Bound).jid == "alice@localhost/chosen"
        assert one(pair.initiator_events, ManagementEnabled)

    def test_nothing_to_resume(self, port: Port) -> None:
        part = ResumeInline(port, Sasl2Options(), element(SM))
        assert len(asked(part)) == 0
        assert part.answered(success(), None)
        assert port.events == []

    def test_a_server_that_says_nothing_to_it(self, port: Port) -> None:
        port.resumes = self.earlier()
        part = ResumeInline(port, Sasl2Options(), element(SM))
        assert len(asked(part)) == 1
        assert part.answered(success(), None)
        assert one(port.events, ResumptionFailed).condition == ""
        assert port.resumes is None

    def test_another_session(self, port: Port) -> None:
        port.resumes = self.earlier()
        part = ResumeInline(port, Sasl2Options(), element(SM))
        assert not part.answered(success("<resumed xmlns='urn:xmpp:sm:3' h='0' previd='other'/>"), None)
        assert isinstance(port.error, MalformedStream)

    def test_a_server_that_resumes_behind_the_login_only(self) -> None:
        class Old(BoundReceiver):
            def write(self, written: Element) -> None:
                for inline in written.iter("{urn:xmpp:sasl:2}inline"):
                    for each in inline.findall("{urn:xmpp:sm:3}sm"):
                        inline.remove(each)
                super().write(written)

        pair = logged_in(
            client(resume=self.earlier(), management=ManagementOptions()),
            server(kind=Old, management=ManagementOptions()),
            sessions={"earlier": self.earlier()},
        )
        assert pair.initiator.ready
        assert one(pair.initiator_events, Resumed)
        assert b"<bind " not in pair.initiator_wrote


class TestBinding:
    OFFER = element(
        "<bind xmlns='urn:xmpp:bind:0'><inline><feature var='urn:xmpp:carbons:2'/><feature var='urn:xmpp:sm:3'/>"
        "</inline></bind>"
    )

    def part(self, port: Port, offer: Element = OFFER, **options: Any) -> BindInline:
        managed = options.pop("management", None)
        port.options = port.options.replace(management=managed)
        return BindInline(port, Sasl2Options(**options), offer)

    def test_what_is_asked_for(self, port: Port) -> None:
        (bind,) = asked(self.part(port, tag="weather", carbons=True, management=ManagementOptions()))
        assert bind.tag == BIND_TAG
        assert [child.tag for child in bind] == [
            "{urn:xmpp:bind:0}tag",
            "{urn:xmpp:carbons:2}enable",
            "{urn:xmpp:sm:3}enable",
        ]

    @pytest.mark.parametrize("offer", [OFFER, element("<bind xmlns='urn:xmpp:bind:0'/>")])
    def test_as_little_as_possible(self, port: Port, offer: Element) -> None:
        (bind,) = asked(self.part(port, offer))
        assert len(bind) == 0
        (bind,) = asked(
            self.part(port, element("<bind xmlns='urn:xmpp:bind:0'/>"), carbons=True, management=ManagementOptions())
        )
        assert len(bind) == 0

    def test_what_makes_it_superfluous(self, port: Port) -> None:
        assert len(asked(self.part(port, bind=False))) == 0
        port.resumes = ManagedSession(HERE, id="earlier")
        assert len(asked(self.part(port))) == 0
        part = self.part(port)
        request = asked(ResumeInline(port, Sasl2Options(), element(SM)))
        assert len(asked(part, request=request)) == 2
        port.facts = frozenset({Fact.RESUMED})
        assert part.answered(success("<bound xmlns='urn:xmpp:bind:0'/>"), None)
        assert port.events == []

    def test_it_was_not_asked_for(self, port: Port) -> None:
        part = self.part(port, bind=False)
        asked(part)
        assert part.answered(success("<bound xmlns='urn:xmpp:bind:0'/>"), None)
        assert port.events == []

    @pytest.mark.parametrize("identifier", ["alice@localhost", "", "a@b@c"])
    def test_no_full_address(self, port: Port, identifier: str) -> None:
        part = self.part(port)
        asked(part)
        assert not part.answered(success("<bound xmlns='urn:xmpp:bind:0'/>", identifier), None)
        assert isinstance(port.error, MalformedStream)

    def test_the_server_did_not_bind(self, port: Port) -> None:
        part = self.part(port)
        asked(part)
        assert part.answered(success(), None)
        assert Fact.BOUND not in port.facts

    def test_stream_management_is_refused(self, port: Port) -> None:
        part = self.part(port, management=ManagementOptions())
        asked(part)
        condition = "<internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        failed = f"<failed xmlns='urn:xmpp:sm:3'>{condition}</failed>"
        assert part.answered(success(f"<bound xmlns='urn:xmpp:bind:0'>{failed}</bound>"), None)
        assert one(port.events, ManagementFailed).condition == "internal-server-error"

    def test_what_nobody_has_asked_for(self, port: Port) -> None:
        part = self.part(port)
        asked(part)
        assert part.answered(success("<bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3'/></bound>"), None)
        assert not of(port.events, ManagementEnabled)

    def test_both_ends(self) -> None:
        pair = logged_in(
            client(Sasl2Options(user_agent=AGENT, carbons=True), management=ManagementOptions()),
            server(Sasl2Options(carbons=True), management=ManagementOptions()),
        )
        for end, events in ((pair.initiator, pair.initiator_events), (pair.receiver, pair.receiver_events)):
            assert end.ready
            assert one(events, Bound) == Bound(end.jid, carbons=True)
            assert one(events, ManagementEnabled).session.resumable
            assert one(events, Negotiated)
        # Neither an IQ nor a nonza was needed.
        assert b"<iq" not in pair.initiator_wrote

    def test_carbons_that_are_not_offered(self) -> None:
        pair = logged_in(client(Sasl2Options(carbons=True)), server())
        assert one(pair.initiator_events, Bound).carbons is False


class TestTokens:
    OFFER = element(
        "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism><mechanism> HT-SHA-256-EXPR </mechanism>"
        "<mechanism/></fast>"
    )
    TOKEN = FastToken("a-token", "HT-SHA-256-NONE")

    def part(self, *, bound: bool = False, **options: Any) -> FastInline:
        known = {"user_agent": AGENT, **options}
        stream = client(Sasl2Options(**known), kind=Exporting if bound else BoundClient)
        return FastInline(stream, Sasl2Options(**known), self.OFFER)

    def test_what_this_connection_can_do(self) -> None:
        assert self.part().mechanisms() == ["HT-SHA-256-NONE"]
        assert self.part(bound=True).mechanisms() == ["HT-SHA-256-EXPR", "HT-SHA-256-NONE"]

    def test_what_the_policy_wants(self) -> None:
        stream = client(kind=Exporting, sasl=SaslPolicy(channel_binding=Binding.REQUIRED))
        assert FastInline(stream, Sasl2Options(), self.OFFER).mechanisms() == ["HT-SHA-256-EXPR"]

    @pytest.mark.parametrize(("bound", "mechanism"), [(False, "HT-SHA-256-NONE"), (True, "HT-SHA-256-EXPR")])
    def test_a_token_is_asked_for(self, bound: bool, mechanism: str) -> None:
        (request,) = asked(self.part(bound=bound))
        assert (request.tag, request.attrib) == ("{urn:xmpp:fast:0}request-token", {"mechanism": mechanism})

    @pytest.mark.parametrize("options", [{"fast": False}, {"user_agent": None}])
    def test_it_is_not(self, options: dict[str, Any]) -> None:
        assert len(asked(self.part(**options))) == 0

    def test_a_better_one(self) -> None:
        # XEP-0484 §6: what binds the channel is preferred.
        fast, request = asked(self.part(bound=True), self.TOKEN)
        assert (fast.attrib, request.get("mechanism")) == ({}, "HT-SHA-256-EXPR")
        (fast,) = asked(self.part(), self.TOKEN)

    def test_the_end_of_a_token(self) -> None:
        (fast,) = asked(self.part(invalidate=True), FastToken("a-token", "HT-SHA-256-NONE", count=7))
        assert fast.attrib == {"count": "7", "invalidate": "true"}

    @pytest.mark.parametrize(
        ("inside", "given"),
        [
            ("", None),
            ("<token xmlns='urn:xmpp:fast:0'/>", None),
            ("<token xmlns='urn:xmpp:fast:0' token='new'/>", FastToken("new", "HT-SHA-256-NONE")),
        ],
    )
    @pytest.mark.parametrize("token", [None, TOKEN])
    def test_what_is_given(self, inside: str, given: FastToken | None, token: FastToken | None) -> None:
        part = self.part()
        asked(part, token)
        assert part.answered(success(inside), token)
        expected = [] if given is None else [TokenReceived(given)]
        assert list(part.stream.events()) == expected  # type: ignore[attr-defined]

    def test_one_that_nobody_has_asked_for(self) -> None:
        part = self.part(fast=False)
        asked(part)
        assert part.answered(success("<token xmlns='urn:xmpp:fast:0' token='new'/>"), None)
        assert list(part.stream.events()) == []  # type: ignore[attr-defined]


class Exporting(BoundClient):
    bindings = {"tls-exporter": b"exported"}
