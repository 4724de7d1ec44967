# SPDX-License-Identifier: MIT
"""Software Version: the wire, and between stations."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

import xmppkit.version
from xmppkit.exceptions import ConfigurationError, IqError, IqTimeout
from xmppkit.plugins.xep_0092 import XEP_0092, Version, stanza
from xmppkit.settings import Settings

ROMEO = "romeo@montague.net/orchard"
JULIET = "juliet@capulet.com/balcony"

#: Where it is from, the XML, the values of name, version, os.
ROWS = [
    ("§3, Querying", "<query xmlns='jabber:iq:version'/>", (None, None, None)),
    (
        "§3, Receiving a Reply",
        "<query xmlns='jabber:iq:version'><name>Exodus</name><version>0.7.0.4</version>"
        "<os>Windows-XP 5.01.2600</os></query>",
        ("Exodus", "0.7.0.4", "Windows-XP 5.01.2600"),
    ),
]


@pytest.mark.parametrize(("where", "text", "values"), ROWS, ids=[row[0] for row in ROWS])
def test_reading(where: str, text: str, values: tuple[str | None, ...]) -> None:
    version = Version(xml=ET.fromstring(text))
    assert (version.name_, version.version, version.os) == values
    assert tuple(version[key] or None for key in ("name", "version", "os")) == values


def test_writing() -> None:
    version = stanza.Version()
    version["name"], version["version"], version["os"] = "Exodus", "0.7.0.4", "Windows"
    assert str(version) == (
        '<query xmlns="jabber:iq:version"><name>Exodus</name><version>0.7.0.4</version><os>Windows</os></query>'
    )


async def ask(network: Any, **config: Any) -> Any:
    network.join(JULIET, "xep_0092", xep_0092=config)
    romeo = network.join(ROMEO, "xep_0092")
    answer = await romeo.plugin["xep_0092"].get_version(JULIET)
    assert answer["from"] == JULIET
    return answer["software_version"]


async def test_what_is_told_unless_said_otherwise(network: Any) -> None:
    told = await ask(network)
    assert (told.name_, told.version, told.os) == ("xmppkit", xmppkit.version.__version__, None)
    assert '<query xmlns="jabber:iq:version" />' in network.sent[0]


async def test_what_the_program_says(network: Any) -> None:
    told = await ask(network, software_name="Exodus", version="1", os="Plan 9")
    assert (told.name_, told.version, told.os) == ("Exodus", "1", "Plan 9")


async def test_the_other_name_of_the_name(network: Any, caplog: pytest.LogCaptureFixture) -> None:
    told = await ask(network, name="Exodus")
    assert told.name_ == "Exodus"
    plugin: XEP_0092 = network.stations[JULIET].plugin["xep_0092"]
    assert plugin.name == "xep_0092"
    assert plugin.software_name == "Exodus"
    network.stations[JULIET].register_plugin("xep_0092", {"name": "Psi"})
    answer = await network.stations[ROMEO].plugin["xep_0092"].get_version(JULIET)
    assert answer["software_version"]["name"] == "Psi"
    assert caplog.text == ""


async def test_nothing_is_told(network: Any) -> None:
    with pytest.raises(IqError, match="service-unavailable"):
        await ask(network, software_name="")


async def test_an_option_of_another_type(network: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"XEP_0092\.version"):
        network.join(JULIET, "xep_0092", xep_0092={"version": 3})


@pytest.mark.filterwarnings("ignore:timeout_callback:DeprecationWarning")
async def test_the_options_of_the_request(network: Any) -> None:
    component = network.join("comp.lit", "xep_0092", component=True)
    network.join(JULIET, "xep_0092")
    told: list[Any] = []
    answer = await component.plugin["xep_0092"].get_version(JULIET, "bot@comp.lit", callback=told.append)
    assert answer["to"] == "bot@comp.lit"
    assert told == [answer]
    network.silent.add("nobody@x")
    with pytest.raises(IqTimeout):
        await component.plugin["xep_0092"].get_version("nobody@x", timeout=0.01, timeout_callback=told.append)
    assert len(told) == 2


async def test_it_is_announced_and_withdrawn(network: Any) -> None:
    juliet = network.join(JULIET, "xep_0092")
    disco = network.join(ROMEO, "xep_0030").plugin["xep_0030"]
    assert await disco.supports(JULIET, feature="jabber:iq:version", cached=False)
    juliet.plugin.disable("xep_0092")
    assert not await disco.supports(JULIET, feature="jabber:iq:version", cached=False)


async def test_strangers_are_not_told_that_we_are_there(network: Any) -> None:
    romeo, juliet = network.join(ROMEO, "xep_0092"), network.join(JULIET, "xep_0092")
    juliet.settings = Settings.strict()
    with pytest.raises(IqError, match="service-unavailable"):
        await romeo.plugin["xep_0092"].get_version(JULIET)
    juliet.client_roster.add("romeo@montague.net", afrom=True)
    assert (await romeo.plugin["xep_0092"].get_version(JULIET))["type"] == "result"
