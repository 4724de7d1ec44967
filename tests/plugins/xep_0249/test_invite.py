# SPDX-License-Identifier: MIT
"""Direct MUC Invitations: the wire, between stations, and what is passed over."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from xmppkit.plugins.xep_0249 import Invite
from xmppkit.stanza.message import Message

CRONE = "crone1@shakespeare.lit/desktop"
HECATE = "hecate@shakespeare.lit/broom"
ROOM = "darkcave@macbeth.shakespeare.lit"


def test_the_wire() -> None:
    message = Message()
    message["groupchat_invite"]["jid"] = ROOM
    message["groupchat_invite"]["continue"] = True
    invite = Invite.of(message)
    assert invite is not None
    assert (invite["jid"], invite.continue_, invite.password) == (ROOM, True, None)
    assert str(invite) == f'<x xmlns="jabber:x:conference" jid="{ROOM}" continue="true" />'


@pytest.fixture
def told(network: Any) -> list[Message]:
    hecate = network.join(HECATE, "xep_0249")
    messages: list[Message] = []
    hecate.add_event_handler("groupchat_direct_invite", messages.append)
    return messages


async def test_inviting(network: Any, told: list[Message]) -> None:
    """XEP-0249 §2"""
    crone = network.join(CRONE, "xep_0249")
    plugin = crone.plugin["xep_0249"]
    plugin.send_invitation(HECATE, ROOM + "/crone", "cauldronburn", "Hey Hecate", thread="e0ffe42b")
    plugin.send_invitation(HECATE, ROOM)
    await crone.settle()
    full, plain = (message["groupchat_invite"] for message in told)
    assert (full.jid, full.password, full.reason, full.continue_, full.thread) == (
        ROOM, "cauldronburn", "Hey Hecate", True, "e0ffe42b",
    )  # fmt: skip
    assert plain.xml.attrib == {"jid": ROOM}
    assert told[0]["from"] == CRONE


async def test_a_component_invites_for_somebody(network: Any, told: list[Message]) -> None:
    component = network.join("puppets.lit", "xep_0249", component=True)
    component.plugin["xep_0249"].send_invitation(HECATE, ROOM, mfrom="romeo@puppets.lit")
    await component.settle()
    assert [message["from"] for message in told] == ["romeo@puppets.lit"]


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        ("error", f"<x xmlns='jabber:x:conference' jid='{ROOM}'/>"),
        ("groupchat", f"<x xmlns='jabber:x:conference' jid='{ROOM}'/>"),
        ("normal", "<x xmlns='jabber:x:conference'/>"),
        ("normal", "<x xmlns='jabber:x:conference' jid='@'/>"),
        # What a room says, and says again for old clients (XEP-0045 §7.8.2).
        ("normal", f"<x xmlns='http://jabber.org/protocol/muc#user'><invite from='{CRONE}'/></x>"
                   f"<x xmlns='jabber:x:conference' jid='{ROOM}'>why</x>"),
    ],
)  # fmt: skip
async def test_what_is_no_invitation(network: Any, told: list[Message], kind: str, inside: str) -> None:
    network.stations[HECATE].take(f"<message from='{CRONE}' to='{HECATE}' type='{kind}'>{inside}</message>")
    assert told == []
    assert network.stations[HECATE].faults == []


async def test_to_a_room_where_we_are(network: Any, told: list[Message]) -> None:
    """XEP-0249 §4"""
    hecate = network.stations[HECATE]
    hecate.register_plugin("xep_0045")
    joining = asyncio.ensure_future(hecate.plugin["xep_0045"].join(ROOM, "hecate"))
    await hecate.settle()
    invitation = f"<message from='{CRONE}' to='{HECATE}'><x xmlns='jabber:x:conference' jid='{ROOM}'/></message>"
    hecate.take(invitation)
    assert len(told) == 1
    hecate.take(
        f"<presence from='{ROOM}/hecate'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x>"
        "</presence>"
    )
    hecate.take(f"<message from='{ROOM}' type='groupchat'><subject/></message>")
    await joining
    hecate.take(invitation)
    assert len(told) == 1


async def test_disabled_it_leaves_nothing(network: Any, told: list[Message]) -> None:
    hecate = network.stations[HECATE]
    hecate.plugin.disable("xep_0249")
    hecate.take(f"<message from='{CRONE}' to='{HECATE}'><x xmlns='jabber:x:conference' jid='{ROOM}'/></message>")
    assert told == []
