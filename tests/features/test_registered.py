# SPDX-License-Identifier: MIT
"""Stream features of the application: `register_feature`, its handlers, what they send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.testing import clock

Make = Callable[..., ClientXMPP]
OFFER = "<extra xmlns='urn:example:extra'/>"


class Extra(ElementBase):
    name = plugin_attrib = "extra"
    namespace = "urn:example:extra"
    interfaces = {"answer"}
    sub_interfaces = {"answer"}


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The feature's stanza is known while the test runs."""
    for name in ("plugin_attrib_map", "plugin_tag_map"):
        monkeypatch.setattr(StreamFeatures, name, dict(getattr(StreamFeatures, name)))
    register_stanza_plugin(StreamFeatures, Extra)
    return iter(())


def log_in(client: ClientXMPP) -> None:
    """A whole session, on a virtual clock."""

    async def main() -> None:
        async with asyncio.timeout(60), client:
            assert client.sessionstarted

    clock.run(main())


@pytest.mark.parametrize(("order", "streams"), [(50, 2), (5000, 2), (20000, 2)])
def test_a_function(script: Any, make_client: Make, order: int, streams: int) -> None:
    script.first = script.then = OFFER
    seen: list[Any] = []
    client = make_client()

    def handle(features: StreamFeatures) -> None:
        seen.append((features["extra"]["answer"], client.authenticated, client.bound))

    client.register_feature("extra", handle, order=order)
    client.add_event_handler("session_start", lambda _: seen.append(client.features))
    log_in(client)
    *turns, features = seen
    assert {"extra", "mechanisms", "bind"} <= features
    assert script.streams == streams
    expected = {50: [(False, False), (True, False)], 5000: [(True, False)], 20000: [(True, True)]}
    assert [turn[1:] for turn in turns] == expected[order]


def test_a_coroutine_holds_the_negotiation_up(script: Any, make_client: Make) -> None:
    script.then = OFFER
    times: list[float] = []
    client = make_client()

    async def handle(features: StreamFeatures) -> None:
        await asyncio.sleep(3)
        times.append(client.loop.time())
        assert not client.bound

    client.register_feature("extra", handle)
    client.add_event_handler("session_start", lambda _: times.append(client.loop.time()))
    log_in(client)
    assert times == [3, 3]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(("restart", "result", "streams"), [(True, True, 3), (True, None, 2), (False, True, 2)])
def test_the_stream_begins_anew_if_both_want_it(
    script: Any, make_client: Make, asynchronous: bool, restart: bool, result: object, streams: int
) -> None:
    script.then = OFFER
    calls: list[int] = []
    client = make_client()

    def handle(features: StreamFeatures) -> object:
        calls.append(1)
        if len(calls) == 1:
            return result
        return None

    async def handle_later(features: StreamFeatures) -> object:
        await asyncio.sleep(0)
        return handle(features)

    client.register_feature("extra", handle_later if asynchronous else handle, restart=restart)
    log_in(client)
    assert script.streams == streams
    assert len(calls) == (2 if streams == 3 else 1)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_handler_that_fails_stops_nothing(
    script: Any, make_client: Make, asynchronous: bool, caplog: pytest.LogCaptureFixture
) -> None:
    script.then = OFFER
    client = make_client()

    def fail(features: StreamFeatures) -> None:
        raise RuntimeError("a bug of the program")

    async def fail_later(features: StreamFeatures) -> None:
        fail(features)

    client.register_feature("extra", fail_later if asynchronous else fail, restart=True)
    log_in(client)
    assert "a bug of the program" in caplog.text
    assert script.streams == 2


def test_a_feature_that_another_element_announces(script: Any, make_client: Make) -> None:
    client = make_client()
    seen: list[bool] = []
    tag = "{urn:ietf:params:xml:ns:xmpp-sasl}mechanisms"
    client.register_feature("extra", lambda features: seen.append("extra" in features.features), order=50, tag=tag)
    log_in(client)
    assert seen == [False]


def test_a_feature_that_is_not_offered_has_no_turn(make_client: Make) -> None:
    client = make_client()
    client.register_feature("extra", lambda features: pytest.fail("it was not offered"))
    log_in(client)


def test_a_feature_that_was_taken_back_has_no_turn(script: Any, make_client: Make) -> None:
    script.then = OFFER
    client = make_client()
    client.register_feature("extra", lambda features: pytest.fail("it was taken back"), order=7)
    client.unregister_feature("extra", 8)
    assert len(client._own_features) == 1
    client.unregister_feature("extra", 7)
    client.unregister_feature("extra", 7)
    log_in(client)


def test_a_feature_that_is_taken_back_in_the_middle_of_a_connection(script: Any, make_client: Make) -> None:
    script.first = script.then = OFFER
    client = make_client()
    calls: list[int] = []

    def handle(features: StreamFeatures) -> None:
        calls.append(1)
        client.unregister_feature("extra", 50)

    client.register_feature("extra", handle, order=50)
    log_in(client)
    assert calls == [1]


def test_a_connection_that_ends_meanwhile(script: Any, make_client: Make) -> None:
    script.then = OFFER
    client = make_client()

    async def handle(features: StreamFeatures) -> None:
        await client.disconnect()

    async def main() -> None:
        client.register_feature("extra", handle)
        over = client.disconnected
        client.connect()
        async with asyncio.timeout(60):
            assert await over is None
        for _ in range(3):
            await asyncio.sleep(0)
        assert not client.is_connected()

    clock.run(main())


# --- what a feature's handler sends ---------------------------------------------------------------------------


class Register(ElementBase):
    name = "query"
    plugin_attrib = "register"
    namespace = "jabber:iq:register"
    interfaces = {"username"}
    sub_interfaces = {"username"}


def test_a_feature_may_ask_the_server(script: Any, make_client: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the registration of an account does, before the login (XEP-0077). Everything else waits for the session."""
    for name in ("plugin_attrib_map", "plugin_tag_map"):
        monkeypatch.setattr(Iq, name, dict(getattr(Iq, name)))
    register_stanza_plugin(Iq, Register)
    script.first = OFFER
    client = make_client()
    answers: list[Any] = []
    parked: list[Any] = []

    def answer(element: Any) -> str:
        if not len(element) or element[0].tag != "{jabber:iq:register}query":
            return ""
        return f"<iq type='result' id='{element.get('id')}'><query xmlns='jabber:iq:register'/></iq>"

    async def handle(features: StreamFeatures) -> None:
        client.send_message("bob@localhost", "later")
        client.send("<text xmlns='urn:later'/>")
        client.send(client.make_iq_get("urn:later"))
        client.send(features["extra"])
        client.send(features["extra"].xml)
        iq = client.Iq(stype="set")
        iq["register"]["username"] = "alice"
        answers.append(await iq.send())
        assert script.logins == []

    script.answer = answer
    client.register_feature("extra", handle, order=50)
    client.add_event_handler("stanza_not_sent", parked.append)
    log_in(client)
    assert answers[0]["type"] == "result"
    assert len(parked) == 3
    names = [element.tag.rpartition("}")[2] for element in script.heard]
    assert names == ["extra", "extra", "iq", "message", "text", "iq"]
