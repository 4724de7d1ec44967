# SPDX-License-Identifier: MIT
"""The server's end, against a client that is written out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import pytest

from xmppkit.exceptions import ConfigurationError, LocalProtocolError, MalformedStream
from xmppkit.jid.address import JID
from xmppkit.protocol.component import ComponentReceiverStream
from xmppkit.protocol.events import (
    AccountNeeded,
    AuthenticationFailed,
    BindRequested,
    Bound,
    ManagementEnabled,
    Negotiated,
    ResumeRequested,
    StreamEnded,
    StreamOpened,
)
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.negotiation import Feature, Outcome, ReceiverHalf, host_feature
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import AccountRecord, SaslPolicy
from xmppkit.xml.limits import Limits

if TYPE_CHECKING:
    from conftest import Tls

    from xmppkit.protocol.events import Event

CLEAR = StreamOptions(
    domain="localhost",
    tls=TlsPolicy.DISABLED,
    sasl=SaslPolicy(("PLAIN",), plain_without_tls=True),
    id_factory=lambda: "an-id",
)
HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "to='localhost' version='1.0'>"
)
# NUL alice NUL secret
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>"
BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>"
SESSION = "<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>"


def opened(**changes: object) -> ReceiverStream:
    stream = ReceiverStream(CLEAR.replace(**changes), now=0.0)
    stream.open()
    return stream


def feed(stream: ReceiverStream, *texts: str) -> list[Event]:
    stream.receive_data("".join(texts).encode())
    return stream.events()


def authenticated(**changes: object) -> ReceiverStream:
    """A stream whose client has logged in as alice and opened it anew."""
    stream = opened(**changes)
    feed(stream, HEADER)
    feed(stream, AUTH)
    stream.provide_account(AccountRecord("secret"))
    stream.events()
    stream.data_to_send()
    feed(stream, HEADER)
    return stream


def live(**changes: object) -> ReceiverStream:
    return ReceiverStream.negotiated("alice@localhost/r", CLEAR.replace(**changes), now=0.0)


def condition(stream: ReceiverStream, *texts: str) -> str:
    last = feed(stream, *texts)[-1]
    assert isinstance(last, StreamEnded)
    assert isinstance(last.error, MalformedStream)
    assert f"<{last.error.condition} ".encode() in stream.data_to_send()
    return last.error.condition


def test_it_serves_a_domain() -> None:
    with pytest.raises(ConfigurationError, match="needs the domain"):
        ReceiverStream(StreamOptions(tls=TlsPolicy.DISABLED), now=0.0)


def test_negotiated() -> None:
    stream = live()
    assert stream.ready
    assert stream.jid == "alice@localhost/r"
    assert stream.limits == Limits.server()
    assert stream.where == "alice@localhost/r"


class TestHeader:
    def test_a_server_that_serves_no_domain_of_its_own_does_not_name_one(self) -> None:
        stream = ComponentReceiverStream(CLEAR.replace(domain=""), now=0.0)
        stream.open()
        stream.receive_data(b"<a/>")
        assert b" from=" not in stream.data_to_send()

    def test_the_peer_speaks_first(self) -> None:
        stream = opened()
        assert stream.data_to_send() == b""
        assert stream.state.step is Step.HEADER

    def test_it_is_answered(self) -> None:
        stream = opened(lang="en")
        text = HEADER.replace(" to=", " from='alice@localhost/x' xml:lang='de' to=")
        assert feed(stream, text) == [StreamOpened("an-id", "alice@localhost", "localhost", "1.0", "de")]
        written = stream.data_to_send().decode()
        for attribute in ("id='an-id'", "from='localhost'", "to='alice@localhost'", "version='1.0'", "xml:lang='en'"):
            assert attribute in written
        assert written.count("<stream:features>") == 1
        assert stream.stream_id == "an-id"

    @pytest.mark.parametrize(("asked", "answered"), [("de", "de"), ("fr", "en"), (None, "en")])
    def test_one_of_several_languages(self, asked: str | None, answered: str) -> None:
        stream = opened(lang="en", languages=("en", "de"))
        feed(stream, HEADER if asked is None else HEADER.replace(" to=", f" xml:lang='{asked}' to="))
        assert f"xml:lang='{answered}'" in stream.data_to_send().decode()

    def test_one_of_several_domains(self) -> None:
        stream = opened(aliases=("other.example",))
        feed(stream, HEADER.replace("localhost", "OTHER.example"))
        assert stream.domain == "other.example"
        assert b"from='other.example'" in stream.data_to_send()

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            (" to='localhost'", "", "improper-addressing"),
            (" to='localhost'", " to='elsewhere.example'", "host-unknown"),
            (" to='localhost'", " to='@'", "host-unknown"),
            (" version='1.0'>", ">", "unsupported-version"),
            (" version='1.0'>", " version='2.0'>", "unsupported-version"),
            (" to=", " from='@' to=", "invalid-from"),
        ],
    )
    def test_it_is_wrong(self, before: str, after: str, expected: str) -> None:
        assert condition(opened(), HEADER.replace(before, after)) == expected

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            (" to=", " from='bob@localhost' to=", "invalid-from"),
            ("localhost", "other.example", "improper-addressing"),
        ],
    )
    def test_after_the_login_it_is_settled_who_that_is(self, before: str, after: str, expected: str) -> None:
        stream = opened(aliases=("other.example",))
        feed(stream, HEADER)
        feed(stream, AUTH)
        stream.provide_account(AccountRecord("secret"))
        assert condition(stream, HEADER.replace(before, after)) == expected


class TestOffers:
    def test_nothing_but_tls_before_tls(self, tls: Tls) -> None:
        stream = opened(tls=TlsPolicy.REQUIRED, ssl_context=tls.server)
        feed(stream, HEADER)
        written = stream.data_to_send().decode().partition("<stream:features>")[2]
        assert written == (
            '<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"><required /></starttls></stream:features>'
        )
        assert condition(stream, AUTH) == "unsupported-stanza-type"

    def test_tls_begins_when_it_is_asked_for(self, tls: Tls) -> None:
        stream = opened(tls=TlsPolicy.REQUIRED, ssl_context=tls.server)
        feed(stream, HEADER)
        assert feed(stream, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>") == []
        assert stream.data_to_send().endswith(b'<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls" />')
        assert stream.state.step is Step.SECURING

    def test_before_and_after_the_login(self) -> None:
        stream = opened(announce=(Element("{urn:example}extra"),))
        feed(stream, HEADER)
        before = stream.data_to_send()
        assert b"PLAIN" in before
        assert b"xmpp-bind" not in before
        assert b"extra" not in before
        after = authenticated(announce=(Element("{urn:example}extra"),)).data_to_send()
        assert b"PLAIN" not in after
        for part in (b"xmpp-bind", b"extra", b"rosterver", b"<max-bytes>", b"xmpp-session"):
            assert part in after

    def test_an_application_offers_its_own(self) -> None:
        class Marked(ReceiverHalf):
            __slots__ = ()

            def offer(self) -> Element:
                return Element("{x}x")

            def starts(self, element: Element) -> bool:
                return element.tag == "{x}begin"

            def receive(self, element: Element) -> Outcome:
                self.stream.write(Element("{x}done"))
                return Outcome.DONE

        initiators_only = host_feature("y", 2, tag="{y}y")
        stream = opened(features=(Feature(name="x", order=1, tag="{x}x", receiver=Marked), initiators_only))
        feed(stream, HEADER)
        assert b'<x xmlns="x" />' in stream.data_to_send()
        feed(stream, "<begin xmlns='x'/>")
        assert stream.data_to_send() == b'<done xmlns="x" />'
        assert stream.state.step is Step.OFFERED

    def test_what_was_not_offered(self) -> None:
        stream = opened()
        feed(stream, HEADER)
        assert condition(stream, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>") == "unsupported-stanza-type"

    @pytest.mark.parametrize("stanza", [BIND, SESSION, "<presence/>"])
    def test_no_stanza_before_the_login(self, stanza: str) -> None:
        stream = opened()
        feed(stream, HEADER)
        assert condition(stream, stanza) == "not-authorized"


class TestLogin:
    def test_the_account_is_asked_for(self) -> None:
        stream = opened()
        feed(stream, HEADER)
        assert feed(stream, AUTH) == [AccountNeeded("alice", "PLAIN")]
        assert stream.state.step is Step.ACCOUNT
        stream.provide_account(AccountRecord("secret"))
        assert stream.events()[-1].username == "alice"
        assert stream.jid == "alice@localhost"
        assert stream.facts == {Fact.AUTHENTICATED}

    def test_an_exchange_of_several_steps(self) -> None:
        stream = opened()
        feed(stream, HEADER)
        feed(stream, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>")
        assert stream.state.step is Step.EXCHANGE
        response = AUTH.replace("auth", "response").replace(" mechanism='PLAIN'", "")
        assert feed(stream, response) == [AccountNeeded("alice", "PLAIN")]

    def test_it_may_fail_and_be_tried_again(self) -> None:
        stream = opened()
        feed(stream, HEADER)
        feed(stream, AUTH)
        stream.provide_account(None)
        assert stream.state.step is Step.OFFERED
        failed = stream.events()[-1]
        assert isinstance(failed, AuthenticationFailed)
        assert not failed.final
        assert feed(stream, AUTH) == [AccountNeeded("alice", "PLAIN")]


class TestBinding:
    def requested(self) -> ReceiverStream:
        stream = authenticated()
        stream.data_to_send()
        assert feed(stream, BIND) == [BindRequested("r")]
        assert stream.state.step is Step.BINDING
        return stream

    def test_it_is_accepted(self) -> None:
        stream = self.requested()
        stream.accept_bind("alice@localhost/given")
        assert stream.events() == [Bound(stream.jid), Negotiated(stream.jid)]
        assert stream.jid == "alice@localhost/given"
        assert b"<jid>alice@localhost/given</jid>" in stream.data_to_send()
        assert stream.ready

    def test_it_is_refused_and_asked_for_again(self) -> None:
        stream = self.requested()
        stream.refuse_bind("conflict")
        assert b"<conflict " in stream.data_to_send()
        assert feed(stream, BIND) == [BindRequested("r")]

    def test_only_for_a_reason_of_the_rfc(self) -> None:
        stream = self.requested()
        with pytest.raises(ValueError, match="'because'"):
            stream.refuse_bind("because")
        assert stream.state.step is Step.BINDING

    @pytest.mark.parametrize("jid", ["alice@localhost", "bob@localhost/x", "alice@other.example/x"])
    def test_only_an_address_of_the_account(self, jid: str) -> None:
        stream = self.requested()
        with pytest.raises(ValueError, match="no full address of 'alice@localhost'"):
            stream.accept_bind(jid)
        assert stream.state.step is Step.BINDING

    def test_a_login_that_is_not_looked_at(self) -> None:
        stream = opened()
        feed(stream, HEADER, AUTH)
        stream.refuse_account("temporary-auth-failure", "later")
        failed = stream.events()[-1]
        assert isinstance(failed, AuthenticationFailed)
        assert (failed.condition, failed.text, failed.final) == ("temporary-auth-failure", "later", False)
        assert b"<temporary-auth-failure /><text>later</text>" in stream.data_to_send()
        # The client may try again.
        feed(stream, AUTH)
        stream.provide_account(AccountRecord("secret"))
        assert stream.jid == "alice@localhost"

    @pytest.mark.parametrize("name", ["accept_bind", "refuse_bind", "provide_account"])
    def test_only_when_it_was_asked(self, name: str) -> None:
        with pytest.raises(LocalProtocolError, match=name):
            getattr(live(), name)("conflict")


class TestSession:
    def test_who_sends_is_what_the_server_knows(self) -> None:
        stream = live()
        events = feed(stream, "<message from='boss@localhost'/><presence/>")
        assert [str(event["from"]) for event in events] == ["alice@localhost/r", "alice@localhost/r"]

    def test_what_is_no_stanza_has_no_sender(self) -> None:
        stream = live(accepts=frozenset({"{urn:xmpp:sm:3}r"}))
        [element] = feed(stream, "<r xmlns='urn:xmpp:sm:3'/>")
        assert element.xml.get("from") is None

    def test_the_session_of_rfc_3921_is_established_at_once(self) -> None:
        stream = live()
        assert feed(stream, SESSION) == []
        assert stream.data_to_send() == b'<iq type="result" id="s" />'
        # Once is enough; after that it is an IQ like any other.
        assert len(feed(stream, SESSION)) == 1

    def test_after_the_first_presence_nobody_asks_any_more(self) -> None:
        stream = live()
        assert len(feed(stream, "<message/><presence/>" + SESSION)) == 3

    def test_it_is_not_answered_on_the_way_out(self) -> None:
        stream = live()
        stream.close()
        stream.data_to_send()
        assert feed(stream, SESSION) == []
        assert stream.data_to_send() == b""

    def test_it_can_be_left_out(self) -> None:
        assert len(feed(live(session=False), SESSION)) == 1

    def test_bind_session_and_stanzas_in_one_read(self) -> None:
        stream = authenticated()
        stream.data_to_send()
        feed(stream, BIND)
        stream.accept_bind("alice@localhost/r")
        stream.events()
        events = feed(stream, SESSION + "<presence/><message/>")
        assert [type(event).__name__ for event in events] == ["Presence", "Message"]

    def test_a_session_that_something_else_than_binding_makes(self) -> None:
        class Resume(ReceiverHalf):
            __slots__ = ()

            def offer(self) -> Element:
                return Element("{x}x")

            def starts(self, element: Element) -> bool:
                return element.tag == "{x}resume"

            def receive(self, element: Element) -> Outcome:
                self.stream.jid = JID("alice@localhost/r")
                self.stream.learn(Fact.RESUMED)
                return Outcome.READY

        stream = opened(features=(Feature(name="x", order=1, tag="{x}x", receiver=Resume),))
        events = feed(stream, HEADER, "<resume xmlns='x'/>", "<message/>", SESSION, "<presence/>")
        assert [type(event).__name__ for event in events] == ["StreamOpened", "Negotiated", "Message", "Presence"]
        assert {str(event["from"]) for event in events[2:]} == {"alice@localhost/r"}

    def test_the_client_closes(self) -> None:
        assert feed(live(), "</stream:stream>") == [StreamEnded("closed by the peer", None)]


class TestStreamManagement:
    """XEP-0198, as far as the stream does it itself."""

    ENABLE = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
    RESUME = "<resume xmlns='urn:xmpp:sm:3' h='0' previd='x'/>"

    def bound(self) -> ReceiverStream:
        stream = authenticated(management=ManagementOptions(), nonce_factory=lambda: "a-nonce")
        assert b"<sm " in stream.data_to_send()
        feed(stream, BIND)
        stream.accept_bind("alice@localhost/r")
        stream.data_to_send()
        stream.events()
        return stream

    def requested(self) -> ReceiverStream:
        stream = authenticated(management=ManagementOptions())
        assert feed(stream, self.RESUME) == [ResumeRequested("x")]
        stream.data_to_send()
        return stream

    def session(self, jid: str = "alice@localhost/r", name: str = "x") -> ManagedSession:
        session = ManagedSession(jid, id=name)
        session.hold(Element("{jabber:client}message"))
        return session

    def test_it_is_not_offered_unless_it_is_wanted(self) -> None:
        stream = authenticated()
        assert b"<sm " not in stream.data_to_send()
        assert condition(live(), self.ENABLE) == "unsupported-stanza-type"

    def test_it_is_enabled_when_a_resource_is_bound(self) -> None:
        stream = self.bound()
        assert isinstance(feed(stream, "<message/>", self.ENABLE, "<message/>")[1], ManagementEnabled)
        assert stream.data_to_send() == b'<enabled xmlns="urn:xmpp:sm:3" id="a-nonce" resume="true" />'
        assert stream.session is not None
        assert stream.session.handled == 1
        feed(stream, "<r xmlns='urn:xmpp:sm:3'/>")
        assert stream.data_to_send() == b"<a xmlns='urn:xmpp:sm:3' h='1'/>"

    def test_nothing_is_counted_before(self) -> None:
        assert condition(self.bound(), "<r xmlns='urn:xmpp:sm:3'/>") == "unsupported-stanza-type"

    def test_not_twice(self) -> None:
        stream = self.bound()
        feed(stream, self.ENABLE)
        assert condition(stream, self.ENABLE) == "policy-violation"

    def test_whoever_enables_establishes_no_session_afterwards(self) -> None:
        stream = self.bound()
        assert len(feed(stream, self.ENABLE, SESSION)) == 2

    def test_not_before(self) -> None:
        stream = authenticated(management=ManagementOptions())
        stream.data_to_send()
        assert feed(stream, self.ENABLE) == []
        assert b"unexpected-request" in stream.data_to_send()
        assert stream.state.step is Step.OFFERED

    def test_what_is_bound_cannot_be_resumed(self) -> None:
        stream = self.bound()
        assert feed(stream, self.RESUME) == []
        assert b"unexpected-request" in stream.data_to_send()
        assert stream.ready

    def test_an_earlier_session_goes_on(self) -> None:
        stream = self.requested()
        stream.accept_resume(self.session())
        assert [type(event).__name__ for event in stream.events()] == ["Resumed", "Negotiated"]
        assert stream.jid == JID("alice@localhost/r")
        assert stream.data_to_send() == (
            b'<resumed xmlns="urn:xmpp:sm:3" h="0" previd="x" /><message /><r xmlns=\'urn:xmpp:sm:3\'/>'
        )
        assert len(feed(stream, SESSION)) == 1

    def left(self) -> ReceiverStream:
        """A client has sent something, asked, and closed the stream, all at once."""
        stream = authenticated(management=ManagementOptions(by_hand=True), close_timeout=5.0)
        feed(stream, BIND)
        stream.accept_bind("alice@localhost/r")
        stream.events()
        feed(stream, self.ENABLE)
        stream.data_to_send()
        assert len(feed(stream, "<message/><message/><r xmlns='urn:xmpp:sm:3'/></stream:stream>")) == 2
        assert stream.data_to_send() == b"<a xmlns='urn:xmpp:sm:3' h='0'/>"
        stream.deadline()
        stream.handle_timer(100.0)
        assert stream.deadline() == 105.0
        assert not stream.closed
        return stream

    def ended(self, stream: ReceiverStream, handled: int) -> bool:
        told = f"<a xmlns='urn:xmpp:sm:3' h='{handled}'/>" if handled else ""
        assert stream.data_to_send() == f"{told}</stream:stream>".encode()
        (event,) = stream.events()
        assert isinstance(event, StreamEnded)
        return event.error is None and stream.closed

    def test_a_client_that_leaves_is_told_what_is_handled_before_the_end(self) -> None:
        stream = self.left()
        assert stream.session is not None
        stream.session.acknowledge(2)
        when = stream.deadline()
        assert when is not None
        assert when <= 100.0
        stream.handle_timer(100.0)
        assert self.ended(stream, 2)
        assert stream.deadline() is None
        stream.handle_timer(200.0)
        stream.receive_eof()
        stream.close()

    def test_it_is_told_at_once_if_nothing_is_left(self) -> None:
        stream = self.bound()
        feed(stream, self.ENABLE)
        stream.data_to_send()
        feed(stream, "<message/>")
        stream.receive_data(b"<r xmlns='urn:xmpp:sm:3'/></stream:stream>")
        assert self.ended(stream, 1)

    @pytest.mark.parametrize("handled", [0, 1])
    def test_nobody_waits_for_ever(self, handled: int) -> None:
        stream = self.left()
        assert stream.session is not None
        stream.session.acknowledge(handled)
        stream.handle_timer(104.0)
        assert not stream.closed
        stream.handle_timer(105.0)
        assert self.ended(stream, handled)

    @pytest.mark.parametrize("end", ["close", "receive_eof"])
    def test_nor_for_a_connection_that_has_gone(self, end: str) -> None:
        stream = self.left()
        assert stream.session is not None
        stream.session.acknowledge()
        getattr(stream, end)()
        assert self.ended(stream, 1)

    def test_a_stream_that_we_have_closed_is_over(self) -> None:
        stream = self.bound()
        feed(stream, self.ENABLE)
        stream.close()
        stream.data_to_send()
        feed(stream, "</stream:stream>")
        assert stream.closed

    @pytest.mark.parametrize(("jid", "name"), [("bob@localhost/r", "x"), ("alice@localhost/r", "")])
    def test_only_one_of_the_account_that_can_be_resumed(self, jid: str, name: str) -> None:
        stream = self.requested()
        with pytest.raises(ValueError, match="no session that 'alice@localhost' can resume"):
            stream.accept_resume(self.session(jid, name))
        stream.refuse_resume()
        assert b"item-not-found" in stream.data_to_send()

    def test_it_is_refused_and_a_resource_bound(self) -> None:
        stream = self.requested()
        stream.refuse_resume("item-not-found", h=7)
        assert b'<failed xmlns="urn:xmpp:sm:3" h="7"><item-not-found ' in stream.data_to_send()
        assert feed(stream, BIND) == [BindRequested("r")]

    @pytest.mark.parametrize("name", ["accept_resume", "refuse_resume"])
    def test_only_when_it_was_asked(self, name: str) -> None:
        with pytest.raises(LocalProtocolError, match=name):
            getattr(live(), name)("x")
