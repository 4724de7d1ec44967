# SPDX-License-Identifier: MIT
"""The stream features as plugins: they are enabled, they name their stanzas, the engine does their work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP, Limits
from xmppkit.componentxmpp import ComponentXMPP
from xmppkit.stanza import negotiation
from xmppkit.testing import clock

NAMES = ("starttls", "bind", "session", "rosterver", "preapproval", "limits", "mechanisms")


@pytest.mark.parametrize("name", NAMES)
async def test_each_is_enabled_in_a_client(name: str) -> None:
    client = ClientXMPP("alice@localhost", "secret")
    plugin = client.plugin[f"feature_{name}"]
    package = import_module(f"xmppkit.features.feature_{name}")
    module = import_module(f"xmppkit.features.feature_{name}.{name}")
    (cls,) = module.__all__
    assert type(plugin) is getattr(package, cls) is getattr(module, cls)
    assert plugin.name == f"feature_{name}"
    assert plugin.description
    assert plugin.stanza is import_module(f"xmppkit.features.feature_{name}.stanza")


@pytest.mark.parametrize("name", NAMES)
def test_their_stanzas_are_those_of_the_engine(name: str) -> None:
    stanza = import_module(f"xmppkit.features.feature_{name}.stanza")
    package = import_module(f"xmppkit.features.feature_{name}")
    assert stanza.__all__
    for each in stanza.__all__:
        cls = getattr(stanza, each)
        assert cls.__module__.startswith(negotiation.__name__)
        assert getattr(package, each, cls) is cls


async def test_limits_are_for_clients() -> None:
    with pytest.raises(RuntimeError, match="clients"):
        ComponentXMPP("c.localhost", "x").register_plugin("feature_limits")


def test_what_the_server_announces_is_noted(script: Any, make_client: Callable[..., ClientXMPP]) -> None:
    script.then = (
        "<ver xmlns='urn:xmpp:features:rosterver'/><sub xmlns='urn:xmpp:features:pre-approval'/>"
        "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>20000</max-bytes>"
        "<idle-seconds>1800</idle-seconds></limits>"
    )
    client = make_client()

    async def main() -> None:
        assert client.features == set()
        async with asyncio.timeout(60), client:
            assert {"rosterver", "preapproval", "limits", "bind", "mechanisms"} <= client.features
            assert client.limits == Limits(20000, 1800)
        assert client.features == set()

    clock.run(main())


@pytest.mark.parametrize(("inside", "asked"), [("", True), ("<optional/>", False)])
def test_a_session_is_asked_for_where_it_must_be(
    script: Any, make_client: Callable[..., ClientXMPP], inside: str, asked: bool
) -> None:
    session = "urn:ietf:params:xml:ns:xmpp-session"
    script.then = f"<session xmlns='{session}'>{inside}</session>"
    script.answer = lambda element: f"<iq type='result' id='{element.get('id')}'/>" if len(element) else ""
    client = make_client()
    seen: list[tuple[str, Any]] = []
    for name in ("session_bind", "session_start", "stream_negotiated"):
        client.add_event_handler(name, lambda payload, name=name: seen.append((name, payload)))

    async def main() -> None:
        async with asyncio.timeout(60), client:
            assert ("session" in client.features) is asked

    clock.run(main())
    assert seen == [("session_bind", client.boundjid), ("session_start", {}), ("stream_negotiated", {})]
    assert [child.tag for element in script.heard for child in element] == [f"{{{session}}}session"] * asked


def test_limits_are_those_of_the_last_connection(script: Any, make_client: Callable[..., ClientXMPP]) -> None:
    limits = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>20000</max-bytes></limits>"
    client = make_client()

    async def main() -> None:
        for script.then, expected in ((limits, Limits(20000, None)), ("", Limits())):
            async with asyncio.timeout(60), client:
                assert client.limits == expected

    clock.run(main())


async def test_ways_to_configure() -> None:
    client = ClientXMPP("alice@localhost", "secret", sasl_mech="PLAIN")
    plugin = client.plugin["feature_mechanisms"]
    assert plugin.use_mech == plugin.config["use_mech"] == "PLAIN"
    plugin.use_mech = None
    plugin.config["use_mechs"] = ["SCRAM-SHA-1"]
    assert plugin.make_policy().allowed == ("SCRAM-SHA-1",)
    assert client["feature_mechanisms"] is plugin
    client.register_plugin("feature_mechanisms", {"encrypted_plain": False})
    assert client.plugin["feature_mechanisms"].encrypted_plain is False


def test_limits_without_numbers_say_nothing(script: Any, make_client: Callable[..., ClientXMPP]) -> None:
    script.then = "<limits xmlns='urn:xmpp:stream-limits:0'/>"
    client = make_client()

    async def main() -> None:
        async with asyncio.timeout(60), client:
            assert client.limits == Limits(None, None)

    clock.run(main())
