# SPDX-License-Identifier: MIT
"""Tests of `xmppkit.server.router`: RFC 6121 §8, sentence by sentence."""

from __future__ import annotations

from typing import Any

import pytest

THERE = "<presence/>"


def message(to: str, body: str, kind: str = "") -> str:
    written = f" type='{kind}'" if kind else ""
    return f"<message to='{to}'{written}><body>{body}</body></message>"


def with_priority(number: int) -> str:
    return f"<presence><priority>{number}</priority></presence>"


# --- bare addresses (§8.5.2) --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["", "chat", "normal", "of-no-kind"])
async def test_a_message_to_an_account_goes_to_the_highest_priority(place: Any, tools: Any, kind: str) -> None:
    alice = await place.login("alice", "a", presence=THERE)
    low = await place.login("bob", "low", presence=with_priority(1))
    high = await place.login("bob", "high", presence=with_priority(5))
    also_high = await place.login("bob", "also-high", presence=with_priority(5))
    never = await place.login("bob", "never", presence=with_priority(-1))
    mute = await place.login("bob", "mute")
    await tools.settle(low, high, also_high, never, mute)
    for peer in (low, high, also_high, never, mute):
        peer.take()
    alice.send(message("bob@localhost", "hello", kind))
    await tools.settle(alice, low, high, also_high, never, mute)
    shown = f"message[{kind}]" if kind else "message"
    assert high.brief() == also_high.brief() == [f"{shown} alice@localhost/a hello"]
    assert low.brief() == never.brief() == mute.brief() == alice.brief() == []


async def test_a_headline_goes_to_all_that_want_messages(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a", presence=THERE)
    low = await place.login("bob", "low", presence=with_priority(0))
    high = await place.login("bob", "high", presence=with_priority(5))
    never = await place.login("bob", "never", presence=with_priority(-1))
    await tools.settle(low, high, never)
    for peer in (low, high, never):
        peer.take()
    alice.send(message("bob@localhost", "news", "headline"))
    await tools.settle(alice, low, high, never)
    assert low.brief() == high.brief() == ["message[headline] alice@localhost/a news"]
    assert never.brief() == alice.brief() == []


async def test_groupchat_and_errors_to_an_account(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b", presence=THERE)
    alice.send(message("bob@localhost", "hi all", "groupchat"), "<message to='bob@localhost' type='error'/>")
    await tools.settle(alice, bob)
    assert alice.brief() == ["message[error] bob@localhost service-unavailable"]
    assert bob.brief() == []


async def test_presence_to_an_account_goes_to_all_its_resources(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    one = await place.login("bob", "one", presence=with_priority(-1))
    two = await place.login("bob", "two", presence=THERE)
    mute = await place.login("bob", "mute")
    await tools.settle(one, two, mute)
    one.take()
    alice.send("<presence to='bob@localhost'/>", "<presence to='bob@localhost' type='error'/>")
    await tools.settle(alice, one, two, mute)
    assert one.brief() == two.brief() == ["presence alice@localhost/a"]
    assert mute.brief() == []


async def test_an_iq_to_an_account_is_answered_by_the_server(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b", presence=THERE)
    answer = await alice.ask("<what xmlns='is:this'/>", to="bob@localhost")
    assert tools.brief(answer) == "iq[error] bob@localhost service-unavailable"
    alice.send("<iq to='bob@localhost' type='result' id='1'/>")
    await tools.settle(alice, bob)
    assert alice.brief() == bob.brief() == []


# --- full addresses (§8.5.3) --------------------------------------------------------------------------------


async def test_anything_to_a_resource_goes_to_it(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b")  # it need not be available
    kinds = ["normal", "chat", "headline", "groupchat", "error"]
    for kind in kinds:
        alice.send(message("bob@localhost/b", kind, kind))
    alice.send("<presence to='bob@localhost/b'/>")
    alice.send("<iq to='bob@localhost/b' type='get' id='1'><q xmlns='x'/></iq>")
    alice.send("<iq to='bob@localhost/b' type='result' id='2'/>")
    await tools.settle(alice, bob)
    sender = "alice@localhost/a"
    messages = [f"message[{kind}] {sender} {kind}" for kind in kinds]
    assert bob.brief() == [*messages, f"presence {sender}", f"iq[get] {sender}", f"iq[result] {sender}"]
    bob.send("<iq to='alice@localhost/a' type='result' id='1'><r xmlns='x'/></iq>")
    await tools.settle(bob, alice)
    (answer,) = alice.take()
    assert tools.brief(answer) == "iq[result] bob@localhost/b"
    assert answer[0].tag == "{x}r"


async def test_a_resource_that_is_not_there(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b", presence=THERE)
    for kind in ("", "normal", "groupchat", "headline", "error", "chat"):
        alice.send(message("bob@localhost/gone", "hello", kind))
    alice.send("<presence to='bob@localhost/gone'/>", "<iq to='bob@localhost/gone' type='result' id='1'/>")
    answer = await alice.ask("<what xmlns='is:this'/>", to="bob@localhost/gone")
    assert tools.brief(answer) == "iq[error] bob@localhost/gone service-unavailable"
    await tools.settle(alice, bob)
    assert bob.brief() == ["message[chat] alice@localhost/a hello"]
    assert alice.brief() == ["message[error] bob@localhost/gone service-unavailable"] * 3


# --- others -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["nobody@localhost", "nobody@localhost/x"])
async def test_accounts_that_do_not_exist(place: Any, tools: Any, to: str) -> None:
    alice = await place.login("alice", "a")
    alice.send(message(to, "hello"), f"<presence to='{to}'/>", f"<message to='{to}' type='error'/>")
    answer = await alice.ask("<what xmlns='is:this'/>", to=to)
    assert tools.brief(answer) == f"iq[error] {to} service-unavailable"
    assert alice.brief() == [f"message[error] {to} service-unavailable"]


async def test_domains_that_are_not_served(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    alice.send(message("bob@elsewhere.test", "hello"), "<presence to='elsewhere.test'/>")
    answer = await alice.ask("<ping xmlns='urn:xmpp:ping'/>", to="elsewhere.test")
    assert tools.brief(answer) == "iq[error] elsewhere.test remote-server-not-found"
    assert alice.brief() == [
        "message[error] bob@elsewhere.test remote-server-not-found",
        "presence[error] elsewhere.test remote-server-not-found",
    ]


async def test_the_server_itself(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    alice.send(message("localhost", "hello"), "<presence to='localhost'/>")
    answer = await alice.ask("<what xmlns='is:this'/>", to="localhost/some/where")
    assert tools.brief(answer) == "iq[error] localhost/some/where service-unavailable"
    assert alice.brief() == ["message[error] localhost service-unavailable"]


async def test_without_a_recipient(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a", presence=THERE)
    other = await place.login("alice", "b", presence=THERE)
    await tools.settle(alice, other)
    alice.take()
    alice.send("<message><body>to myself</body></message>", "<iq type='result' id='1'/>")
    answer = await alice.ask("<what xmlns='is:this'/>")
    assert tools.brief(answer) == "iq[error] service-unavailable"
    await tools.settle(alice, other)
    assert alice.brief() == other.brief() == ["message alice@localhost/a to myself"]


async def test_an_error_has_the_id_and_names_its_kind(place: Any) -> None:
    alice = await place.login("alice", "a")
    alice.send("<message to='nobody@localhost' id='m1'><body>hello</body></message>")
    await alice.ping()
    (error,) = alice.take()
    assert (error.get("id"), error.get("to"), error[0].get("type")) == ("m1", "alice@localhost/a", "cancel")


@pytest.mark.parametrize(
    "stanza",
    [
        "<iq type='get' id='1'/>",
        "<iq type='get' id='1'><a xmlns='x'/><b xmlns='x'/></iq>",
        "<iq type='fetch' id='1'><a xmlns='x'/></iq>",
        "<iq id='1'><a xmlns='x'/></iq>",
        "<iq type='get'><a xmlns='x'/></iq>",
        "<presence type='sleepy'/>",
        "<presence type='sleepy' to='bob@localhost'/>",
    ],
)
async def test_stanzas_that_are_none(place: Any, tools: Any, stanza: str) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b", presence=THERE)
    alice.send(stanza)
    await tools.settle(alice, bob)
    (error,) = alice.take()
    assert error.get("type") == "error"
    assert tools.brief(error).endswith(" bad-request")
    assert bob.brief() == []


async def test_answers_that_are_none_are_not_answered(place: Any) -> None:
    alice = await place.login("alice", "a")
    alice.send("<iq type='result'/>", "<iq type='error'/>", "<iq type='error' id='1' to='bob@localhost'/>")
    await alice.ping()
    assert alice.take() == []


async def test_addresses_that_are_none(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    alice.send(message("@", "hello"), "<presence to='a@b@c'/>", "<message to='@' type='error'/>")
    answer = await alice.ask("<what xmlns='is:this'/>", to="a b@localhost")
    assert tools.brief(answer).endswith("jid-malformed")
    assert [each.rpartition(" ")[2] for each in alice.brief()] == ["jid-malformed"] * 2


async def test_addresses_are_compared_as_such(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "Desk", presence=THERE)
    alice.send(message("BOB@LocalHost", "one"), message("Bob@LOCALHOST/Desk", "two"))
    await tools.settle(alice, bob)
    assert bob.brief() == ["message alice@localhost/a one", "message alice@localhost/a two"]
    alice.send(message("bob@localhost/desk", "three"))
    await alice.ping()
    assert alice.brief() == ["message[error] bob@localhost/desk service-unavailable"]


async def test_who_it_is_from_is_said_by_the_server(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a")
    bob = await place.login("bob", "b")
    for sender in ("carol@localhost", "localhost", "alice@localhost/other", "", "@"):
        alice.send(f"<message from='{sender}' to='bob@localhost/b'><body>hello</body></message>")
    await tools.settle(alice, bob)
    assert bob.brief() == ["message alice@localhost/a hello"] * 5


async def test_the_language_of_a_stream_is_that_of_its_stanzas(place: Any, tools: Any) -> None:
    alice = await place.login("alice", "a", lang="de")
    bob = await place.login("bob", "b")
    alice.send(message("bob@localhost/b", "hallo"), "<message to='bob@localhost/b' xml:lang='fr'/>")
    await tools.settle(alice, bob)
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert [each.get(lang) for each in bob.take()] == ["de", "fr"]
