# SPDX-License-Identifier: MIT
"""The opening end, against a server that is written out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import pytest

from xmppkit.exceptions import (
    ConfigurationError,
    InvalidJID,
    LocalProtocolError,
    MalformedStream,
    NegotiationFailed,
    StreamClosed,
    StreamErrorReceived,
    TLSRequired,
)
from xmppkit.protocol.events import Event, FeatureOffered, FeaturesReceived, Negotiated, StreamEnded, StreamOpened
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.management import ManagedSession, ManagementOptions
from xmppkit.protocol.negotiation import Feature, InitiatorHalf, Outcome
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.xml.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Tls

CLEAR = StreamOptions(
    tls=TlsPolicy.DISABLED,
    sasl=SaslPolicy(("PLAIN",), plain_without_tls=True),
    credentials=Credentials("alice", "secret"),
    id_factory=lambda: "an-id",
)
NAMESPACES = "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
HEADER = f"<?xml version='1.0'?><stream:stream {NAMESPACES} id='1' from='localhost' version='1.0'>"
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PLAIN = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
BOUND = (
    "<iq type='result' id='an-id'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@localhost/here</jid>"
    "</bind></iq>"
)
REGISTER = "{http://jabber.org/features/iq-register}register"


def features(*children: str) -> str:
    return f"<stream:features>{''.join(children)}</stream:features>"


def opened(jid: str = "alice@localhost", **changes: object) -> ClientStream:
    stream = ClientStream(jid, CLEAR.replace(**changes), now=0.0)
    stream.open()
    return stream


def feed(stream: ClientStream, *texts: str) -> list[Event]:
    stream.receive_data("".join(texts).encode())
    return stream.events()


def authenticated(**changes: object) -> ClientStream:
    """A stream that has just opened anew after its login."""
    stream = opened(**changes)
    feed(stream, HEADER, features(PLAIN))
    feed(stream, SUCCESS)
    stream.data_to_send()
    return stream


def end(events: list[Event]) -> StreamEnded:
    last = events[-1]
    assert isinstance(last, StreamEnded)
    return last


class TestConstruction:
    @pytest.mark.parametrize("jid", ["", "alice@"])
    def test_it_needs_a_domain(self, jid: str) -> None:
        with pytest.raises((ConfigurationError, InvalidJID)):
            ClientStream(jid, CLEAR, now=0.0)

    def test_the_domain_can_be_another_than_the_addresss(self) -> None:
        stream = opened(domain="Example.ORG")
        assert stream.domain == stream.where == "example.org"
        assert b" to='example.org'" in stream.data_to_send()

    def test_negotiated(self) -> None:
        stream = ClientStream.negotiated("alice@localhost/x", CLEAR, now=0.0, stream_id="7")
        assert stream.ready
        assert stream.stream_id == "7"
        assert stream.facts == {Fact.AUTHENTICATED, Fact.BOUND}
        assert stream.limits == Limits.client()


class TestHeader:
    def test_ours(self, tls: Tls) -> None:
        written = opened(lang="de").data_to_send()
        for attribute in (b" to='localhost'", b" version='1.0'", b" xml:lang='de'"):
            assert attribute in written
        # §4.7.1: nobody on the way learns who logs in.
        assert b"alice" not in written
        assert b"from" not in written
        assert b"xml:lang" not in opened().data_to_send()

    def test_ours_inside_tls_says_who_we_are(self) -> None:
        stream = opened()
        stream.learn(Fact.SECURE)
        assert stream._attributes()["from"] == "alice@localhost"
        stream = opened(jid="localhost")
        stream.learn(Fact.SECURE)
        assert "from" not in stream._attributes()

    def test_theirs(self) -> None:
        stream = opened()
        text = HEADER.replace(" id=", " to='alice@localhost' xml:lang='en' id=")
        assert feed(stream, text) == [StreamOpened("1", "localhost", "alice@localhost", "1.0", "en")]
        assert stream.stream_id == "1"
        assert stream.state.step is Step.FEATURES

    @pytest.mark.parametrize("sender", ["", " from='LOCALHOST'", " from='alice@localhost'"])
    def test_from_may_be_spelt_otherwise_or_be_missing(self, sender: str) -> None:
        stream = opened()
        feed(stream, HEADER.replace(" from='localhost'", sender))
        assert stream.state.step is Step.FEATURES

    @pytest.mark.parametrize(
        ("before", "after", "condition"),
        [
            # Attack A21.
            (" from='localhost'", " from='evil.example'", "invalid-from"),
            (" from='localhost'", " from='localhost.evil.example'", "invalid-from"),
            (" from='localhost'", " from='@'", "invalid-from"),
            (" id='1'", "", "bad-format"),
            (" id='1'", " id=''", "bad-format"),
            (" version='1.0'>", ">", "unsupported-version"),
            (" version='1.0'>", " version='2.0'>", "unsupported-version"),
            (" version='1.0'>", " version='nonsense'>", "unsupported-version"),
        ],
    )
    def test_theirs_is_wrong(self, before: str, after: str, condition: str) -> None:
        stream = opened()
        ended = end(feed(stream, HEADER.replace(before, after), features(PLAIN)))
        assert isinstance(ended.error, MalformedStream)
        assert ended.error.condition == condition
        assert f"<{condition} ".encode() in stream.data_to_send()


class TestFeatures:
    def test_they_take_turns_until_the_session_is_ready(self) -> None:
        stream = opened()
        stream.data_to_send()
        events = feed(stream, HEADER, features(PLAIN))
        assert [type(event) for event in events] == [StreamOpened, FeaturesReceived]
        assert b"<auth " in stream.data_to_send()
        assert [type(event).__name__ for event in feed(stream, SUCCESS)] == ["Authenticated"]
        assert stream.data_to_send().startswith(b"<?xml version='1.0'?><stream:stream ")
        feed(stream, HEADER, features(BIND))
        assert b'<iq type="set" id="an-id"><bind ' in stream.data_to_send()
        events = feed(stream, BOUND)
        assert events[-1] == Negotiated(stream.jid)
        assert stream.jid == "alice@localhost/here"
        assert stream.negotiated_features == {"mechanisms", "bind"}
        assert stream.ready

    def test_without_starttls_nothing_happens(self, tls: Tls) -> None:
        # Attacks A1, A2, A4: the offer was taken out, and what is left tempts.
        for mechanism in ("PLAIN", "ANONYMOUS", "EXTERNAL", "LOGIN"):
            stream = opened(tls=TlsPolicy.REQUIRED, ssl_context=tls.client, credentials=Credentials("alice", "s"))
            stream.data_to_send()
            ended = end(feed(stream, HEADER, features(PLAIN.replace("PLAIN", mechanism), BIND)))
            assert isinstance(ended.error, TLSRequired)
            assert "localhost" in str(ended.error)
            assert stream.data_to_send() == b"</stream:stream>"

    def test_without_starttls_even_if_it_is_unregistered(self, tls: Tls) -> None:
        stream = opened(tls=TlsPolicy.REQUIRED, ssl_context=tls.client)
        assert stream.unregister_feature("starttls")
        stream.data_to_send()
        assert isinstance(end(feed(stream, HEADER, features(PLAIN, BIND))).error, NegotiationFailed)
        assert b"auth" not in stream.data_to_send()

    def test_a_server_that_offers_nothing_that_we_want(self) -> None:
        stream = opened()
        for name in ("mechanisms", "bind"):
            assert stream.unregister_feature(name)
        assert not stream.unregister_feature("bind")
        ended = end(feed(stream, HEADER, features()))
        assert isinstance(ended.error, NegotiationFailed)
        assert "leads to a session" in str(ended.error)
        assert b"<unsupported-feature " in stream.data_to_send()

    def test_features_without_end(self) -> None:
        stream = opened()
        for name in ("mechanisms", "bind"):
            stream.unregister_feature(name)
        stream.register_feature("register", tag=REGISTER)
        rounds = 0
        while not stream.closed:
            rounds += 1
            assert rounds < 100
            feed(stream, HEADER, features("<register xmlns='http://jabber.org/features/iq-register'/>"))
            if not stream.closed:
                stream.feature_done("register", restart=True)
        assert rounds == 17
        assert isinstance(stream.error, MalformedStream)
        assert "without end" in str(stream.error)

    @pytest.mark.parametrize("again", [1, 2])
    def test_features_twice(self, again: int) -> None:
        stream = opened()
        ended = end(feed(stream, HEADER, features(PLAIN), features(PLAIN) * again))
        assert isinstance(ended.error, MalformedStream)
        assert ended.error.condition == "unsupported-stanza-type"

    def test_a_stanza_in_the_middle_of_it(self) -> None:
        ended = end(feed(opened(), HEADER, "<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>"))
        assert isinstance(ended.error, MalformedStream)
        assert ended.error.condition == "not-authorized"

    def test_a_server_that_leaves_in_the_middle(self) -> None:
        ended = end(feed(opened(), HEADER, "</stream:stream>"))
        assert isinstance(ended.error, StreamClosed)
        assert "waiting for the server's stream features" in ended.reason


class TestFeaturesOfTheApplication:
    OFFER = features("<register xmlns='http://jabber.org/features/iq-register'/>", PLAIN)

    def offered(self, **changes: object) -> ClientStream:
        stream = opened()
        stream.register_feature("register", order=50, tag=REGISTER, **changes)
        events = feed(stream, HEADER, self.OFFER)
        assert isinstance(events[-1], FeatureOffered)
        assert events[-1].name == "register"
        assert events[-1].features.xml.find(REGISTER) is not None
        stream.data_to_send()
        return stream

    def test_it_is_in_the_applications_hands(self) -> None:
        stream = self.offered()
        assert stream.state.step is Step.HOST
        stream.send_negotiation(Element("{jabber:client}iq", {"type": "get", "id": "r"}))
        assert stream.data_to_send() == b'<iq type="get" id="r" />'
        [answer] = feed(stream, "<iq type='result' id='r'/>")
        assert answer["id"] == "r"
        stream.feature_done("register")
        assert "register" in stream.negotiated_features
        assert b"<auth " in stream.data_to_send()

    def test_it_can_restart_the_stream(self) -> None:
        stream = self.offered(restart=True)
        stream.feature_done("register", restart=True)
        assert stream.state.step is Step.HEADER
        assert stream.data_to_send().startswith(b"<?xml")

    def test_only_the_one_that_is_under_way_can_be_done(self) -> None:
        stream = self.offered()
        with pytest.raises(LocalProtocolError, match=r"feature_done\('other'\) .* 'register' is under way"):
            stream.feature_done("other")
        assert stream.state.step is Step.HOST

    def test_what_it_needs_and_forbids(self) -> None:
        stream = opened()
        stream.register_feature("one", order=1, tag=REGISTER, needs={Fact.AUTHENTICATED})
        stream.register_feature("two", order=2, tag=REGISTER, forbids=set())
        events = feed(stream, HEADER, self.OFFER)
        assert isinstance(events[-1], FeatureOffered)
        assert events[-1].name == "two"

    def test_it_may_give_the_session_its_address(self) -> None:
        stream = authenticated()
        stream.register_feature("resume", order=9500, tag=REGISTER)
        feed(stream, HEADER, self.OFFER.replace(PLAIN, BIND))
        stream.feature_done("resume", learned={Fact.RESUMED})
        assert stream.ready
        assert Fact.BOUND not in stream.facts
        assert b"bind" not in stream.data_to_send()


class TestCredentials:
    def test_they_are_asked_for(self) -> None:
        stream = opened(credentials=None)
        events = feed(stream, HEADER, features(PLAIN))
        assert events[-1].mechanisms == ("PLAIN",)
        stream.data_to_send()
        stream.provide_credentials(Credentials("alice", "secret"))
        assert b"<auth " in stream.data_to_send()

    def test_none_that_will_do(self) -> None:
        stream = opened(credentials=None)
        feed(stream, HEADER, features(PLAIN))
        stream.provide_credentials(Credentials("alice"))
        assert "no user name and password" in str(end(stream.events()).error)


LIVE: list[tuple[str, Callable[[ClientStream], object]]] = [
    ("feature_done", lambda stream: stream.feature_done("x")),
    ("send_negotiation", lambda stream: stream.send_negotiation(Element("a"))),
    ("provide_credentials", lambda stream: stream.provide_credentials(Credentials("a", "b"))),
]


@pytest.mark.parametrize(("name", "call"), LIVE)
def test_not_in_a_session(name: str, call: Callable[[ClientStream], object]) -> None:
    with pytest.raises(LocalProtocolError, match=rf"{name}\(\).*ready"):
        call(ClientStream.negotiated("alice@localhost/x", CLEAR, now=0.0))


def test_what_is_only_announced_is_noted() -> None:
    stream = authenticated()
    feed(stream, HEADER, features("<ver xmlns='urn:xmpp:features:rosterver'/>", BIND))
    events = feed(stream, BOUND + "<message/><presence/>")
    assert [type(event).__name__ for event in events] == ["Bound", "Negotiated", "Message", "Presence"]
    assert stream.negotiated_features == {"mechanisms", "rosterver", "bind"}


def test_tls_begins_in_the_middle(tls: Tls) -> None:
    stream = opened(tls=TlsPolicy.REQUIRED, ssl_context=tls.client)
    feed(stream, HEADER, features(STARTTLS))
    assert stream.data_to_send().endswith(b'<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls" />')
    assert feed(stream, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>") == []
    assert stream.state.step is Step.SECURING
    assert stream.data_to_send()[:2] == b"\x16\x03"


class Fruitless(InitiatorHalf):
    """Asks, and in the end wants nothing."""

    __slots__ = ()

    def start(self, offer: Element, features: object) -> Outcome:
        self.stream.move(Step.EXCHANGE)
        return Outcome.WAIT

    def accepts(self, element: Element) -> bool:
        return element.tag == "{x}no"

    def receive(self, element: Element) -> Outcome:
        return Outcome.SKIPPED


def test_a_feature_that_comes_to_nothing() -> None:
    stream = opened(features=(Feature(name="x", order=1, tag="{x}x", initiator=Fruitless),))
    feed(stream, HEADER, features("<x xmlns='x'/>", PLAIN))
    assert stream.state.step is Step.EXCHANGE
    stream.data_to_send()
    feed(stream, "<no xmlns='x'/>")
    assert "x" not in stream.negotiated_features
    assert b"<auth " in stream.data_to_send()


def test_a_header_with_an_empty_id_may_come_before_a_stream_error() -> None:
    stream = opened()
    stream.receive_data(HEADER.replace("id='1'", "id=''").encode())
    assert not stream.closed, "what follows says more"
    condition = "<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    stream.receive_data(f"<stream:error>{condition}</stream:error></stream:stream>".encode())
    end = stream.events()[-1]
    assert isinstance(end, StreamEnded)
    assert isinstance(end.error, StreamErrorReceived)
    assert end.error.condition == "host-unknown"


class TestStreamManagement:
    """XEP-0198, its turns among the others; what it says is tested beside its halves."""

    SM = "<sm xmlns='urn:xmpp:sm:3'/>"
    OFFER = features(BIND, SM, "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>12345</max-bytes></limits>")
    ENABLED = "<enabled xmlns='urn:xmpp:sm:3' id='x' resume='true'/>"
    FAILED = "<failed xmlns='urn:xmpp:sm:3'/>"

    def resuming(self) -> ClientStream:
        session = ManagedSession("alice@localhost/there", id="x", handled=4)
        session.put(Element("{jabber:client}message"), "<m/>")
        stream = ClientStream("alice@localhost", CLEAR.replace(management=ManagementOptions()), now=0.0, resume=session)
        stream.open()
        feed(stream, HEADER, features(PLAIN))
        feed(stream, SUCCESS)
        stream.register_feature("own", order=20000, tag=REGISTER)
        feed(stream, HEADER, self.OFFER)
        assert stream.data_to_send().endswith(b'<resume xmlns="urn:xmpp:sm:3" h="4" previd="x" />')
        return stream

    def test_it_is_enabled_behind_binding(self) -> None:
        stream = authenticated(management=ManagementOptions())
        feed(stream, HEADER, self.OFFER)
        assert b"enable" not in stream.data_to_send()
        feed(stream, BOUND)
        assert not stream.ready
        assert stream.data_to_send() == b'<enable xmlns="urn:xmpp:sm:3" resume="true" />'
        events = feed(stream, "<message/>", self.ENABLED, "<message/>")
        assert [type(event).__name__ for event in events] == ["Message", "ManagementEnabled", "Negotiated", "Message"]
        assert stream.session is not None
        assert stream.session.received == 1
        assert "sm" in stream.negotiated_features

    def test_a_server_that_refuses(self) -> None:
        stream = authenticated(management=ManagementOptions())
        feed(stream, HEADER, self.OFFER)
        events = feed(stream, BOUND, self.FAILED)
        assert [type(event).__name__ for event in events] == ["Bound", "ManagementFailed", "Negotiated"]
        assert stream.session is None
        assert "sm" not in stream.negotiated_features

    def test_a_feature_of_the_application_behind_it_is_counted(self) -> None:
        stream = authenticated(management=ManagementOptions())
        stream.register_feature("own", order=20000, tag=REGISTER)
        feed(
            stream,
            HEADER,
            self.OFFER.replace(BIND, BIND + "<register xmlns='http://jabber.org/features/iq-register'/>"),
        )
        feed(stream, BOUND, self.ENABLED)
        assert stream.state.step is Step.HOST
        stream.send_negotiation(Element("{jabber:client}iq", {"type": "get", "id": "r"}))
        feed(stream, "<r xmlns='urn:xmpp:sm:3'/><iq type='result' id='r'/>")
        stream.feature_done("own")
        assert stream.session is not None
        assert (stream.session.sent, stream.session.received, stream.session.handled) == (1, 1, 1)

    def test_an_earlier_session_goes_on(self) -> None:
        stream = self.resuming()
        events = feed(stream, "<resumed xmlns='urn:xmpp:sm:3' h='0' previd='x'/>", "<message/>")
        assert [type(event).__name__ for event in events] == ["Resumed", "Negotiated", "Message"]
        assert stream.facts == {Fact.AUTHENTICATED, Fact.BOUND, Fact.RESUMED, Fact.MANAGED}
        assert stream.jid.full == "alice@localhost/there"
        assert stream.data_to_send() == b"<m/><r xmlns='urn:xmpp:sm:3'/>"
        assert stream.peer_limits.max_bytes == 12345

    def test_an_earlier_session_that_is_over(self) -> None:
        stream = self.resuming()
        events = feed(stream, self.FAILED)
        assert [type(event).__name__ for event in events] == ["ResumptionFailed"]
        assert b"bind" in stream.data_to_send()
        events = feed(stream, BOUND, self.ENABLED)
        assert [type(event).__name__ for event in events] == ["Bound", "ManagementEnabled", "Negotiated"]
        assert stream.facts == {Fact.AUTHENTICATED, Fact.BOUND, Fact.MANAGED}

    def test_stanzas_do_not_come_twice(self) -> None:
        stream = self.resuming()
        assert stream.resumes is not None
        stream.resumes.came()
        events = feed(
            stream, "<resumed xmlns='urn:xmpp:sm:3' h='1' previd='x'/>", "<message id='5'/>", "<message id='6'/>"
        )
        assert [event["id"] for event in events if not isinstance(event, Event)] == ["6"]

    def test_only_a_session_that_can_be_resumed(self) -> None:
        with pytest.raises(ConfigurationError, match="cannot be resumed"):
            ClientStream("alice@localhost", CLEAR, now=0.0, resume=ManagedSession("alice@localhost/there"))
