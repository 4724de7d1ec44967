# SPDX-License-Identifier: MIT
"""Finding a service among those of a domain."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.exceptions import ConnectionLost, IqError


class Server:
    """A server and its services: components that say what they are."""

    def __init__(self, network: Any, *services: str) -> None:
        self.station = network.join("montague.net", "xep_0030", component=True)
        disco = self.station.plugin["xep_0030"]
        disco.add_identity("server", "im")
        for service in services:
            disco.add_item(service)
            if service.startswith("up"):
                other = network.join(service, "xep_0030", component=True)
                other.plugin["xep_0030"].add_feature("urn:xmpp:http:upload:0")


async def test_finding_a_service(pair: Any) -> None:
    server = Server(pair.network, "upload.montague.net", "broken.montague.net", "montague.net")
    server.station.plugin["xep_0030"].add_item("montague.net", node="list", subnode="announce")
    told: list[Any] = []
    infos = await pair.his.get_info_from_domain(callback=told.append)
    assert [str(iq["from"]) for iq in infos] == ["montague.net", "upload.montague.net"]
    assert "urn:xmpp:http:upload:0" in infos[1]["disco_info"]["features"]
    assert told == [infos]
    requests = pair.requests()
    assert await pair.his.get_info_from_domain("montague.net") == infos
    assert pair.requests() == requests
    assert len(await pair.his.get_info_from_domain("montague.net", cached=False)) == 2
    assert pair.requests() == 2 * requests
    pair.romeo.event("session_end")
    assert pair.his.domain_infos == {}


async def test_bounds_of_a_domain(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmppkit.plugins.xep_0030.disco.DOMAIN_ITEMS", 3)
    monkeypatch.setattr("xmppkit.plugins.xep_0030.disco.DOMAINS", 2)
    Server(pair.network, *(f"up{number}.lit" for number in range(5)))
    assert len(await pair.his.get_info_from_domain()) == 4
    for domain in ("up0.lit", "up1.lit"):
        assert len(await pair.his.get_info_from_domain(domain, 5.0)) == 1
    assert list(pair.his.domain_infos) == ["up0.lit", "up1.lit"]


async def test_nobody_answers_for_a_domain(pair: Any) -> None:
    with pytest.raises(IqError, match="service-unavailable"):
        await pair.his.get_info_from_domain("nowhere.lit")
    assert pair.his.domain_infos == {}
    pair.network.silent.add("silent.lit")
    asking = asyncio.ensure_future(pair.his.get_info_from_domain("silent.lit"))
    await pair.romeo.settle()
    pair.romeo._pending.fail_all(ConnectionLost("gone"))
    with pytest.raises(ConnectionLost):
        await asking
