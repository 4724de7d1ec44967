# SPDX-License-Identifier: MIT
"""The servers of the fixtures, proven by bytes on a socket: what fails elsewhere in interop/ is not their fault."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from servers.authority import make_server_certificate
from servers.base import USERS, Server
from servers.process import ServerDidNotStart, ServerProcess, accepts, free_ports, wait_until
from servers.prosody import Prosody
from wire import TIMEOUT, Wire, client_header, direct_tls, handshake, mechanisms, plain, starttls

#: Seconds that the operating system may take to end processes and close their ports.
SOON = 60.0


# --- TLS and login --------------------------------------------------------------------------------------


@pytest.fixture(params=["prosody_when_stopped", "ejabberd"], ids=["prosody", "ejabberd"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each real server in turn."""
    found: Server = request.getfixturevalue(request.param)
    return found


def test_nothing_but_starttls_is_offered_in_the_clear(server: Server) -> None:
    with Wire(server.port) as wire:
        wire.send(client_header(server.domain))
        features = wire.until("</stream:features>")
        assert "<starttls" in features
        assert "<required/>" in features
        assert mechanisms(features) == []
        assert plain(wire, "bot", server.users["bot"]).endswith("</failure>")


def test_the_certificate_is_for_the_domain(server: Server) -> None:
    wire, _ = starttls(server)
    with wire:
        assert isinstance(wire.socket, ssl.SSLSocket)
        certificate = wire.socket.getpeercert()
        assert certificate is not None
        assert ("DNS", "localhost") in certificate["subjectAltName"]
        assert wire.socket.version() in ("TLSv1.2", "TLSv1.3")


def test_the_system_does_not_trust_the_authority(server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        starttls(server, context=ssl.create_default_context())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_mechanisms(server: Server, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(server.ca_file))
    context.minimum_version = context.maximum_version = version
    wire, features = starttls(server, context=context)
    with wire:
        assert {"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"} <= set(mechanisms(features))


@pytest.mark.parametrize("name", USERS)
def test_every_account_logs_in(server: Server, name: str) -> None:
    wire, _ = starttls(server)
    with wire:
        assert "<success" in plain(wire, name, server.users[name])


def test_a_wrong_password_is_refused(server: Server) -> None:
    wire, _ = starttls(server)
    with wire:
        assert "<not-authorized" in plain(wire, "alice", "not the password")


def test_an_account_made_later_logs_in_after_a_restart(server: Server) -> None:
    server.add_user("later", 'päss"wörd\\')
    server.restart()
    wire, _ = starttls(server)
    with wire:
        assert "<success" in plain(wire, "later", 'päss"wörd\\')


def test_direct_tls(server: Server) -> None:
    wire, features = direct_tls(server)
    with wire:
        assert re.search(r"<stream:stream[^>]*from=['\"]localhost['\"]", features)
        assert "<starttls" not in features
        assert "<success" in plain(wire, "alice", server.users["alice"])


def test_anonymous(server: Server) -> None:
    wire, features = starttls(server, server.anonymous_domain)
    with wire:
        # ejabberd offers PLAIN too.
        assert "ANONYMOUS" in mechanisms(features)
        assert not any(mechanism.startswith("SCRAM") for mechanism in mechanisms(features))
        wire.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>")
        wire.until("<success")


# --- components -----------------------------------------------------------------------------------------


def test_a_component_is_accepted(server: Server) -> None:
    with Wire(server.component_port) as wire:
        handshake(wire, server.component_domain, server.component_secret)
        assert re.fullmatch("<handshake */>|<handshake></handshake>", wire.until("/>|</handshake>").strip())


def test_a_wrong_secret_is_refused(server: Server) -> None:
    with Wire(server.component_port) as wire:
        handshake(wire, server.component_domain, "not the secret")
        assert "<not-authorized" in wire.to_the_end()


# --- a client's session, and how servers end it ---------------------------------------------------------


def _session(server: Server, name: str = "alice") -> Wire:
    """Logged in and bound, with presence sent."""
    wire, _ = starttls(server)
    plain(wire, name, server.users[name])
    wire.send(client_header(server.domain))
    wire.until("</stream:features>")
    wire.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>")
    wire.until("</iq>")
    return wire


@pytest.mark.parametrize(
    "query",
    ["<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='jabber:iq:version'/>", "<query xmlns='jabber:iq:roster'/>"],
)
def test_queries(server: Server, query: str) -> None:
    to = "" if "roster" in query else f" to='{server.domain}'"
    with _session(server) as wire:
        wire.send(f"<iq type='get' id='q'{to}>{query}</iq>")
        answer = wire.until("<iq[^>]*/>|</iq>")
        assert re.search("type=['\"]result['\"]", answer)


@pytest.mark.parametrize(
    ("part", "features"),
    [
        ("alice@localhost", ["pubsub#publish", "urn:xmpp:mam:2"]),
        ("localhost", ["http://jabber.org/protocol/commands", "urn:xmpp:carbons:2", "urn:xmpp:blocking", "vcard-temp"]),
        (Server.muc_domain, ["http://jabber.org/protocol/muc", "urn:xmpp:mam:2", "vcard-temp"]),
        (Server.pubsub_domain, ["pubsub#create-nodes", "pubsub#retrieve-items"]),
        (Server.upload_domain, ["urn:xmpp:http:upload:0", f"<value>{Server.upload_limit}</value>"]),
    ],
)
def test_services(server: Server, part: str, features: Sequence[str]) -> None:
    with _session(server) as wire:
        wire.send(f"<iq type='get' id='q' to='{part}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
        answer = wire.until("</iq>")
        assert [feature for feature in features if feature not in answer] == []


def test_accounts_are_made_by_whoever_connects_at_one_host_only(server: Server) -> None:
    for domain, offered in ((server.register_domain, True), (server.domain, False)):
        wire, features = starttls(server, domain)
        with wire:
            assert ("http://jabber.org/features/iq-register" in features) is offered


def test_a_server_that_stops_closes_the_streams(server: Server) -> None:
    with _session(server) as wire:
        server.stop()
        assert "<system-shutdown" in wire.to_the_end()
    assert not any(accepts(port) for port in server.ports)


def test_a_server_may_close_all_streams_and_stay(server: Server) -> None:
    with _session(server, "alice") as alice, _session(server, "bob") as bob:
        server.close_all()
        for wire in (alice, bob):
            wire.until("</stream:stream>")
            wire.send("</stream:stream>")
            assert wire.to_the_end() == ""
    _session(server).socket.close()


def test_a_server_that_is_killed_says_nothing(server: Server) -> None:
    with _session(server) as wire:
        server.kill()
        assert "<stream:error" not in wire.to_the_end()
    assert not server.running


def test_it_starts_again_with_accounts_and_ports(server: Server) -> None:
    ports = server.ports
    server.restart()
    assert server.ports == ports
    _session(server).socket.close()


def test_the_version_is_stated(server: Server) -> None:
    assert re.match(r"\d+\.\d+", server.version)


# --- the helpers ----------------------------------------------------------------------------------------


def _sleeper(directory: Path) -> ServerProcess:
    """A shell, which ignores SIGTERM, and its child."""
    script = f"trap '' TERM; sleep 1000 & echo $! > {directory}/child; wait; wait"
    return ServerProcess(("/bin/sh", "-c", script), {"PATH": os.defpath}, directory, directory / "log")


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _child(directory: Path) -> int:
    file = directory / "child"
    assert wait_until(lambda: file.is_file() and file.read_text().strip() != "", SOON)
    return int(file.read_text())


def test_stopping_ends_the_whole_group(tmp_path: Path) -> None:
    process = _sleeper(tmp_path)
    child = _child(tmp_path)
    process.stop(timeout=0.1)
    assert not process.running
    assert wait_until(lambda: not _alive(child), SOON)
    process.stop()
    process.kill()


def test_a_server_does_not_outlive_a_session_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from servers.process import ServerProcess\n"
        "directory = Path(sys.argv[2])\n"
        "kept = ServerProcess(('/bin/sleep', '1000'), {}, directory, directory / 'log')\n"
        "(directory / 'child').write_text(str(kept.group))\n"
        "time.sleep(1000)\n"
    )
    folder = str(Path(__file__).parent)
    session = subprocess.Popen((sys.executable, "-c", program, folder, str(tmp_path)))
    pid = _child(tmp_path)
    assert _alive(pid)
    session.send_signal(signal.SIGKILL)
    session.wait(TIMEOUT)
    assert wait_until(lambda: not _alive(pid), SOON)


def test_a_server_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    class Broken(Prosody):
        def _command(self) -> Sequence[str]:
            return ("/bin/sh", "-c", "echo no such option; exit 1")

    server = Broken(tmp_path, tmp_path / "authority")
    with pytest.raises(ServerDidNotStart, match=r"^Prosody in .* did not start:\nno such option\n$"):
        server.create()
    assert not server.running


def test_an_account_exists_once(server: Server) -> None:
    with pytest.raises(ValueError, match="already"):
        server.add_user("alice", "another")
    assert server.users["alice"] == USERS["alice"]


def test_ports_are_free_and_different() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert not any(accepts(port) for port in ports)


def test_servers_of_one_session_share_their_authority(tmp_path: Path) -> None:
    first = make_server_certificate(tmp_path / "ca", tmp_path / "one", "localhost")
    second = make_server_certificate(tmp_path / "ca", tmp_path / "two", "localhost")
    assert first.ca_file == second.ca_file
    assert first.certificate.read_bytes() != second.certificate.read_bytes()
