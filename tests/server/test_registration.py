# SPDX-License-Identifier: MIT
"""Accounts that clients make before they log in (XEP-0077 §3.1)."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.plugins.xep_0077 import Registration
from xmppkit.protocol.events import FeatureOffered
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.sasl import Credentials, SaslPolicy
from xmppkit.server import ServerLimits
from xmppkit.stanza.iq import Iq
from xmppkit.transports.certificates import client_context

QUERY = "jabber:iq:register"
FORM = "<x xmlns='jabber:x:data' type='{kind}'>{fields}</x>"
FIELD = "<field var='{name}'><value>{value}</value></field>"


class Newcomer:
    """Somebody who is asked what to do before the login."""

    def __init__(self, place: Any, name: str = "new", **options: Any) -> None:
        tls = options.pop("tls", TlsPolicy.REQUIRED)
        context = client_context(ca_certs=place.server.ca_file) if tls is TlsPolicy.REQUIRED else None
        told = StreamOptions(
            tls=tls,
            ssl_context=context,
            sasl=SaslPolicy(plain_without_tls=True, scram_without_tls=True),
            credentials=Credentials(name, "secret"),
            **options,
        )
        self.stream = ClientStream(f"{name}@localhost", told, now=asyncio.get_running_loop().time())
        self.stream.register_feature("register", order=60, tag="{http://jabber.org/features/iq-register}register")
        self.peer = place.peer(self.stream)
        self.place = place
        self.offered = asyncio.get_running_loop().create_future()
        take = self.peer._take

        def watch(event: Any) -> None:
            if isinstance(event, FeatureOffered):
                self.offered.set_result(None)
            else:
                take(event)

        self.peer.driver = AsyncioDriver(self.stream, watch)
        self._number = 0

    async def arrive(self) -> Newcomer:
        """Connect, up to where accounts can be made."""
        server = self.place.server
        await self.peer.driver.loop.create_connection(lambda: self.peer.driver, server.host, server.port)
        await asyncio.wait_for(self.offered, 60)
        return self

    async def ask(self, kind: str, payload: str) -> ET.Element:
        """The answer to a request."""
        self._number += 1
        name = f"r{self._number}"
        self.peer._waiting[name] = future = self.peer.driver.loop.create_future()
        iq = f"<iq xmlns='jabber:client' type='{kind}' id='{name}'>{payload}</iq>"
        self.stream.send_negotiation(ET.fromstring(iq))
        self.peer.driver.wake()
        return await asyncio.wait_for(future, 60)

    async def register(self, name: str, password: str) -> str:
        """The condition of the refusal; empty when there is none."""
        inside = f"<username>{name}</username><password>{password}</password>"
        return condition(await self.ask("set", f"<query xmlns='{QUERY}'>{inside}</query>"))

    async def log_in(self) -> str:
        """Go on, and log in."""
        self.stream.feature_done("register")
        self.peer.driver.wake()
        await asyncio.wait_for(asyncio.shield(self.peer._ready), 60)
        return self.peer.jid


def condition(answer: ET.Element) -> str:
    error = answer.find("{*}error")
    return "" if error is None else error[0].tag.rpartition("}")[2]


async def test_an_account(enter: Any) -> None:
    place = await enter(tls=True, allow_registration=True)
    newcomer = await Newcomer(place).arrive()
    offer = await newcomer.ask("get", f"<query xmlns='{QUERY}'/>")
    assert offer.get("from") == "localhost"
    names = [child.tag.rpartition("}")[2] for child in offer[0]]
    assert names == ["instructions", "username", "password", "x"]
    fields = offer[0].findall("{jabber:x:data}x/{jabber:x:data}field")
    assert [(each.get("var"), each.get("type")) for each in fields] == [
        ("FORM_TYPE", "hidden"),
        ("username", "text-single"),
        ("password", "text-private"),
    ]
    assert await newcomer.register("new", "secret") == ""
    assert "new@localhost" in place.server.users
    assert (await newcomer.log_in()).startswith("new@localhost/")


async def test_with_the_form(enter: Any) -> None:
    place = await enter(tls=True, allow_registration=True)
    newcomer = await Newcomer(place).arrive()
    fields = FIELD.format(name="username", value="New") + FIELD.format(name="password", value="secret")
    for kind, said in (("cancel", "not-acceptable"), ("submit", "")):
        # The fields beside a form count for nothing (§4).
        inside = "<username>other</username><password>x</password>" + FORM.format(kind=kind, fields=fields)
        assert condition(await newcomer.ask("set", f"<query xmlns='{QUERY}'>{inside}</query>")) == said
    assert "other@localhost" not in place.server.users
    assert (await newcomer.log_in()).startswith("new@localhost/")


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("", "not-acceptable"),
        ("<username>new</username>", "not-acceptable"),
        ("<username>new</username><password/>", "not-acceptable"),
        ("<username>a b</username><password>x</password>", "not-acceptable"),
        ("<username>alice</username><password>x</password>", "conflict"),
        ("<username>ALICE</username><password>x</password>", "conflict"),
        ("<remove/>", "registration-required"),
    ],
)
async def test_what_is_refused(enter: Any, inside: str, said: str) -> None:
    place = await enter(tls=True, allow_registration=True)
    newcomer = await Newcomer(place).arrive()
    before = place.server.users
    assert condition(await newcomer.ask("set", f"<query xmlns='{QUERY}'>{inside}</query>")) == said
    assert place.server.users == before
    assert await newcomer.register("new", "secret") == ""


async def test_so_many_from_one_address(enter: Any) -> None:
    place = await enter(tls=True, allow_registration=True, limits=ServerLimits(registrations=2))
    newcomer = await Newcomer(place).arrive()
    assert [await newcomer.register(f"new{number}", "secret") for number in range(3)] == ["", "", "resource-constraint"]


async def test_so_many_at_all(enter: Any) -> None:
    place = await enter(tls=True, allow_registration=True, limits=ServerLimits(accounts=1, registrations=0))
    newcomer = await Newcomer(place).arrive()
    assert [await newcomer.register(f"new{number}", "secret") for number in range(2)] == ["", "resource-constraint"]


async def test_only_where_it_is_allowed_and_over_tls(enter: Any) -> None:
    for options, tls in (({"tls": True}, TlsPolicy.REQUIRED), ({"allow_registration": True}, TlsPolicy.DISABLED)):
        place = await enter(users={"new": "secret"}, **options)
        newcomer = Newcomer(place, tls=tls)
        server = place.server
        await newcomer.peer.driver.loop.create_connection(lambda it=newcomer: it.peer.driver, server.host, server.port)
        await asyncio.wait_for(asyncio.shield(newcomer.peer._ready), 60)
        assert not newcomer.offered.done()


async def test_an_answer_to_nothing(enter: Any) -> None:
    place = await enter(tls=True, allow_registration=True)
    newcomer = await Newcomer(place).arrive()
    iq = f"<iq xmlns='jabber:client' type='result' id='x'><query xmlns='{QUERY}'/></iq>"
    newcomer.stream.send_negotiation(ET.fromstring(iq))
    assert await newcomer.register("new", "secret") == ""


@pytest.mark.parametrize("with_form", [True, False])
async def test_by_the_plugin(enter: Any, with_form: bool) -> None:
    """xep_0077 of our client: it is told what is needed, makes the account and logs in to it, once."""
    place = await enter(tls=True, allow_registration=True)
    client: Any = ClientXMPP("new@localhost", "secret")
    client.ca_certs, client.custom_address = str(place.server.ca_file), (place.server.host, place.server.port)
    client.auto_reconnect = False
    client.register_plugin("xep_0077")
    told: list[Registration] = []

    async def register(offer: Iq) -> None:
        wanted = Registration.of(offer)
        told.append(wanted)
        if not with_form:
            query = offer.xml[0]
            query.remove(query[-1])
        await client.plugin["xep_0077"].register({"username": "new", "password": "secret"}, offer=offer)

    client.add_event_handler("register", register)
    for _ in range(2):
        async with asyncio.timeout(60), client:
            assert client.boundjid.bare == "new@localhost"
    [wanted] = told
    assert set(wanted.fields) == {"username", "password"}
    assert wanted.form is not None
