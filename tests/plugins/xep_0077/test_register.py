# SPDX-License-Identifier: MIT
"""In-Band Registration: before login at a server that follows a script, and between stations."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from scripted_server import Script, make_client

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import InvalidForm, InvalidValue, IqError, StreamErrorReceived, XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0077 import Register, Registration, RegistrationElsewhere
from xmppkit.stanza.iq import Iq
from xmppkit.storage.memory import MemoryStorage
from xmppkit.testing import clock
from xmppkit.testing.wire import Wire

NS = "jabber:iq:register"
ROMEO = "romeo@montague.lit/home"
GATEWAY = "gateway.lit"
FEATURE = "<register xmlns='http://jabber.org/features/iq-register'/>"
FORM = (
    f"<query xmlns='{NS}'><x xmlns='jabber:x:data' type='form'><field type='hidden' var='FORM_TYPE'>"
    f"<value>{NS}:changepassword</value></field><field type='text-private' var='old_password'><required/></field>"
    "<field type='text-private' var='password'><required/></field></x></query>"
)


# --- before login ---------------------------------------------------------------------------------------------


class Accounts:
    """A server's answers to who wants to register."""

    def __init__(self, script: Script) -> None:
        script.passwords.clear()
        script.answer = self.answer
        self.script = script
        self.refuse = False

    def answer(self, element: ET.Element) -> str:
        query = element.find(f"{{{NS}}}query")
        if query is None:
            return ""
        about = f"id='{element.get('id')}' from='localhost'"
        if self.refuse:
            error = "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            return f"<iq type='error' {about}><error type='cancel'>{error}</error></iq>"
        if element.get("type") == "get":
            return f"<iq type='result' {about}><query xmlns='{NS}'><username/><password/></query></iq>"
        self.script.passwords.add(query.findtext(f"{{{NS}}}password") or "")
        return f"<iq type='result' {about}/>"


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def accounts(script: Script) -> Accounts:
    return Accounts(script)


@pytest.fixture
def client(script: Script) -> ClientXMPP:
    client = make_client(script)
    client.register_plugin("xep_0077")
    return client


def registering(client: ClientXMPP, *, told: list[Iq] | None = None) -> None:
    """Let `client` register its account when it is asked."""

    async def register(offer: Iq) -> None:
        if told is not None:
            told.append(offer)
        values = {"username": client.requested_jid.local, "password": client.password}
        await client.plugin["xep_0077"].register(values, offer=offer)

    client.add_event_handler("register", register)


def log_in(client: ClientXMPP, times: int = 1) -> bool:
    """Whether that works."""

    async def main() -> bool:
        try:
            for _ in range(times):
                async with asyncio.timeout(200), client:
                    assert client.sessionstarted
        except Exception:
            return False
        return True

    return bool(clock.run(main()))


def test_an_account_is_made_and_logged_in_to(accounts: Accounts, client: ClientXMPP, script: Script) -> None:
    """XEP-0077 §3.1.1"""
    script.first = FEATURE
    told: list[Iq] = []
    registering(client, told=told)
    assert log_in(client, 2)
    assert len(told) == 1  # the account is there now
    assert script.passwords == {"secret"}
    assert [element.get("to") for element in script.heard] == ["localhost", "localhost"]


@pytest.mark.parametrize("forced", [True, False])
def test_a_server_that_announces_nothing(accounts: Accounts, client: ClientXMPP, forced: bool) -> None:
    client.plugin["xep_0077"].force_registration = forced
    registering(client)
    assert log_in(client) is forced


def test_a_password_is_not_shown_without_tls(
    accounts: Accounts, client: ClientXMPP, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    script.first = FEATURE
    client.plugin["feature_mechanisms"].unencrypted_plain = False
    told: list[Iq] = []
    registering(client, told=told)
    assert not log_in(client)
    assert told == []
    assert script.passwords == set()
    assert "no account is made at localhost: its password would be shown without TLS" in caplog.text


def test_nobody_wants_an_account(accounts: Accounts, client: ClientXMPP, script: Script) -> None:
    script.first = FEATURE
    script.passwords.add("secret")
    assert log_in(client)
    client.plugin["xep_0077"].create_account = False
    registering(client)
    assert log_in(client)
    assert script.heard == []


def test_the_server_refuses(accounts: Accounts, client: ClientXMPP, script: Script) -> None:
    script.first = FEATURE
    script.passwords.add("secret")
    accounts.refuse = True
    told: list[Iq] = []
    registering(client, told=told)
    assert log_in(client)
    assert told == []


def test_passwords_are_not_logged(
    accounts: Accounts, client: ClientXMPP, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script.first = FEATURE
    client.password = "geheim17"
    registering(client)
    assert log_in(client)
    assert script.passwords == {"geheim17"}
    assert NS in caplog.text
    assert "geheim17" not in caplog.text


# --- as a user ------------------------------------------------------------------------------------------------


@pytest.fixture
async def at_home() -> Any:
    """A client in a session, and its wire."""
    client = ClientXMPP(ROMEO, "old")
    client.auto_reconnect = False
    client.register_plugin("xep_0077")
    wire = Wire(client, ROMEO)
    yield client, wire
    await wire.end()


async def asked(wire: Wire) -> ET.Element:
    """The one stanza that was sent."""
    [found] = await wire.stanzas()
    return found


def answered(iq: ET.Element, inside: str = "", kind: str = "result") -> str:
    sender = iq.get("to", "romeo@montague.lit")
    return f"<iq type='{kind}' id='{iq.get('id')}' from='{sender}' to='{ROMEO}'>{inside}</iq>"


async def test_the_password_is_changed(at_home: Any) -> None:
    client, wire = at_home
    done = client.plugin["xep_0077"].change_password("new")
    iq = await asked(wire)
    assert iq.get("to") == "montague.lit"
    assert iq[0].findtext(f"{{{NS}}}username") == "romeo"
    assert iq[0].findtext(f"{{{NS}}}password") == "new"
    assert client.password == "old"
    wire.receive(answered(iq))
    await done
    await asyncio.sleep(0)
    assert client.password == "new"
    with pytest.raises(InvalidValue, match="empty"):
        client.plugin["xep_0077"].change_password("")


async def test_the_password_is_not_changed(at_home: Any) -> None:
    client, wire = at_home
    refusal = "<error type='modify'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    done = client.plugin["xep_0077"].change_password("new")
    wire.receive(answered(await asked(wire), FORM + refusal, "error"))
    with pytest.raises(IqError) as caught:
        await done
    # the form in the error asks for more
    values = {"old_password": "old", "password": "new"}
    more = asyncio.ensure_future(client.plugin["xep_0077"].register(values, offer=caught.value.iq))
    iq = await asked(wire)
    form = Register(iq[0]).form
    assert form is not None
    assert form.form_type == f"{NS}:changepassword"
    assert form.values_ == {"FORM_TYPE": f"{NS}:changepassword", **values}
    wire.receive(answered(iq))
    await more
    assert client.password == "new"


async def test_the_password_of_a_service(at_home: Any) -> None:
    client, wire = at_home
    done = client.plugin["xep_0077"].change_password("new", GATEWAY)
    iq = await asked(wire)
    wire.receive(answered(iq))
    await done
    assert client.password == "old"


async def test_the_account_is_deleted(at_home: Any) -> None:
    client, wire = at_home
    done = client.plugin["xep_0077"].cancel_registration()
    iq = await asked(wire)
    assert iq.get("to") is None
    assert [child.tag for child in iq[0]] == [f"{{{NS}}}remove"]
    wire.receive(answered(iq))
    assert (await done)["type"] == "result"


@pytest.mark.parametrize(
    ("condition", "text", "gone"),
    [
        ("not-authorized", "", True),
        ("conflict", "User removed", True),
        ("conflict", "Replaced by new connection", False),
        ("system-shutdown", "", False),
    ],
)
async def test_the_stream_ends_with_the_account(at_home: Any, condition: str, text: str, gone: bool) -> None:
    """XEP-0077 §3.2"""
    client, wire = at_home
    told: list[Iq] = []
    done = client.plugin["xep_0077"].cancel_registration(callback=told.append)
    await asked(wire)
    namespace = "urn:ietf:params:xml:ns:xmpp-streams"
    wire.receive(
        f"<stream:error xmlns:stream='http://etherx.jabber.org/streams'><{condition} xmlns='{namespace}'/>"
        f"<text xmlns='{namespace}'>{text}</text></stream:error>"
    )
    if gone:
        answer = await done
        assert answer["type"] == "result"
        assert told == [answer]
    else:
        with pytest.raises(StreamErrorReceived):
            await done


# --- as a component -------------------------------------------------------------------------------------------


@pytest.fixture
def stations(network: Any) -> tuple[Any, Any]:
    return network.join(ROMEO, "xep_0030", "xep_0077"), network.join(GATEWAY, "xep_0030", "xep_0077", component=True)


async def condition(request: Any) -> str:
    with pytest.raises(XMPPError) as caught:
        await request
    return caught.value.condition


def happened(station: Any, name: str) -> list[Iq]:
    told: list[Iq] = []
    station.add_event_handler(name, told.append)
    return told


async def test_somebody_registers_and_leaves(stations: tuple[Any, Any], network: Any) -> None:
    romeo, gateway = stations
    plugin = romeo.plugin["xep_0077"]
    joined, left = happened(gateway, "user_register"), happened(gateway, "user_unregister")
    offer = Registration.of(await plugin.get_registration(GATEWAY))
    assert offer == Registration(False, "Enter your credentials", {"password": "", "username": ""}, None, "")
    await plugin.register({"username": "romeo", "password": "R0m30"}, GATEWAY)
    assert [iq["from"] for iq in joined] == [ROMEO]
    assert joined[0]["register"]["password"] == "R0m30"
    offer = Registration.of(await plugin.get_registration(GATEWAY))
    assert (offer.registered, offer.fields) == (True, {"password": "", "username": "romeo"})
    network.sent.clear()
    await plugin.change_password("new", GATEWAY)
    assert len(joined) == 2
    await plugin.cancel_registration(GATEWAY)
    assert [iq["from"] for iq in left] == [ROMEO]
    assert await condition(plugin.cancel_registration(GATEWAY)) == "registration-required"
    assert not (Registration.of(await plugin.get_registration(GATEWAY))).registered


async def test_spoof_nobody_is_told_of_others(stations: tuple[Any, Any], network: Any) -> None:
    """Who asks is told by the address that the server has stamped, and by nothing else."""
    romeo, _ = stations
    await romeo.plugin["xep_0077"].register({"username": "romeo", "password": "R0m30"}, GATEWAY)
    tybalt = network.join("tybalt@capulet.lit/x", "xep_0077")
    plugin = tybalt.plugin["xep_0077"]
    assert not Registration.of(await plugin.get_registration(GATEWAY, ifrom=ROMEO)).registered
    assert await condition(plugin.cancel_registration(GATEWAY, ifrom=ROMEO)) == "registration-required"
    await plugin.register({"username": "romeo", "password": "x"}, GATEWAY)
    assert Registration.of(await romeo.plugin["xep_0077"].get_registration(GATEWAY)).registered


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", "not-acceptable"),
        ("<username>a</username>", "not-acceptable"),
        ("<username>a</username><password/>", "not-acceptable"),
        ("<username>a</username><password>" + "x" * 2000 + "</password>", "not-acceptable"),
        ("<remove/><username>a</username>", "bad-request"),
        ("<remove/>", "registration-required"),
        ("<x xmlns='jabber:x:data' type='submit'/>", "not-acceptable"),
        ("<x xmlns='jabber:x:data' type='submit'><field var='username'/></x>", "not-acceptable"),
    ],
)
async def test_requests_that_will_not_do(
    stations: tuple[Any, Any], network: Any, inside: str, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, gateway = stations
    told = happened(gateway, "user_register") + happened(gateway, "user_unregister")
    gateway.take(f"<iq type='set' id='1' from='{ROMEO}' to='{GATEWAY}'><query xmlns='{NS}'>{inside}</query></iq>")
    await gateway.settle()
    assert f"<{expected}" in network.sent[-1]
    assert "<username>" not in network.sent[-1]  # what was sent does not go back
    assert told == gateway.faults == []


async def test_a_form_is_an_answer_too(stations: tuple[Any, Any], network: Any) -> None:
    _, gateway = stations
    fields = "".join(f"<field var='{name}'><value>{name}!</value></field>" for name in ("username", "password"))
    form = f"<x xmlns='jabber:x:data' type='submit'>{fields}</x>"
    gateway.take(f"<iq type='set' id='1' from='{ROMEO}' to='{GATEWAY}'><query xmlns='{NS}'>{form}</query></iq>")
    await gateway.settle()
    assert "result" in network.sent[-1]
    found = await gateway.plugin["xep_0077"].api["user_get"](None, None, JID(ROMEO), None)
    assert found == {"username": "username!", "password": "password!"}


async def test_other_fields(stations: tuple[Any, Any]) -> None:
    romeo, gateway = stations
    gateway.plugin["xep_0077"].form_fields = {"email", "nick"}
    gateway.plugin["xep_0077"].form_instructions = "Say who you are."
    plugin = romeo.plugin["xep_0077"]
    offer = Registration.of(await plugin.get_registration(GATEWAY))
    assert (offer.instructions, offer.fields) == ("Say who you are.", {"email": "", "nick": ""})
    with pytest.raises(InvalidForm, match="nick: an answer is required"):
        await plugin.register({"email": "r@montague.lit"}, GATEWAY)
    await plugin.register({"email": "r@montague.lit", "nick": "R"}, GATEWAY)
    offer = Registration.of(await plugin.get_registration(GATEWAY))
    assert offer.fields == {"email": "r@montague.lit", "nick": "R"}


async def test_what_is_not_said_anew_stays(stations: tuple[Any, Any], network: Any) -> None:
    """XEP-0077 §3.3: whoever changes the password says nothing else."""
    romeo, gateway = stations
    gateway.plugin["xep_0077"].form_fields = {"email", "password", "username"}
    plugin = romeo.plugin["xep_0077"]
    assert await condition(plugin.change_password("new", GATEWAY)) == "not-acceptable"
    known = {"email": "r@montague.lit", "username": "romeo"}
    await plugin.register({**known, "password": "R0m30"}, GATEWAY)
    await plugin.change_password("new", GATEWAY)
    found = await gateway.plugin["xep_0077"].api["user_get"](None, None, JID(ROMEO), None)
    assert found == {**known, "password": "new"}
    gateway.take(f"<iq type='set' id='1' from='{ROMEO}' to='{GATEWAY}'><query xmlns='{NS}'/></iq>")
    await gateway.settle()
    assert "<not-acceptable" in network.sent[-1], "nothing was said"


async def test_the_program_decides(stations: tuple[Any, Any]) -> None:
    romeo, gateway = stations
    provider, plugin = gateway.plugin["xep_0077"], romeo.plugin["xep_0077"]

    def validate(jid: Any, node: Any, ifrom: Any, args: Register) -> None:
        raise ValueError("only Capulets")

    async def form(jid: Any, node: Any, ifrom: Any, args: Iq) -> Iq:
        answer = args.reply()
        answer["register"]["instructions"] = "Visit us"
        answer["register"]["oob"]["url"] = "https://gateway.lit/"
        return answer

    provider.api.register(validate, "user_validate")
    with pytest.raises(IqError) as caught:
        await plugin.register({"username": "a", "password": "b"}, GATEWAY)
    assert (caught.value.condition, caught.value.text) == ("not-acceptable", "only Capulets")
    provider.api.register(form, "make_registration_form")
    with pytest.raises(RegistrationElsewhere) as elsewhere:
        await plugin.register({"username": "a", "password": "b"}, GATEWAY)
    assert elsewhere.value.url == "https://gateway.lit/"


async def test_users_are_kept_in_the_storage(network: Any) -> None:
    romeo = network.join(ROMEO, "xep_0077")
    storage = MemoryStorage()
    gateway = network.join(GATEWAY, "xep_0077", component=True)
    gateway.use_storage(storage)
    await romeo.plugin["xep_0077"].register({"username": "a", "password": "b"}, GATEWAY)
    again = network.join(GATEWAY, "xep_0077", component=True)
    again.use_storage(storage)
    offer = Registration.of(await romeo.plugin["xep_0077"].get_registration(GATEWAY))
    assert offer.registered


async def test_clients_register_nobody(stations: tuple[Any, Any], network: Any) -> None:
    romeo, gateway = stations
    juliet = network.join("juliet@capulet.lit/x", "xep_0030", "xep_0077")
    plugin: Callable[..., Any] = romeo.plugin["xep_0077"].get_registration
    assert await condition(plugin("juliet@capulet.lit/x")) == "service-unavailable"
    assert await condition(romeo.plugin["xep_0077"].cancel_registration("juliet@capulet.lit/x")) == (
        "service-unavailable"
    )
    disco = romeo.plugin["xep_0030"]
    assert not await disco.supports(juliet.boundjid, feature=NS)
    assert await disco.supports(GATEWAY, feature=NS)
    gateway.plugin.disable("xep_0077")
    assert not await disco.supports(GATEWAY, feature=NS, cached=False)
    assert await condition(plugin(GATEWAY)) == "feature-not-implemented"
    assert await condition(gateway.plugin["xep_0030"].get_info(GATEWAY, node="x", local=True)) == "item-not-found"


async def test_a_component_cancels_elsewhere(network: Any) -> None:
    gateway, other = (network.join(jid, "xep_0077", component=True) for jid in (GATEWAY, "other.lit"))
    await gateway.plugin["xep_0077"].register({"username": "a", "password": "b"}, "other.lit", ifrom="x@gateway.lit")
    await gateway.plugin["xep_0077"].cancel_registration("other.lit", "x@gateway.lit")
    assert other.faults == []
