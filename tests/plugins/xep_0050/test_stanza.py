# SPDX-License-Identifier: MIT
"""Commands on the wire."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0050 import Action, Command, Note, NoteType, Status
from xmppkit.plugins.xep_0050.stanza import COMMANDS, Actions
from xmppkit.stanza.iq import Iq


def parse(inside: str = "", attributes: str = "") -> Command:
    return Command(xml=ET.fromstring(f"<command xmlns='{COMMANDS}' {attributes}>{inside}</command>"))


def test_a_request() -> None:
    iq = Iq()
    iq["command"]["node"] = "list"
    iq["command"]["action"] = "execute"
    assert str(iq["command"]) == f'<command xmlns="{COMMANDS}" node="list" action="execute" />'
    assert iq["command"].action is Action.EXECUTE
    assert (iq["command"]["status"], iq["command"].status, iq["command"]["sessionid"]) == ("", None, "")


def test_an_answer() -> None:
    command = parse(
        "<actions execute='complete'><prev/><complete/><fly/></actions><note>so</note><note type='warn'>mind</note>"
        "<note type='odd'/><x xmlns='jabber:x:data' type='form'/>",
        "node='config' sessionid='1' status='executing'",
    )
    assert (command.status, command["status"]) == (Status.EXECUTING, "executing")
    assert command["actions"] == ["prev", "complete"]
    allowed = command.allowed
    assert allowed is not None
    assert (allowed.actions, allowed.execute) == ([Action.PREV, Action.COMPLETE], Action.COMPLETE)
    assert command.notes == [Note(NoteType.INFO, "so"), Note(NoteType.WARN, "mind"), Note(NoteType.INFO, "")]
    assert command["notes"] == [("info", "so"), ("warn", "mind"), ("info", "")]
    assert isinstance(command["form"], Form)
    assert [element.tag for element in command.payload_elements()] == ["{jabber:x:data}x"]


@pytest.mark.parametrize(
    ("actions", "execute"),
    [(["next"], "next"), (["prev", "next", "complete"], "next"), (["prev", "complete"], "complete"), (["prev"], "")],
)
def test_what_may_be_done(actions: list[str], execute: str) -> None:
    command = Command()
    command["actions"] = actions
    assert command["actions"] == actions
    assert "actions" in command
    assert command["allowed"]["execute"] == execute
    command["actions"] = "next"
    assert command["actions"] == ["next"]
    del command["actions"]
    assert (command["actions"], command.allowed) == ([], None)


def test_actions_by_themselves() -> None:
    actions = Actions()
    assert ("actions" in actions, actions["actions"]) == (False, [])
    actions["actions"] = ["prev", "next", "next"]
    assert "actions" in actions
    assert str(actions) == f'<actions xmlns="{COMMANDS}"><prev /><next /></actions>'
    for wrong in ("cancel", "execute", "fly", 7):
        with pytest.raises(InvalidValue, match="Actions"):
            actions["actions"] = [wrong]
    assert actions["actions"] == ["prev", "next"]
    actions["actions"] = ""
    assert actions.actions == []


def test_notes() -> None:
    command = Command()
    assert "notes" not in command
    command.add_note("first")
    command.add_note("second", "error")
    assert "notes" in command
    assert command["notes"] == [("info", "first"), ("error", "second")]
    wrong: Any
    for wrong in ([("grave", "x")], [("info",)], 7):
        with pytest.raises(InvalidValue, match=r"Command\.notes"):
            command["notes"] = wrong
    assert command["notes"] == [("info", "first"), ("error", "second")]
    command["notes"] = None
    assert command.notes == []


def test_values() -> None:
    command, other = Command(), Command()
    command["node"], command["actions"], command["notes"] = "x", ["prev", "next"], [("info", "hi")]
    other.values = command.values
    assert str(other) == str(command)
