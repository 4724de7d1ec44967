# SPDX-License-Identifier: MIT
"""Publishing at the own account, and being told."""

from __future__ import annotations

from typing import Any

import pytest

from xmppkit.clientxmpp import ClientXMPP
from xmppkit.exceptions import IqError
from xmppkit.plugins.base import register_plugin
from xmppkit.plugins.xep_0163 import Pep, PEPPlugin
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText
from xmppkit.testing.wire import Wire

JULIET = "juliet@capulet.lit/balcony"
ROMEO = "romeo@montague.lit/orchard"
NS = "http://jabber.org/protocol/pubsub"


class Tune(ElementBase):
    """XEP-0163 §3"""

    __slots__ = ()

    name = "tune"
    namespace = "http://jabber.org/protocol/tune"
    plugin_attrib = "tune"

    title = ChildText(str)


class Marks(ElementBase):
    """Something private."""

    __slots__ = ()

    name = "marks"
    namespace = "urn:example:marks"
    plugin_attrib = "marks"


class UserMarks(PEPPlugin):
    """A plugin that declares what it publishes."""

    name = "user_marks"
    dependencies = frozenset({"xep_0163"})
    pep = (Pep("marks", Marks, private=True),)


register_plugin(UserMarks)

TUNE = f"<tune xmlns='{Tune.namespace}'><title>Introduction</title></tune>"


@pytest.fixture
def juliet(network: Any) -> Any:
    return network.join(JULIET, "xep_0163")


@pytest.fixture
def pep(juliet: Any) -> Any:
    return juliet.plugin["xep_0163"]


async def tell(client: Any, sender: str, node: str, payload: str = TUNE, kind: str = "headline") -> None:
    sender = sender and f"from='{sender}'"
    client.take(
        f"<message {sender} to='{JULIET}' type='{kind}'><event xmlns='{NS}#event'><items node='{node}'>"
        f"<item id='current'>{payload}</item></items></event></message>"
    )
    await client.settle()


def listen(client: Any, *names: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name in names:
        client.add_event_handler(name, lambda message, name=name: found.append((name, message)))
    return found


async def features(client: Any) -> set[str]:
    info = await client.plugin["xep_0030"].get_info(local=True)
    found: set[str] = info["features"]
    return found


async def test_a_contact_publishes(juliet: Any, pep: Any) -> None:
    """XEP-0163 §4.3.4"""
    told = listen(juliet, "user_tune_publish", "pubsub_publish")
    pep.register_pep("user_tune", Tune)
    await tell(juliet, "romeo@montague.lit", Tune.namespace)
    assert [name for name, _ in told] == ["pubsub_publish", "user_tune_publish"]
    message = told[1][1]
    assert message["from"] == "romeo@montague.lit"
    assert message["pubsub_event"]["items"]["item"]["tune"]["title"] == "Introduction"


@pytest.mark.parametrize(
    ("sender", "kind"),
    [(ROMEO, "headline"), ("juliet@capulet.lit/chamber", "headline"), ("romeo@montague.lit", "groupchat")],
)
async def test_spoof_by_a_client(juliet: Any, pep: Any, sender: str, kind: str) -> None:
    told = listen(juliet, "user_tune_publish", "pubsub_publish")
    pep.register_pep("user_tune", Tune)
    await tell(juliet, sender, Tune.namespace, kind=kind)
    assert told == []


@pytest.mark.parametrize("sender", ["romeo@montague.lit", ROMEO, "capulet.lit", "juliet@capulet.lit/chamber"])
async def test_spoof_of_private_nodes(juliet: Any, sender: str, caplog: pytest.LogCaptureFixture) -> None:
    """security.md B9: what is private is told by the own account only."""
    juliet.register_plugin("user_marks")
    told = listen(juliet, "marks_publish", "pubsub_publish")
    await tell(juliet, sender, Marks.namespace, "<marks xmlns='urn:example:marks'/>")
    assert told == []
    assert "may not tell" in caplog.text
    for own in ("juliet@capulet.lit", ""):
        await tell(juliet, own, Marks.namespace, "<marks xmlns='urn:example:marks'/>")
    assert [name for name, _ in told] == ["pubsub_publish", "marks_publish"] * 2


async def test_interests_are_announced(juliet: Any, pep: Any) -> None:
    pep.register_pep("user_tune", Tune)
    pep.add_interest(["urn:a", "urn:b"])
    assert {Tune.namespace, f"{Tune.namespace}+notify", "urn:a+notify", "urn:b+notify"} <= await features(juliet)
    pep.remove_interest("urn:a")
    pep.remove_interest(["urn:b", "urn:never"])
    assert not {"urn:a+notify", "urn:b+notify"} & await features(juliet)
    pep.unregister_pep(Tune)
    pep.unregister_pep(Tune)
    assert not any("tune" in feature for feature in await features(juliet))
    told = listen(juliet, "user_tune_publish")
    await tell(juliet, "romeo@montague.lit", Tune.namespace)
    assert told == []


async def test_interests_of_an_address_of_a_component(network: Any) -> None:
    component = network.join("bots.example", "xep_0163", component=True)
    romeo = network.join(ROMEO, "xep_0030")
    pep = component.plugin["xep_0163"]
    pep.add_interest("urn:a", jid="one@bots.example")
    assert await romeo.plugin["xep_0030"].supports("one@bots.example", feature="urn:a+notify", cached=False)
    pep.remove_interest("urn:a", jid="one@bots.example")
    assert not await romeo.plugin["xep_0030"].supports("one@bots.example", feature="urn:a+notify", cached=False)


async def test_a_session_that_is_under_way() -> None:
    """The presence is sent again, once for all changes, so that servers see them."""
    client = ClientXMPP(JULIET, "secret")
    client.auto_reconnect = False
    client.register_plugin("xep_0163")
    pep = client.plugin["xep_0163"]
    wire = Wire(client)
    pep.add_interest("urn:a")
    assert await wire.stanzas() == []  # none was sent yet
    client.send_presence(pshow="away")
    sent = await wire.stanzas()
    pep.register_pep("user_tune", Tune)
    pep.add_interest("urn:b")
    sent += await wire.stanzas()
    pep.remove_interest("urn:b")
    sent += await wire.stanzas()
    assert [presence.findtext("{jabber:client}show") for presence in sent] == ["away"] * 3
    hashes = {caps.get("ver") for presence in sent for caps in presence.findall("{http://jabber.org/protocol/caps}c")}
    assert len(hashes) == 3
    pep.add_interest("urn:c")
    client.plugin.disable("xep_0163")
    await wire.end()


@pytest.mark.parametrize("plugin", ["xep_0163", "user_marks"])
async def test_disabled_it_leaves_nothing(juliet: Any, pep: Any, plugin: str) -> None:
    before = await features(juliet)
    juliet.register_plugin("user_marks")
    pep.register_pep("user_tune", Tune)
    juliet.plugin.disable(plugin)
    if plugin == "user_marks":
        assert f"{Marks.namespace}+notify" not in await features(juliet)
        pep.unregister_pep(Tune)
    assert await features(juliet) == before
    assert juliet.plugin["xep_0060"]._names == {}


async def test_what_is_published(network: Any, juliet: Any, pep: Any) -> None:
    """XEP-0163 §3"""
    tune = Tune()
    tune.title = "Introduction"
    with pytest.raises(IqError, match="service-unavailable"):  # nobody is there
        await pep.publish(tune)
    assert network.sent[0].endswith(
        f'<publish node="{Tune.namespace}"><item id="current"><tune xmlns="{Tune.namespace}">'
        "<title>Introduction</title></tune></item></publish></pubsub></iq>"
    )
    assert " to=" not in network.sent[0].partition("<pubsub")[0]
    with pytest.raises(IqError):
        await pep.publish(tune, node="other", id="1", options={"access_model": "whitelist"}, timeout=1)
    assert '<publish node="other"><item id="1">' in network.sent[1]
    assert "publish-options" in network.sent[1]


async def test_what_a_component_publishes(network: Any) -> None:
    component = network.join("bots.example", "xep_0163", component=True)
    with pytest.raises(IqError):
        await component.plugin["xep_0163"].publish(Tune(), ifrom="one@bots.example/x")
    question = network.sent[0]
    assert 'to="one@bots.example"' in question
    assert 'from="one@bots.example/x"' in question
