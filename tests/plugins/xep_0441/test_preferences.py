# SPDX-License-Identifier: MIT
"""Message Archive Management Preferences: the wire, and with a server."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.dispatch.handlers import Callback
from xmppkit.dispatch.matchers import StanzaPath
from xmppkit.exceptions import InvalidValue, IqError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0441 import Default, Preferences
from xmppkit.stanza.iq import Iq

NS = "urn:xmpp:mam:2"
ROMEO, MONTAGUE = JID("romeo@montague.lit"), JID("montague@montague.lit")


def test_the_wire() -> None:
    """XEP-0441 §2.1"""
    prefs = Preferences()
    assert (prefs.default, prefs.always, prefs.never) == (None, set(), set())
    prefs["default"], prefs["always"], prefs["never"] = "roster", [ROMEO, str(ROMEO)], {"MONTAGUE@montague.lit"}
    assert str(prefs) == (
        f'<prefs xmlns="{NS}" default="roster"><always><jid>romeo@montague.lit</jid></always>'
        "<never><jid>montague@montague.lit</jid></never></prefs>"
    )
    assert (prefs.default, prefs["default"]) == (Default.ROSTER, "roster")
    assert prefs["always"] == prefs.always == {ROMEO}
    assert "always" in prefs
    prefs["always"] = ()
    assert str(prefs).count("<always />") == 1
    prefs["always"] = ""
    del prefs["always"]
    assert "always" not in prefs


def test_nonsense() -> None:
    prefs = Preferences(ET.fromstring(f"<prefs xmlns='{NS}' default='x'><never><jid>@@</jid><jid/></never></prefs>"))
    assert (prefs.default, prefs.never) == (None, set())
    for value in ("romeo@montague.lit", ROMEO, [7]):
        with pytest.raises(InvalidValue, match="always"):
            prefs["always"] = value
    with pytest.raises(InvalidValue, match="default"):
        prefs["default"] = "sometimes"


async def test_with_a_server(network: Any) -> None:
    romeo = network.join("romeo@montague.lit/home", "xep_0441")
    plugin = romeo.plugin["xep_0441"]
    with pytest.raises(IqError, match="service-unavailable"):
        await plugin.get_preferences()
    server = network.join("romeo@montague.lit", component=True)
    network.stations[""] = network.stations["montague.lit"] = server
    held = Preferences()

    def answer(iq: Iq) -> None:
        if iq["type"] == "set":
            held.xml = iq["mam_prefs"].xml
        answer = iq.reply()
        answer.append(held)
        answer.send()

    server.register_handler(Callback("prefs", StanzaPath("iq/mam_prefs"), answer))
    changed = await plugin.set_preferences(always=[ROMEO])
    assert changed["mam_prefs"]["default"] == "roster"
    assert await plugin.get_preferences() == (Default.ROSTER, {ROMEO}, set())
    await plugin.set_preferences("never", never=["montague@montague.lit"])
    default, always, never = await plugin.get_preferences(timeout=1)
    assert (default, always, never) == ("never", set(), {MONTAGUE})
    with pytest.raises(InvalidValue, match="default"):
        plugin.set_preferences("sometimes")


async def test_an_answer_without_anything(network: Any) -> None:
    romeo = network.join("romeo@montague.lit/home", "xep_0441")
    server = network.join("romeo@montague.lit", component=True)
    network.stations[""] = server
    server.register_handler(Callback("prefs", StanzaPath("iq/mam_prefs"), lambda iq: iq.reply().send()))
    assert await romeo.plugin["xep_0441"].get_preferences() == (None, set(), set())
