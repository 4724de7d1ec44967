# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.sessions`: how clients and components come in, and what ends their streams."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.exceptions import AuthenticationFailed, NegotiationFailed, RemoteError, StreamErrorReceived, TLSRequired
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.server import ServerLimits
from xmppkit.transports.certificates import client_context

PING = "<ping xmlns='urn:xmpp:ping'/>"
PLAIN = SaslPolicy(allowed=("PLAIN",), plain_without_tls=True)
ALICE = Credentials("alice", "alice")


def secure(place: Any, *mechanisms: str, policy: TlsPolicy = TlsPolicy.REQUIRED) -> dict[str, Any]:
    """Options of a client that uses TLS."""
    context = client_context(ca_certs=place.server.ca_file)
    return {"tls": policy, "ssl_context": context, "sasl": SaslPolicy(allowed=mechanisms or None)}


# --- clients ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"])
async def test_mechanisms_over_tls(enter: Any, mechanism: str) -> None:
    place = await enter(tls=True)
    alice = await place.login("alice", "a", **secure(place, mechanism))
    assert alice.stream.secure
    assert alice.jid == "alice@localhost/a"
    assert (await alice.ask(PING)).get("type") == "result"


async def test_direct_tls(enter: Any) -> None:
    place = await enter(tls=True)
    alice = await place.login("alice", "a", **secure(place, policy=TlsPolicy.DIRECT))
    info = alice.stream.tls_info
    assert info is not None
    assert info.version == "TLSv1.3"
    assert (await alice.ask(PING)).get("type") == "result"


async def test_tls_is_required(enter: Any) -> None:
    place = await enter(tls=True)
    with pytest.raises(TLSRequired):
        await place.login("alice")


async def test_without_tls_none_is_offered(place: Any) -> None:
    with pytest.raises(TLSRequired):
        await place.login("alice", tls=TlsPolicy.REQUIRED, ssl_context=client_context())
    alice = await place.login("alice", sasl=SaslPolicy(allowed=("SCRAM-SHA-256",), scram_without_tls=True))
    assert not alice.stream.secure


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "PLAIN"])
@pytest.mark.parametrize("name", ["alice", "nobody", "a b", "alice/x"])
async def test_who_it_is_not(place: Any, mechanism: str, name: str) -> None:
    policy = SaslPolicy(allowed=(mechanism,), plain_without_tls=True, scram_without_tls=True)
    with pytest.raises(AuthenticationFailed, match="not-authorized"):
        await place.login("alice", credentials=Credentials(name, "wrong"), sasl=policy)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "PLAIN"])
async def test_a_name_is_taken_as_addresses_have_it(place: Any, mechanism: str) -> None:
    policy = SaslPolicy(allowed=(mechanism,), plain_without_tls=True, scram_without_tls=True)
    alice = await place.login("alice", "a", credentials=Credentials("ALICE", "alice"), sasl=policy)
    assert alice.jid == "alice@localhost/a"


async def test_a_resource_is_chosen_for_who_names_none(place: Any) -> None:
    one, two = await place.login("alice"), await place.login("alice")
    assert one.stream.jid.resource
    assert two.stream.jid.resource not in ("", one.stream.jid.resource)


async def test_the_new_one_takes_over(place: Any, tools: Any) -> None:
    old = await place.login("alice", "a", presence="<presence/>")
    other = await place.login("alice", "b", presence="<presence/>")
    new = await place.login("alice", "a")
    ended = await old.closed()
    assert isinstance(ended.error, StreamErrorReceived)
    assert "conflict" in str(ended.error)
    await tools.settle(new, other)
    assert other.brief() == ["presence[unavailable] alice@localhost/a"]
    assert sorted(jid.full for jid in place.server.sessions) == ["alice@localhost/a", "alice@localhost/b"]
    new.send("<message to='alice@localhost/a'><body>still here</body></message>")
    await new.ping()
    assert new.brief() == ["message alice@localhost/a still here"]


async def test_a_resource_that_cannot_be(place: Any) -> None:
    """A client's own address could not have it, so it asks in another way."""
    loop = asyncio.get_running_loop()
    options = StreamOptions(tls=TlsPolicy.DISABLED, sasl=PLAIN, credentials=ALICE, resource="x" * 1024)
    peer = place.peer(ClientStream("alice@localhost", options, now=loop.time()))
    with pytest.raises(NegotiationFailed, match="bad-request"):
        await peer.connect(place.server.host, place.server.port)
    assert (await place.login("alice", "after")).jid == "alice@localhost/after"


async def test_too_many_resources(enter: Any) -> None:
    place = await enter(limits=ServerLimits(resources=2))
    await place.login("alice", "a")
    await place.login("alice", "b")
    with pytest.raises(NegotiationFailed, match="resource-constraint"):
        await place.login("alice", "c")
    await place.login("alice", "b")  # in place of another
    await place.login("bob", "c")


async def test_who_does_not_read_is_cut_off(enter: Any) -> None:
    place = await enter(limits=ServerLimits(unsent_bytes=100_000))
    bob = await place.login("bob", "b")
    bob.driver.pause_reading()
    alice = await place.login("alice", "a")
    text = f"<message to='bob@localhost/b'><body>{'x' * 60_000}</body></message>"
    async with asyncio.timeout(60):
        while bob.jid in (jid.full for jid in place.server.sessions):
            alice.send(text)
            await alice.ping()
    bob.driver.resume_reading()
    assert (await bob.closed()).error is not None
    # Whoever writes to it is told, in the end.
    assert {each.rpartition(" ")[2] for each in alice.brief()} <= {"service-unavailable"}


async def test_closing_in_order(place: Any) -> None:
    alice = await place.login("alice", "a")
    assert [repr(each) for each in place.server._router.all_sessions()] == ["<ClientSession alice@localhost/a>"]
    alice.driver.close()
    ended = await alice.closed()
    assert (ended.error, ended.reason) == (None, "closed")
    assert place.server.sessions == []


# --- components ---------------------------------------------------------------------------------------------


async def test_a_component_and_a_client(place: Any, tools: Any) -> None:
    component = await place.component("echo.localhost")
    alice = await place.login("alice", "a")
    forwarded = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'/></forwarded>"
    alice.send(f"<message to='any@echo.localhost/where'><body>hello</body>{forwarded}</message>")
    await tools.settle(alice, component)
    (got,) = component.take()
    assert tools.brief(got) == "message alice@localhost/a hello"
    assert [each.tag for each in got.iter()] == [
        "{jabber:component:accept}message",
        "{jabber:component:accept}body",
        "{urn:xmpp:forward:0}forwarded",
        "{jabber:client}message",
    ]
    component.send("<message from='any@echo.localhost/where' to='alice@localhost/a'><body>hi</body></message>")
    component.send("<message to='alice@localhost/a'><body>the service</body></message>")
    await tools.settle(component, alice)
    one, two = alice.take()
    assert tools.brief(one) == "message any@echo.localhost/where hi"
    assert tools.brief(two) == "message echo.localhost the service"
    assert [each.tag for each in one.iter()] == ["{jabber:client}message", "{jabber:client}body"]


async def test_questions_go_both_ways(place: Any, tools: Any) -> None:
    component = await place.component("echo.localhost")
    alice = await place.login("alice", "a")
    alice.send("<iq to='echo.localhost' type='get' id='1'><q xmlns='x'/></iq>")
    await tools.settle(alice, component)
    assert component.brief() == ["iq[get] alice@localhost/a"]
    component.send("<iq from='echo.localhost' to='alice@localhost/a' type='result' id='1'/>")
    component.send("<iq from='y@echo.localhost' to='alice@localhost/a' type='get' id='2'><q xmlns='x'/></iq>")
    await tools.settle(component, alice)
    assert alice.brief() == ["iq[result] echo.localhost", "iq[get] y@echo.localhost"]
    answer = await component.ask("<q xmlns='x'/>", to="bob@localhost/gone")
    assert tools.brief(answer) == "iq[error] bob@localhost/gone service-unavailable"


async def test_components_and_each_other(enter: Any, tools: Any) -> None:
    place = await enter(components={"one.localhost": "shared", "two.localhost": "shared"})
    one, two = await place.component("one.localhost"), await place.component("two.localhost")
    one.send("<message to='x@two.localhost'><body>hello</body></message>")
    one.send("<message to='x@one.localhost'><body>to myself</body></message>")
    await tools.settle(one, two)
    assert two.brief() == ["message one.localhost hello"]
    assert one.brief() == ["message one.localhost to myself"]


async def test_a_component_that_is_not_connected(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    alice.send("<message to='x@echo.localhost'><body>hello</body></message>", "<presence to='x@echo.localhost'/>")
    assert tools.brief(await alice.ask(PING, to="echo.localhost")) == "iq[error] echo.localhost service-unavailable"
    assert alice.brief() == ["message[error] x@echo.localhost service-unavailable"]
    component = await place.component("echo.localhost")
    await component.leave()
    assert tools.brief(await alice.ask(PING, to="echo.localhost")) == "iq[error] echo.localhost service-unavailable"


async def test_a_component_says_nothing_to_nobody(place: Any) -> None:
    component = await place.component("echo.localhost")
    component.send("<message><body>hello</body></message>", "<presence/>")
    await component.ping()
    assert component.brief() == ["message[error] bad-request", "presence[error] bad-request"]


@pytest.mark.parametrize("sender", ["alice@localhost", "localhost", "x@echo.localhost.evil.test", "@"])
async def test_a_component_speaks_for_its_domain_only(place: Any, tools: Any, sender: str) -> None:
    component = await place.component("echo.localhost")
    bob = await place.login("bob", "b")
    component.send(f"<message from='{sender}' to='bob@localhost/b'><body>hello</body></message>")
    ended = await component.closed()
    assert "invalid-from" in str(ended.error)
    await bob.ping()
    assert bob.brief() == []


async def test_a_wrong_secret(place: Any) -> None:
    with pytest.raises(RemoteError, match="not-authorized"):
        await place.component("echo.localhost", "wrong")


async def test_an_unknown_component(place: Any) -> None:
    with pytest.raises(RemoteError, match="host-unknown"):
        await place.component("other.localhost")


async def test_the_second_component_takes_over(place: Any, tools: Any) -> None:
    old, new = await place.component("echo.localhost"), await place.component("echo.localhost")
    assert "conflict" in str((await old.closed()).error)
    alice = await place.login("alice", "a")
    alice.send("<message to='echo.localhost'><body>hello</body></message>")
    await tools.settle(alice, new)
    assert new.brief() == ["message alice@localhost/a hello"]
