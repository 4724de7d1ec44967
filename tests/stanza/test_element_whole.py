# SPDX-License-Identifier: MIT
"""`ElementBase` as a whole: values, equality, copies, text."""

from __future__ import annotations

import copy
import pickle
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.registry import register_stanza_plugin

NS = "urn:test:element"


class Action(ElementBase):
    name, namespace, plugin_attrib, plugin_multi_attrib = "action", NS, "action", "actions"
    interfaces = {"method", "done", "body"}
    sub_interfaces = {"body"}
    bool_interfaces = {"done"}
    lang_interfaces = {"body"}


class Special(Action):
    """The same on the wire."""


class Task(ElementBase):
    name, namespace, plugin_attrib = "task", NS, "task"
    interfaces = {"id", "command"}
    sub_interfaces = {"command"}


class Pickled(ElementBase):
    name, namespace, plugin_attrib = "p", "urn:p", "p"
    interfaces = {"a"}


class Frame(ElementBase):
    name, namespace, plugin_attrib = "frame", NS, "frame"
    interfaces = {"to"}


register_stanza_plugin(Frame, Action, iterable=True)
register_stanza_plugin(Frame, Task)


def frame(inside: str = "", attributes: str = "") -> Any:
    return Frame(xml=ET.fromstring(f"<frame xmlns='{NS}' {attributes}>{inside}</frame>"))


def xml(stanza: Any) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


def test_values_are_slixmpps_methods_too() -> None:
    stanza = frame("<task id='1'/>", "to='x'")
    assert stanza.values == stanza.get_stanza_values() == stanza._get_stanza_values()
    again = Frame()
    assert again.set_stanza_values(stanza.values) is again
    assert again == stanza
    assert Frame()._set_stanza_values({"to": "y"})["to"] == "y"


def test_equality() -> None:
    one, other = frame("<task id='1'/>", "to='x'"), frame("<task id='1'/>", "to='x'")
    assert one == one  # the short way
    assert one == other
    other["task"]["id"] = "2"
    assert one != other
    assert one != "x"
    assert Action() != Frame()
    assert Special() != Action()
    with pytest.raises(TypeError):
        hash(one)


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_copies(how: Any) -> None:
    parent = frame("<task id='1'><command>c</command></task>")
    task = parent["task"]
    other = how(task)
    assert other == task
    assert type(other) is Task
    other["command"] = "d"
    assert task["command"] == "c"
    assert other.parent() is parent
    assert len(parent.xml) == 1


def test_text() -> None:
    assert (
        str(frame("<task/>", "to='x'"))
        == repr(frame("<task/>", "to='x'"))
        == (f'<frame xmlns="{NS}" to="x"><task /></frame>')
    )
    stanza = frame()
    stanza.xml.set("to", 5)
    with pytest.raises(ValueError, match="frame/@to"):
        str(stanza)
    assert repr(stanza).startswith("<Frame: cannot write frame/@to")


def test_a_stanza_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(Pickled(xml=ET.fromstring("<p xmlns='urn:p' a='1'><b/></p>"))))
    assert type(again) is Pickled
    assert (again["a"], str(again)) == ("1", '<p xmlns="urn:p" a="1"><b /></p>')
