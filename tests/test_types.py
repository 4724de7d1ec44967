# SPDX-License-Identifier: MIT
"""The shared types: what they list must be what the library's tables list."""

from __future__ import annotations

import inspect
from typing import Any, get_args, get_type_hints

import pytest

from xmppkit import types
from xmppkit.dispatch.filters import FilterMode
from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.stanza.presence import Presence
from xmppkit.xmlstream.factories import StanzaFactories
from xmppkit.xmlstream.xmlstream import XMLStream


def test_everything_that_is_exported_exists() -> None:
    assert [name for name in types.__all__ if not hasattr(types, name)] == []
    assert types.__all__ == sorted(types.__all__)


def test_error_conditions_and_types_are_those_of_the_error_table() -> None:
    assert set(get_args(types.ErrorConditions)) == set(XMPPError.default_types)
    assert set(get_args(types.ErrorTypes)) >= set(XMPPError.default_types.values())


@pytest.mark.parametrize(
    ("alias", "stanza"), [(types.MessageTypes, Message), (types.PresenceTypes, Presence), (types.IqTypes, Iq)]
)
def test_stanzas_take_the_types_that_there_are(alias: Any, stanza: Any) -> None:
    for value in get_args(alias):
        made = stanza(stype=value)
        assert made["type"] == value


def test_presence_takes_the_shows_that_there_are() -> None:
    presence = Presence()
    for value in get_args(types.PresenceShows):
        presence["type"] = value
        assert presence["show"] == presence["type"] == value
    assert set(get_args(types.PresenceShows)) | {"available", ""} == set(get_args(types.ExtPresenceShows))


def test_filters_are_those_that_streams_have() -> None:
    assert set(get_args(types.FilterString)) == {each.value for each in FilterMode}


def test_the_arguments_of_presence_are_those_of_the_factory() -> None:
    parameters = inspect.signature(StanzaFactories.make_presence).parameters
    assert set(types.PresenceArgs.__annotations__) == set(parameters) - {"self"}


async def test_a_stream_is_what_stanzas_need() -> None:
    stream = XMLStream()
    names = set(get_type_hints(types.StanzaStream, {"JID": JID}, {"Future": object}))
    names |= {name for name, each in vars(types.StanzaStream).items() if inspect.isfunction(each) and name[0] != "_"}
    assert {"boundjid", "new_id", "send", "send_iq", "exception"} <= names
    assert [name for name in sorted(names) if not hasattr(stream, name)] == []


def test_a_room_is_described_by_its_keys() -> None:
    assert set(types.MucRoomItem.__annotations__) == set(get_args(types.MucRoomItemKeys))
