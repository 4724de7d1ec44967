# SPDX-License-Identifier: MIT
"""Data forms: sent between clients through real servers, and those that servers have."""

from __future__ import annotations

import asyncio

import pytest
from servers.base import Server
from sessions import TIMEOUT, make_client, seen

from xmppkit.exceptions import InvalidForm
from xmppkit.plugins.xep_0004 import ChoiceField, Form, IntegerField, JIDsField, LinesField, TextField, TypedForm


class Meeting(TypedForm, form_type="urn:example:meeting"):
    """What is asked."""

    where = TextField("where", "Where", required=True)
    when = ChoiceField("when", {"9": "at nine", "10": "at ten"}, "When")
    guests = IntegerField("guests", minimum=1, maximum=9)
    with_whom = JIDsField("with")
    about = LinesField("about")


async def test_a_form_there_and_back(server: Server) -> None:
    alice, bob = make_client(server), make_client(server, "bob")
    for client in (alice, bob):
        client.register_plugin("xep_0122")
    at_bob, at_alice = seen(bob, "message_xform"), seen(alice, "message_xform")
    async with asyncio.timeout(TIMEOUT), alice, bob:
        asked = Meeting(when="9").form("Meeting", "Say where\nand when")
        asked.field["guests"]["validate"]["datatype"] = "xs:integer"
        asked.field["guests"]["validate"]["range"] = {"minimum": 1, "maximum": 9}
        message = alice.make_message(bob.boundjid)
        message.append(asked)
        message.send()
        form = Form.of(await at_bob.get())
        assert form is not None
        assert form["values"] == asked["values"]
        assert (form.title, form.instructions, form.form_type) == ("Meeting", "Say where\nand when", Meeting.form_type)
        assert form.field["when"].get_options() == asked.field["when"].get_options()
        with pytest.raises(InvalidForm, match="guests: at most 9"):
            form.submission({"where": "here", "guests": 10})
        answer = Meeting(where="Gärten <&>", guests=2, with_whom=[bob.boundjid], about="one\ntwo").submission(form)
        message = bob.make_message(alice.boundjid)
        message.append(answer)
        message.send()
        got = Form.of(await at_alice.get())
        assert got is not None
        found = Meeting.read(got)
        assert (found.where, found.when, found.guests, found.about) == ("Gärten <&>", "9", 2, "one\ntwo")
        assert found.with_whom == [bob.boundjid]
        assert asked.check(got)["with"] == [bob.boundjid]


async def test_what_a_server_says_of_itself(server: Server) -> None:
    """XEP-0128"""
    client = make_client(server)
    client.register_plugin("xep_0128")
    async with asyncio.timeout(TIMEOUT), client:
        answer = await client.plugin["xep_0030"].get_info(server.domain)
        for form in answer["disco_info"]["forms"]:
            assert form["type"] == "result"
            assert form.form_type
            assert "FORM_TYPE" in form.values_
