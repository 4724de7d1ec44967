# SPDX-License-Identifier: MIT
"""Group A, places: a server that has a true certificate sends us to somebody with a true one of another name.

Each test is named after its entry; the first sentence of its docstring is what docs/security.md says of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest
from attacker import SECRET

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.drivers.asyncio import AsyncioDriver
from xmppkit.exceptions import TLSFailed
from xmppkit.protocol.events import AccountNeeded, Event, Negotiated, StreamEnded
from xmppkit.protocol.management import ManagementOptions
from xmppkit.protocol.options import StreamOptions
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact
from xmppkit.protocol.stream_errors import ERROR_TAG
from xmppkit.sasl import AccountRecord
from xmppkit.stanza.base import StanzaBase
from xmppkit.testing import clock
from xmppkit.testing.pair import Answers
from xmppkit.transports import certificates
from xmppkit.transports.memory import MemoryConnector
from xmppkit.xml import names

Reported = Event | StanzaBase
EVIL = ("evil.example", 5222)


class Places:
    """A server of ``home.example``, and one at ``evil.example`` that says to be that; each has a certificate that is
    true for the name of the machine.

    :ivar heard: what the evil one's streams have reported.
    :ivar ended: it is told when one of those is over.
    """

    def __init__(self, directory: Path, **home: Any) -> None:
        self.authority = certificates.make_authority(directory)
        self._home = self._options("home.example", **home)
        self._evil = self._options("evil.example")
        self._answers = Answers(accounts={"alice": AccountRecord(SECRET)})
        self.visits = 0
        self.heard: list[Reported] = []
        self.evil: list[ReceiverStream] = []
        self.ended = asyncio.Event()

    def _options(self, name: str, **more: Any) -> StreamOptions:
        files = certificates.make_certificate(self.authority, self.authority.files.certificate.parent, name)
        context = certificates.server_context(files.certificate, files.key)
        return StreamOptions(domain="home.example", ssl_context=context, **more)

    def connector(self, at_home: Callable[[AsyncioDriver, Reported], object]) -> MemoryConnector:
        """The way to both.

        :param at_home: called with what a stream of the first one reports.
        """
        now = asyncio.get_running_loop().time

        def home() -> AsyncioDriver:
            self.visits += 1

            def take(event: Reported) -> None:
                self._answers(driver.stream, event)
                at_home(driver, event)

            driver = AsyncioDriver(ReceiverStream(self._home, now=now()), take)
            return driver

        def evil() -> AsyncioDriver:
            self.evil.append(ReceiverStream(self._evil, now=now()))

            def take(event: Reported) -> None:
                self.heard.append(event)
                if isinstance(event, StreamEnded):
                    self.ended.set()

            return AsyncioDriver(self.evil[-1], take)

        return MemoryConnector({("home.example", 5222): home, EVIL: evil})

    def program(self, at_home: Callable[[AsyncioDriver, Reported], object]) -> ClientXMPP:
        """One that knows the first place and trusts the authority of both."""
        program = ClientXMPP("alice@home.example", SECRET)
        program.ca_certs = self.authority.ca_file
        program.transport_connector = self.connector(at_home)
        program.custom_address = ("home.example", 5222)
        return program

    def learned_nothing(self) -> bool:
        """Whether the evil one has seen the handshake of TLS fail, and nothing of a login or of a session."""
        (end,) = [event for event in self.heard if isinstance(event, StreamEnded)]
        return (
            isinstance(end.error, TLSFailed)
            and Fact.SECURE not in self.evil[0].facts
            and not any(isinstance(event, AccountNeeded) for event in self.heard)
        )


def test_a05_redirected_over_tls(tmp_path: Path) -> None:
    """Over TLS it is followed, and the other host must have a certificate for the domain of the JID: one for its own
    name, however true, is not enough, and it sees nothing of the login."""

    async def main() -> None:
        places = Places(tmp_path)

        def sends_away(driver: AsyncioDriver, event: Reported) -> None:
            if isinstance(event, AccountNeeded):
                error = Element(ERROR_TAG)
                SubElement(error, names.clark(names.STREAM_ERRORS, "see-other-host")).text = "evil.example:5222"
                driver.stream.write(error)
                driver.stream.close()

        program = places.program(sends_away)
        wrong: list[Any] = []
        program.add_event_handler("ssl_invalid_cert", wrong.append)
        program.connect()
        async with asyncio.timeout(60):
            await places.ended.wait()
        assert program.custom_address == EVIL
        program.auto_reconnect = False
        program.cancel_connection_attempt()
        program.abort()
        assert places.visits == 1
        assert places.learned_nothing()

    clock.run(main())


def test_a24_the_place_of_a_session(tmp_path: Path) -> None:
    """Where a server says that its session is to go on (`location`, XEP-0198), the certificate must be the domain's as
    well, before the id of the session is shown."""

    async def main() -> None:
        places = Places(tmp_path, management=ManagementOptions(location="evil.example:5222"))
        enabled = asyncio.Event()

        def breaks(driver: AsyncioDriver, event: Reported) -> None:
            if isinstance(event, Negotiated):
                asyncio.get_running_loop().call_later(5.0, driver.abort)

        program = places.program(breaks)
        program.register_plugin("xep_0198")
        program.add_event_handler("sm_enabled", lambda _: enabled.set())
        program.connect()
        async with asyncio.timeout(60):
            await enabled.wait()
            await places.ended.wait()
        assert places.learned_nothing()
        program.auto_reconnect = False
        program.cancel_connection_attempt()
        program.abort()

    clock.run(main())


@pytest.mark.parametrize("place", ["evil.example:5222", "https://evil.example/bind", "wss://evil.example/ws"])
def test_a24_the_name_stays(place: str) -> None:
    """Wherever a server sends a client, its domain stays that of the JID."""
    program = ClientXMPP("alice@home.example", SECRET)
    assert program.lead_to(place)
    assert program.default_domain == "home.example"
