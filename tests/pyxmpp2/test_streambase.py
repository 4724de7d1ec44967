# SPDX-License-Identifier: MIT
"""Both ends of a stream, made with PyXMPP2's surface, on each of the main loops."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest

from xmppkit.pyxmpp2 import exceptions
from xmppkit.pyxmpp2.exceptions import (
    FatalStreamError,
    NoRouteError,
    SASLAuthenticationFailed,
    SASLMechanismNotAvailable,
    SASLNotAvailable,
    TLSNegotiationFailed,
    TLSVerificationError,
)
from xmppkit.pyxmpp2.interfaces import (
    StreamFeatureHandled,
    StreamFeatureHandler,
    StreamFeatureNotHandled,
    XMPPFeatureHandler,
    iq_set_stanza_handler,
    stream_element_handler,
)
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.message import Message
from xmppkit.pyxmpp2.sasl import (
    CLIENT_MECHANISMS,
    CLIENT_MECHANISMS_D,
    SECURE_CLIENT_MECHANISMS,
    SECURE_SERVER_MECHANISMS,
    SERVER_MECHANISMS,
    SERVER_MECHANISMS_D,
    Challenge,
    Failure,
    PasswordDatabase,
    Response,
    Success,
)
from xmppkit.pyxmpp2.sasl.core import ClientAuthenticator, ServerAuthenticator, sasl_mechanism
from xmppkit.pyxmpp2.sasl.scram import SCRAMOperations
from xmppkit.pyxmpp2.stanzapayload import XMLPayload
from xmppkit.pyxmpp2.streambase import StreamBase
from xmppkit.pyxmpp2.streamsasl import StreamSASLHandler
from xmppkit.pyxmpp2.streamtls import StreamTLSHandler
from xmppkit.sasl.custom import unregister_mechanism, unregister_server_mechanism

CLIENT_EVENTS = [
    "Connecting",
    "Connected",
    "StreamConnected",
    "GotFeatures",
    "TLSConnecting",
    "TLSConnected",
    "StreamRestarted",
    "GotFeatures",
    "Authenticated",
    "StreamRestarted",
    "GotFeatures",
    "BindingResource",
    "Authorized",
    "Disconnected",
]
SERVER_EVENTS = [
    "ConnectionAccepted",
    "StreamConnected",
    "TLSConnecting",
    "TLSConnected",
    "StreamRestarted",
    "Authenticated",
    "StreamRestarted",
    "Authorized",
]


def say(text: str) -> Any:
    return lambda event: (event.stream.initiator and event.stream.send(Message(to_jid="localhost", body=text))) or None


def leave(event: Any) -> None:
    if event.stream.initiator:
        event.stream.disconnect()


# --- on every loop --------------------------------------------------------------------------------------


def test_a_session(network) -> None:
    network.recorder.acts["AuthorizedEvent"] = say("hello")
    network.server_route.act = lambda stanza: stanza.return_path.send(
        Message(to_jid=stanza.from_jid, body=f"{stanza.body} back")
    )
    network.client_route.act = lambda stanza: stanza.return_path.disconnect()
    client = network.client()
    network.run()
    assert network.loop.finished
    assert network.names() == CLIENT_EVENTS
    assert network.names(initiator=False)[: len(SERVER_EVENTS)] == SERVER_EVENTS
    [asked], [answered] = network.server_route.stanzas, network.client_route.stanzas
    assert (asked.body, str(asked.from_jid)) == ("hello", "alice@localhost/desk")
    assert (answered.body, str(answered.from_jid)) == ("hello back", "localhost")
    [server] = network.accepted
    assert client.me == JID("alice@localhost/desk") == server.peer
    assert client.peer == JID("localhost") == server.me
    assert client.authenticated
    assert server.peer_authenticated
    assert client.tls_established
    assert server.tls_established
    assert client.auth_method_used == "SCRAM-SHA-512"
    assert client.stream_id == server.stream_id
    assert client.version == (1, 0)
    assert client.error is None
    assert not client.is_connected()


def test_a_wrong_password_leaves_the_loop(network) -> None:
    network.client_settings["password"] = "wrong"
    network.client()
    with pytest.raises(SASLAuthenticationFailed) as caught:
        network.run()
    assert caught.value.condition == "not-authorized"
    network.run()
    assert network.loop.finished
    assert network.names()[-2:] == ["AuthenticationFailed", "Disconnected"]


def test_a_fault_of_a_handler_leaves_the_loop_which_goes_on(network) -> None:
    network.recorder.acts["AuthorizedEvent"] = say("hello")

    def fail(stanza: Any) -> None:
        if stanza.body == "hello":
            stanza.return_path.send(Message(to_jid=stanza.from_jid, body="sent before"))
            raise RuntimeError("a bug")

    network.server_route.act = fail
    network.client_route.act = lambda stanza: stanza.return_path.disconnect()
    network.client()
    with pytest.raises(RuntimeError, match="a bug"):
        network.run()
    network.run()
    assert network.loop.finished
    assert [stanza.body for stanza in network.client_route.stanzas] == ["sent before"]


def test_a_fault_of_an_event_handler(network) -> None:
    def fail(event: Any) -> None:
        if event.stream.initiator:
            event.stream.disconnect()
            raise RuntimeError("a bug")

    network.recorder.acts["AuthorizedEvent"] = fail
    network.client()
    with pytest.raises(RuntimeError, match="a bug"):
        network.run()
    network.run()
    assert network.loop.finished
    assert network.names()[-1] == "Disconnected"


def test_nobody_listens(network) -> None:
    port = network.start()
    network.listener.close()
    network.listener = type("Gone", (), {"sockname": ("127.0.0.1", port), "close": lambda self: None})()
    network.client()
    with pytest.raises(ConnectionRefusedError, match=r"127\.0\.0\.1:\d"):
        network.run()
    network.loop.quit()
    network.run()
    assert network.names() == ["Connecting"]


def test_several_clients(network) -> None:
    network.recorder.acts["AuthorizedEvent"] = leave
    network.recorder.ends_with = 5
    streams = [network.client(f"alice@localhost/{number}") for number in range(5)]
    network.run()
    assert network.loop.finished
    assert [stream.me.resource for stream in streams] == list("01234")


# --- what is negotiated ---------------------------------------------------------------------------------


def test_the_server_chooses_a_resource(polled) -> None:
    polled.recorder.acts["AuthorizedEvent"] = leave
    client = polled.client("alice@localhost")
    polled.run()
    assert len(client.me.resource) == 36


def test_a_resource_that_the_server_refuses(polled) -> None:
    def handlers(settings: Any) -> list[Any]:
        found = original(settings)
        found[2].choose = lambda stream, resource: None
        return found

    original, polled.server_handlers = polled.server_handlers, handlers
    polled.client()
    with pytest.raises(FatalStreamError, match="conflict"):
        polled.run()


@pytest.mark.parametrize("method", ["disconnect", "close"])
def test_the_server_ends_the_stream(polled, method) -> None:
    polled.recorder.acts["AuthorizedEvent"] = lambda event: (
        None if event.stream.initiator else getattr(event.stream, method)()
    )
    client = polled.client()
    polled.run()
    assert polled.loop.finished
    assert polled.names()[-1] == "Disconnected"
    assert client.error is not None


def test_a_stream_error_of_the_server(polled) -> None:
    polled.recorder.acts["AuthorizedEvent"] = lambda event: (
        None if event.stream.initiator else event.stream.send_stream_error("conflict")
    )
    polled.client()
    polled.run()
    assert polled.names()[-2:] == ["StreamError", "Disconnected"]
    [event] = [each for each in polled.recorder.events if type(each).__name__ == "StreamErrorEvent"]
    assert event.error.condition_name == "conflict"
    assert str(event) == "Stream error: conflict"


def test_tls_is_required_and_not_offered(polled) -> None:
    polled.server_settings["tls_require"] = polled.server_settings["starttls"] = False
    polled.client()
    with pytest.raises(TLSNegotiationFailed):
        polled.run()


def test_no_password_goes_over_the_wire_in_the_clear(polled) -> None:
    for settings in (polled.server_settings, polled.client_settings):
        settings.update({"tls_require": False, "starttls": False, "sasl_mechanisms": ["PLAIN"]})
    polled.server_settings["insecure_auth"] = True
    polled.client()
    with pytest.raises(SASLNotAvailable):
        polled.run()


def test_a_server_without_mechanisms(polled) -> None:
    for settings in (polled.server_settings, polled.client_settings):
        settings.update({"tls_require": False, "starttls": False})
    polled.server_settings["sasl_mechanisms"] = ["PLAIN"]
    polled.client()
    with pytest.raises(SASLMechanismNotAvailable):
        polled.run()


@pytest.mark.parametrize("starttls", [True, False])
def test_without_tls_if_that_is_allowed(polled, starttls) -> None:
    for settings in (polled.server_settings, polled.client_settings):
        settings.update({"tls_require": False, "starttls": starttls, "insecure_auth": True})
    polled.server_settings.update({"tls_cert_file": None, "tls_key_file": None})
    polled.recorder.acts["AuthorizedEvent"] = leave
    client = polled.client()
    polled.run()
    assert not client.tls_established
    assert "TLSConnected" not in polled.names()
    assert polled.names()[-2:] == ["Authorized", "Disconnected"]


def test_a_server_needs_a_certificate(polled) -> None:
    polled.server_settings["tls_cert_file"] = None
    polled.client()
    with pytest.raises(FatalStreamError, match="tls_cert_file"):
        polled.run()


def test_a_certificate_that_nobody_trusts(polled) -> None:
    polled.client_settings["tls_cacert_file"] = None
    polled.client()
    with pytest.raises(TLSVerificationError) as caught:
        polled.run()
    assert isinstance(caught.value, ssl.SSLError)
    assert "Authenticated" not in polled.names()


@pytest.mark.parametrize("says", [True, False])
def test_the_program_judges_the_certificate(polled, says) -> None:
    asked: list[Any] = []

    def judge(stream: Any, certificate: Any) -> bool:
        asked.append(certificate)
        return says and StreamTLSHandler.is_certificate_valid(stream, certificate)

    polled.client_settings["tls_verify_callback"] = judge
    polled.recorder.acts["AuthorizedEvent"] = leave
    polled.client()
    if says:
        polled.run()
        assert polled.names()[-1] == "Disconnected"
    else:
        with pytest.raises(TLSVerificationError, match="tls_verify_callback"):
            polled.run()
        assert "Authenticated" not in polled.names()
    assert asked[0].alt_names["DNS"] == ["localhost"]


def test_unverified_warns(polled, caplog) -> None:
    polled.client_settings.update({"tls_cacert_file": None, "tls_verify_peer": False})
    polled.recorder.acts["AuthorizedEvent"] = leave
    client = polled.client()
    polled.run()
    assert client.tls_established
    assert "tls_verify_peer is off" in caplog.text


class Database(PasswordDatabase):
    def __init__(self, form: str) -> None:
        self.form = form

    def get_password(self, username: str, acceptable_formats: Any, properties: Any) -> tuple[Any, str | None]:
        [form] = [each for each in acceptable_formats if each.endswith(self.form)]
        operations = SCRAMOperations(form.removeprefix("SCRAM-").removesuffix(self.form).rstrip("-"))
        salted = operations.Hi(b"secret", b"salt", 4096)
        if self.form == "SaltedPassword":
            return (b"salt", 4096, salted), form
        record = operations.record(b"salt", 4096, salted)
        return (b"salt", 4096, record.stored_key, record.server_key), form


@pytest.mark.parametrize("form", ["SaltedPassword", "Keys"])
def test_a_database_that_knows_no_passwords(polled, form) -> None:
    polled.server_settings["password_database"] = Database(form)
    polled.recorder.acts["AuthorizedEvent"] = leave
    polled.client()
    polled.run()
    assert polled.names()[-2:] == ["Authorized", "Disconnected"]


class Directory(PasswordDatabase):
    """Can only tell whether a password is right."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def get_password(self, username: str, acceptable_formats: Any, properties: Any) -> tuple[Any, str | None]:
        raise AssertionError("nobody can tell")

    def check_password(self, username: str, password: str, properties: Any) -> bool:
        self.asked.append((username, password))
        return password == "secret"


def test_a_database_that_only_checks(polled) -> None:
    directory = polled.server_settings["password_database"] = Directory()
    polled.client_settings["sasl_mechanisms"] = ["PLAIN"]
    polled.recorder.acts["AuthorizedEvent"] = leave
    polled.client()
    polled.run()
    assert polled.names()[-2:] == ["Authorized", "Disconnected"]
    assert directory.asked == [("alice", "secret")]


def test_a_database_that_only_checks_and_refuses(polled) -> None:
    polled.server_settings["password_database"] = Directory()
    polled.client_settings["sasl_mechanisms"], polled.client_settings["password"] = ["PLAIN"], "wrong"
    polled.client()
    with pytest.raises(SASLAuthenticationFailed):
        polled.run()


@pytest.fixture
def riddle() -> Iterator[list[str]]:
    """A mechanism of the program's own, for both ends: the server asks a riddle."""
    name = "X-RIDDLE"
    seen: list[str] = []

    class Guesser(ClientAuthenticator):
        def start(self, properties: Any) -> Response:
            self.username, self.password = properties["username"], properties["password"]
            return Response(self.username.encode())

        def challenge(self, challenge: bytes) -> Response:
            seen.append(challenge.decode())
            return Response(self.password[::-1].encode())

        def finish(self, data: bytes | None) -> Success:
            return Success({"username": self.username}, data)

    class Sphinx(ServerAuthenticator):
        def start(self, properties: Any, initial_response: bytes | None) -> Challenge:
            seen.append(str("security-layer" in properties))
            self.username = (initial_response or b"").decode()
            return Challenge(b"backwards?")

        def response(self, response: bytes) -> Success | Failure:
            if self.password_database.check_password(self.username, response.decode()[::-1], {}):
                return Success({"username": self.username})
            return Failure("not-authorized", "eaten")

    for cls in (Guesser, Sphinx):
        sasl_mechanism(name, True, 60)(cls)
    yield seen
    unregister_mechanism(name)
    unregister_server_mechanism(name)
    for names in (CLIENT_MECHANISMS, SECURE_CLIENT_MECHANISMS, SERVER_MECHANISMS, SECURE_SERVER_MECHANISMS):
        names.remove(name)
    for classes in (CLIENT_MECHANISMS_D, SERVER_MECHANISMS_D):
        del classes[name]


def test_a_mechanism_of_the_programs_own_on_both_ends(polled, riddle) -> None:
    polled.server_settings["sasl_mechanisms"] = polled.client_settings["sasl_mechanisms"] = ["X-RIDDLE"]
    polled.recorder.acts["AuthorizedEvent"] = leave
    polled.client()
    polled.run()
    assert polled.names()[-2:] == ["Authorized", "Disconnected"]
    assert riddle == ["True", "backwards?"]


def test_a_mechanism_of_the_programs_own_refuses(polled, riddle) -> None:
    polled.server_settings["sasl_mechanisms"] = polled.client_settings["sasl_mechanisms"] = ["X-RIDDLE"]
    polled.client_settings["password"] = "wrong"
    polled.client()
    with pytest.raises(SASLAuthenticationFailed):
        polled.run()


@pytest.mark.parametrize(("wanted", "answered"), [("de", "de"), ("fr", "en")])
def test_the_language_of_a_servers_stream(polled, wanted, answered) -> None:
    polled.server_settings["languages"] = ["en", "de"]
    polled.client_settings["language"] = wanted
    polled.recorder.acts["AuthorizedEvent"] = leave
    client = polled.client()
    polled.run()
    assert (client.language, client.peer_language) == (wanted, answered)


def test_nobody_of_that_name(polled) -> None:
    polled.client("mallory@localhost")
    with pytest.raises(SASLAuthenticationFailed):
        polled.run()


def test_secrets_are_masked_in_both_logs(polled, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    polled.client_settings["sasl_mechanisms"] = ["PLAIN"]
    polled.recorder.acts["AuthorizedEvent"] = say("hello")
    polled.server_route.act = lambda stanza: polled.loop.quit()
    polled.client()
    polled.run()
    for name in ("pyxmpp2.IN", "pyxmpp2.OUT", "xmppkit.IN", "xmppkit.OUT"):
        texts = [record.getMessage() for record in caplog.records if record.name == name]
        assert any("<body>hello</body>" in text for text in texts), name
        assert any("***" in text for text in texts), name
    assert "AGFsaWNlAHNlY3JldA" not in caplog.text  # alice and secret, in base64
    assert "secret" not in " ".join(r.getMessage() for r in caplog.records if r.name.startswith("pyxmpp2."))


# --- streams by hand ------------------------------------------------------------------------------------


def bare(network: Any) -> None:
    """Streams without TLS, on which nobody logs in."""
    for settings in (network.server_settings, network.client_settings):
        settings.update({"tls_require": False, "starttls": False})
    network.server_handlers = network.client_handlers = lambda settings: []


def test_a_stream_without_handlers(polled) -> None:
    bare(polled)
    polled.recorder.acts["GotFeaturesEvent"] = say("early")
    polled.server_route.act = lambda stanza: stanza.return_path.send(Message(body="answer"))
    polled.client_route.act = lambda stanza: stanza.return_path.disconnect()
    client = polled.client()
    polled.run()
    assert polled.names() == ["Connecting", "Connected", "StreamConnected", "GotFeatures", "Disconnected"]
    assert [stanza.body for stanza in polled.server_route.stanzas] == ["early"]
    assert [stanza.body for stanza in polled.client_route.stanzas] == ["answer"]
    assert not client.authenticated


NS = "{urn:example:knock}"


class Knock(StreamFeatureHandler):
    """A stream feature: who knocks is let in."""

    def __init__(self, result: Any = None) -> None:
        self.result = result
        self.seen: list[str] = []

    def make_stream_features(self, stream: StreamBase, features: Element) -> None:
        if not stream.peer_authenticated:
            SubElement(features, NS + "knock")

    def handle_stream_features(self, stream: StreamBase, features: Element) -> Any:
        if features.find(NS + "knock") is None:
            return None
        if self.result is not None:
            return self.result
        stream.write_element(Element(NS + "knock"))
        return StreamFeatureHandled("knock", mandatory=True)

    @stream_element_handler(NS + "knock", "receiver")
    def let_in(self, stream: StreamBase, element: Element) -> bool:
        self.seen.append("knock")
        stream.write_element(Element(NS + "come-in"))
        stream.set_peer_authenticated(JID("guest@localhost"), restart_stream=True)
        return True

    @stream_element_handler(NS + "come-in", "initiator")
    def enter(self, stream: StreamBase, element: Element) -> bool:
        self.seen.append("come-in")
        stream.set_authenticated(JID("guest@localhost"), restart_stream=True)
        return True


def test_a_stream_feature_of_the_program(network) -> None:
    bare(network)
    client_side, server_side = Knock(), Knock()
    network.client_handlers = lambda settings: [client_side]
    network.server_handlers = lambda settings: [server_side]
    rounds: list[Any] = []

    def features(event: Any) -> None:
        rounds.append(event.features)
        if len(rounds) == 2:
            event.stream.disconnect()

    network.recorder.acts["GotFeaturesEvent"] = features
    network.client()
    network.run()
    assert network.names() == [
        "Connecting",
        "Connected",
        "StreamConnected",
        "GotFeatures",
        "Authenticated",
        "StreamRestarted",
        "GotFeatures",
        "Disconnected",
    ]
    assert (client_side.seen, server_side.seen) == (["come-in"], ["knock"])
    assert rounds[0].find(NS + "knock") is not None
    assert rounds[1].find(NS + "knock") is None


def test_a_stream_feature_that_cannot_be_negotiated(polled) -> None:
    bare(polled)
    polled.client_handlers = lambda settings: [Knock(StreamFeatureNotHandled("knock", mandatory=True))]
    polled.server_handlers = lambda settings: [Knock()]
    polled.client()
    with pytest.raises(FatalStreamError, match="knock is mandatory"):
        polled.run()


def test_a_stream_feature_beside_those_of_the_engine(polled) -> None:
    extra = Knock(StreamFeatureNotHandled("knock"))
    original = polled.client_handlers
    polled.client_handlers = lambda settings: [extra, *original(settings)]
    polled.server_handlers = lambda settings: [*original(settings), Knock()]
    polled.recorder.acts["AuthorizedEvent"] = leave
    polled.client()
    polled.run()
    assert polled.names() == CLIENT_EVENTS


def test_login_without_binding(polled) -> None:
    def handlers(settings: Any) -> list[object]:
        return [StreamTLSHandler(settings), StreamSASLHandler(settings)]

    polled.client_handlers = polled.server_handlers = handlers
    polled.recorder.acts["AuthenticatedEvent"] = lambda event: None
    rounds: list[Any] = []

    def features(event: Any) -> None:
        rounds.append(event)
        if len(rounds) == 3:
            event.stream.disconnect()

    polled.recorder.acts["GotFeaturesEvent"] = features
    polled.client()
    polled.run()
    assert polled.names()[-4:] == ["Authenticated", "StreamRestarted", "GotFeatures", "Disconnected"]


class Registrar(XMPPFeatureHandler):
    """Wants stanzas of clients that have not logged in."""

    @iq_set_stanza_handler(XMLPayload, "{jabber:iq:register}query", usage_restriction="pre-auth")
    def register(self, stanza: Any) -> Any:
        return stanza.make_result_response()


def test_stanzas_before_the_login_if_somebody_wants_them(polled) -> None:
    original = polled.server_handlers
    polled.server_handlers = lambda settings: [*original(settings), Registrar()]
    polled.client_settings["tls_require"] = polled.server_settings["tls_require"] = False
    polled.client_settings["starttls"] = False
    polled.client_handlers = lambda settings: []

    def ask(event: Any) -> None:
        iq = Iq(stanza_type="set")
        iq.add_payload(Element("{jabber:iq:register}query"))
        event.stream.send(iq)

    polled.recorder.acts["GotFeaturesEvent"] = ask
    polled.server_route.act = lambda stanza: stanza.return_path.send(stanza.make_result_response())
    polled.client_route.act = lambda stanza: stanza.return_path.disconnect()
    polled.client()
    polled.run()
    assert polled.client_route.stanzas[0].stanza_type == "result"


# --- misuse ---------------------------------------------------------------------------------------------


def test_misuse() -> None:
    with pytest.raises(ValueError, match="jabber:server"):
        StreamBase("jabber:server", None, [])
    stream = StreamBase("jabber:client", None, [])
    with pytest.raises(NoRouteError, match="not begun"):
        stream.send(Message(body="x"))
    with pytest.raises(ValueError, match="domain"):
        stream.initiate(None)
    with pytest.raises(ValueError, match="domain"):
        stream.receive(None)
    with pytest.raises(ValueError, match="bytes"):
        stream.stream_eof()
    assert len(stream.generate_id()) == 36
    assert not stream.is_connected()
    assert not stream.uplink_receive(Message(body="x"))
    stream.disconnect()
    stream.close()
    assert stream.check_to(JID("anywhere"))


def test_sending_too_early_and_too_late(polled, caplog) -> None:
    polled.recorder.acts["AuthorizedEvent"] = leave
    client = polled.client()
    with pytest.raises(NoRouteError, match="not ready"):
        client.send(Message(body="too early"))
    with pytest.raises(ValueError, match="used once"):
        client.initiate(client.transport)
    polled.run()
    client.send(Message(body="too late"))
    assert "was dropped" in caplog.text
    client.send_stream_error("conflict")


def test_every_exception_of_the_surface_is_there() -> None:
    assert issubclass(exceptions.FatalComponentStreamError, exceptions.ComponentStreamError)
    error = exceptions.BadRequestProtocolError("why")
    assert (error.xmpp_name, error.message, str(error)) == ("bad-request", "why", "bad-request: why")
    error.log_reported()
    error.log_ignored()
    assert "bad-request" in repr(error)


# --- stanzas past a limit -------------------------------------------------------------------------------


def test_a_stanza_past_a_limit_ends_nothing(polled) -> None:
    many = {f"a{number}": "" for number in range(65)}
    told = {"from": "mallory@localhost/x", "to": "alice@localhost/desk"} | many

    def attack(event: Any) -> None:
        if not event.stream.initiator:
            event.stream.write_element(Element("{jabber:client}message", told))
            event.stream.write_element(Element("{jabber:client}iq", {"type": "get", "id": "asked"} | told))
            event.stream.write_element(Element("{jabber:client}iq", {"type": "result", "id": "answered"} | told))
            event.stream.write_element(Element("{jabber:client}message", {"id": "behind"}))

    polled.recorder.acts["AuthorizedEvent"] = attack
    polled.client_route.act = lambda stanza: stanza.stanza_id == "behind" and stanza.return_path.disconnect()
    client = polled.client()
    polled.run()
    assert client.error is None
    (refused,) = polled.server_route.stanzas
    assert (refused.stanza_type, refused.stanza_id) == ("error", "asked")
    assert refused.error.condition_name == "policy-violation"
    answered, behind = polled.client_route.stanzas
    assert (answered.stanza_type, answered.stanza_id) == ("error", "answered")
    assert answered.error.condition_name == "policy-violation"
    assert behind.stanza_id == "behind"
