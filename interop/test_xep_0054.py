# SPDX-License-Identifier: MIT
"""vCards (XEP-0054) at real servers, and of a component."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from chats import talking
from servers.base import Server
from sessions import TIMEOUT, make_client, make_component, settled

from xmppkit.exceptions import IqError
from xmppkit.plugins.xep_0054 import VCardTemp

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def test_vcards(server: Server) -> None:
    async with talking(server, "xep_0054") as (one, two):
        own, theirs = one["xep_0054"], two["xep_0054"]
        for jid in (None, two.client.boundjid.bare):
            with suppress(IqError):  # or an empty one
                assert (await own.get_vcard(jid))["vcard_temp"].full_name is None
        card = own.make_vcard()
        card["FN"], card["NICKNAME"], card["BDAY"] = "One & Only", ["one", "ein"], "2000-02-29"
        card["N"]["GIVEN"] = "One"
        card["TEL"]["NUMBER"], card["TEL"]["HOME"] = "+49 30 1", True
        card["PHOTO"]["TYPE"], card["PHOTO"]["BINVAL"] = "image/png", PICTURE
        await own.publish_vcard(card)
        for found in (await own.get_vcard(), await theirs.get_vcard(one.client.boundjid.bare)):
            vcard = found["vcard_temp"]
            assert isinstance(vcard, VCardTemp)
            assert (vcard.full_name, vcard["NICKNAME"], vcard["N"]["GIVEN"]) == ("One & Only", ["one", "ein"], "One")
            assert [(each.number, each.home) for each in vcard.telephone_numbers] == [("+49 30 1", True)]
            assert vcard.photos[0].data == PICTURE
        forged = theirs.make_vcard()
        forged["FN"] = "Two"
        with suppress(IqError):  # ejabberd says that it is done, and does nothing to it
            await theirs.publish_vcard(forged, one.client.boundjid.bare)
        assert (await theirs.get_vcard(one.client.boundjid.bare, cached=True))["vcard_temp"].full_name == "One & Only"
        with pytest.raises(IqError):
            await theirs.get_vcard(one.client.boundjid)  # a client does not answer; its server does


async def test_a_component(server: Server) -> None:
    component, alice = make_component(server), make_client(server)
    for stream in (component, alice):
        stream.register_plugin("xep_0054")
    async with asyncio.timeout(TIMEOUT), component, alice:
        await settled(server, component)
        card = VCardTemp()
        card.full_name = "Gate"
        jid = f"gate@{server.component_domain}"
        await component.plugin["xep_0054"].publish_vcard(card, jid)
        assert (await alice.plugin["xep_0054"].get_vcard(jid))["vcard_temp"].full_name == "Gate"
        with pytest.raises(IqError, match="service-unavailable"):
            await alice.plugin["xep_0054"].get_vcard(f"nobody@{server.component_domain}")
