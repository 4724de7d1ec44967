# SPDX-License-Identifier: MIT
"""Child stanzas: found, made, listed, replaced."""

from __future__ import annotations

import gc
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from extensions import Nick, Shout

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import XML_LANG

NS = "urn:test:element"


class Action(ElementBase):
    name, namespace, plugin_attrib, plugin_multi_attrib = "action", NS, "action", "actions"
    interfaces = {"method", "done", "body"}
    sub_interfaces = {"body"}
    bool_interfaces = {"done"}
    lang_interfaces = {"body"}


class Task(ElementBase):
    name, namespace, plugin_attrib = "task", NS, "task"
    interfaces = {"id", "command"}
    sub_interfaces = {"command"}


class Frame(ElementBase):
    """The outermost stanza of these tests."""

    name, namespace, plugin_attrib = "frame", NS, "frame"
    interfaces = {"to", "note", "method", "address"}
    sub_interfaces = {"note"}

    def get_address(self) -> JID:
        return JID(self._get_attr("address"))


register_stanza_plugin(Frame, Action, iterable=True)
register_stanza_plugin(Frame, Task)
register_stanza_plugin(Frame, Nick)
register_stanza_plugin(Frame, Shout)
register_stanza_plugin(Action, Task)


def frame(inside: str = "", attributes: str = "") -> Any:
    return Frame(xml=ET.fromstring(f"<frame xmlns='{NS}' {attributes}>{inside}</frame>"))


def xml(stanza: Any) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


def test_reading_a_child_makes_it() -> None:
    stanza = frame()
    assert stanza.get_plugin("task", check=True) is None
    task = stanza["task"]
    assert isinstance(task, Task)
    assert stanza["task"] is task
    assert xml(stanza) == "<frame><task /></frame>"


def test_enable_and_init_plugin() -> None:
    stanza = frame("<task id='1'/>")
    assert stanza.enable("task") is stanza["task"]
    assert len(stanza.xml) == 1
    first = stanza.init_plugin("task")
    assert first["id"] == "1"
    second = stanza.init_plugin("task", reuse=False)
    assert len(stanza.xml) == 2
    assert stanza["task"] is second
    existing = ET.SubElement(stanza.xml, f"{{{NS}}}task", {"id": "3"})
    assert stanza.init_plugin("task", existing_xml=existing).xml is existing
    ready = Task(xml=existing)
    assert stanza.init_plugin("task", element=ready) is ready
    assert stanza["task"] is ready
    assert ready.parent is not None
    assert ready.parent() is stanza
    with pytest.raises(KeyError):
        stanza.init_plugin("unknown")


def test_removing_a_child() -> None:
    stanza = frame("<task/><note>n</note><task/>")
    task = stanza["task"]
    del stanza["task"]
    assert xml(stanza) == "<frame><note>n</note></frame>"
    assert stanza["task"] is not task
    del stanza["task"]
    del stanza["task"]


def test_assigning_to_a_childs_key_sets_its_value_of_that_key() -> None:
    class Same(ElementBase):
        name, namespace, plugin_attrib = "same", NS, "same"
        interfaces = {"same"}

    register_stanza_plugin(Frame, Same)
    stanza: Any = Frame()
    stanza["same"] = "x"
    assert xml(stanza) == '<frame><same same="x" /></frame>'
    assert isinstance(stanza["same"], Same)


def test_assigning_a_child() -> None:
    stanza = frame("<task id='1'/><task id='2'/>")
    task: Any = Task()
    stanza["task"] = task
    assert xml(stanza) == "<frame><task /></frame>"
    assert stanza["task"] is task
    assert list(stanza) == []


def test_children_of_iterable_classes() -> None:
    stanza = frame("<action method='1'/><task/><action method='2'/>")
    assert [child["method"] for child in stanza] == ["1", "2"]
    assert stanza["substanzas"] == stanza.iterables == list(stanza)
    assert stanza["actions"] == list(stanza)
    assert len(stanza) == 2
    assert stanza["action"] is stanza.iterables[0]  # one object for one element


def test_one_object_for_one_element_whoever_asks_first() -> None:
    stanza = frame("<action/>")
    first = stanza["action"]
    assert list(stanza) == [first]
    stanza = frame()
    task = Task()
    stanza.append(task)
    assert stanza["task"] is task


def test_loops_do_not_disturb_each_other() -> None:
    stanza = frame("<action method='1'/><action method='2'/>")
    seen = [(outer["method"], inner["method"]) for outer in stanza for inner in stanza]
    assert seen == [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")]


def test_next() -> None:
    stanza = frame("<action method='1'/><action method='2'/>")
    assert stanza.next()["method"] == "1"
    assert next(stanza)["method"] == "2"
    with pytest.raises(StopIteration):
        stanza.next()
    assert next(stanza)["method"] == "1"


def test_append_and_pop() -> None:
    stanza: Any = frame("<action method='1'/>")
    added: Any = Action()
    assert stanza.append(added) is stanza
    assert added.parent() is stanza
    assert list(stanza)[1] is added
    stanza.append(ET.Element(f"{{{NS}}}action", {"method": "3"}))
    stanza.appendxml(ET.Element("other"))
    assert [child["method"] for child in stanza] == ["1", "", "3"]
    assert stanza.pop(1) is added
    assert stanza.pop()["method"] == "1"
    assert stanza.pop(-1)["method"] == "3"
    assert [child.tag for child in stanza.xml] == ["other"]
    with pytest.raises(IndexError):
        stanza.pop()
    with pytest.raises(TypeError, match="str is neither"):
        stanza.append("x")


def test_a_child_that_left_the_xml_is_no_iterable() -> None:
    stanza = frame("<action/><action/>")
    first = stanza["action"]
    stanza.xml.remove(stanza.xml[0])
    assert len(stanza) == 1
    assert stanza.pop() is not first
    assert "actions" not in stanza


def test_lists_of_children() -> None:
    stanza: Any = frame("<action method='1'/><task/><action method='2' xml:lang='de'/>")
    assert [child["method"] for child in stanza["actions|de"]] == ["2"]
    assert [child["method"] for child in stanza["actions|*"]] == ["1", "2"]
    added: Any = Action()
    added["method"] = "3"
    stanza["actions|de"] = [ET.Element(added.tag, {XML_LANG: "de"})]
    assert len(stanza["actions"]) == 2
    stanza["actions"] = [added, stanza["actions"][0]]
    assert [child["method"] for child in stanza["actions"]] == ["3", "1"]
    del stanza["actions|de"]
    del stanza["actions"]
    assert xml(stanza) == "<frame><task /></frame>"


def test_substanzas_as_a_whole() -> None:
    stanza: Any = frame("<action method='1'/><task/>")
    stanza["substanzas"] = [Action(), Task()]
    assert [type(child) for child in stanza["substanzas"]] == [Action, Task]
    del stanza["substanzas"]
    assert xml(stanza) == "<frame><task /></frame>"


def test_clear() -> None:
    stanza = frame("text<action/><task/>", "to='x'")
    task = stanza["task"]
    assert stanza.clear() is stanza
    assert xml(stanza) == '<frame to="x">text</frame>'
    assert len(stanza) == 0
    assert stanza["task"] is not task


def test_a_stanza_is_true() -> None:
    assert frame()
    assert len(frame()) == 0


def test_parents_are_referred_to_weakly() -> None:
    stanza = frame("<task/>")
    task = stanza["task"]
    del stanza
    gc.collect()
    assert task.parent() is None
    assert task["lang"] == ""


def test_children_in_languages() -> None:
    stanza = frame("<task id='1' xml:lang='de'/><task id='2'/>", "xml:lang='en'")
    assert stanza["task"]["id"] == stanza["task|en"]["id"] == "2"
    assert stanza["task|de"]["id"] == "1"
    stanza["task|fr"]["id"] = "3"
    assert stanza.xml[2].get(XML_LANG) == "fr"
    assert set(stanza.plugins) == {("task", None), ("task", "de"), ("task", "fr")}
    del stanza["task|de"]
    assert [child.get("id") for child in stanza.xml] == ["2", "3"]
    replaced: Any = Task()
    replaced["id"] = "4"
    stanza["task|fr"] = replaced
    assert [(child.get("id"), child.get(XML_LANG)) for child in stanza.xml] == [("2", None), ("4", "fr")]


def test_a_child_of_another_language_is_better_than_none() -> None:
    stanza = frame("<task id='1' xml:lang='de'/><task id='2' xml:lang='fr'/>")
    assert stanza["task"]["id"] == "1"
    assert stanza.get_plugin("task", "en", check=True) is None


def test_the_language_is_inherited() -> None:
    stanza = frame("<task><command xml:lang='en'>c</command></task>", "xml:lang='en'")
    assert stanza["task"]["lang"] == "en"
    stanza["task"]["lang"] = "de"
    assert stanza["task"].get_lang() == "de"
    assert stanza["task"]["lang|fr"] == "de"
    del stanza["task"]["lang"]
    assert stanza["task"]["lang"] == "en"
    stanza.set_lang(None)
    assert stanza["task"]["lang"] == ""


def test_an_extension_is_its_value() -> None:
    stanza: Any = Frame()
    assert stanza["nick"] == ""
    assert xml(stanza) == "<frame />"  # nothing was made by reading
    stanza["nick"] = "Romeo"
    assert xml(stanza) == '<frame><nick xmlns="urn:nick">Romeo</nick></frame>'
    assert stanza["nick"] == "Romeo"
    assert isinstance(stanza.get_plugin("nick"), Nick)
    assert frame("<nick xmlns='urn:nick'>Juliet</nick>")["nick"] == "Juliet"
    del stanza["nick"]
    assert xml(stanza) == "<frame />"
    del stanza["nick"]


def test_a_virtual_extension_works_on_its_parent() -> None:
    stanza = frame("", "method='run'")
    assert stanza["shout"] == "run!"
    assert stanza["shout|de"] == "run!de"
    assert stanza.loaded_plugins == set()
    stanza["shout"] = "walk!"
    stanza["shout|de"] = "walk!"
    assert xml(stanza) == '<frame method="walkde" />'
    assert "shout" in stanza
    assert stanza.loaded_plugins == {"shout"}
    del stanza["shout"]
    assert xml(stanza) == "<frame />"
    assert "shout" not in stanza


def test_removing_a_virtual_extension_that_was_not_asked_for() -> None:
    stanza = frame("", "method='run'")
    del stanza["shout"]
    assert xml(stanza) == "<frame />"


def test_an_extension_that_makes_xml_in_setup_makes_none_when_read() -> None:
    class Made(ElementBase):
        name, namespace, plugin_attrib, is_extension = "made", NS, "made", True
        interfaces = {"made"}

        def setup(self, xml: ET.Element | None = None) -> bool:
            return ElementBase.setup(self, xml)

    register_stanza_plugin(Frame, Made)
    stanza = frame("<note/>")
    assert stanza["made"] == ""
    del stanza["made"]
    assert xml(stanza) == "<frame><note /></frame>"
    stanza["made"] = "x"
    assert xml(stanza) == '<frame><note /><made made="x" /></frame>'


def test_what_is_there() -> None:
    stanza = frame("<task id='1'/><unknown/><task id='2'/><action/>")
    assert stanza.loaded_plugins == {"task", "action"}
    assert stanza.plugins == {("task", None): stanza["task"]}
    stanza["shout"] = "run!"
    assert set(stanza.plugins) == {("task", None), ("shout", None)}
    assert Frame().plugins == {}


def test_steps_of_a_path_make_no_second_object() -> None:
    stanza = frame("<task id='1'/><task id='2' xml:lang='de'/><action method='m'/>")
    second = stanza["task|de"]
    assert stanza.match("frame/task@id=2")
    assert stanza["task|de"] is second
    assert stanza._children_named("task")[1] is second
    assert stanza.match(["frame", "action@method=m"])
    assert stanza._children_named("actions") == list(stanza)
    assert not stanza.match("frame/unknown")
    assert not stanza.match("frame/shout")
    stanza["shout"] = "run!"
    assert stanza.match("frame/shout")
    with pytest.raises(KeyError):
        stanza.get_plugin("unknown")
    assert stanza.get_plugin("unknown", check=True) is None


def test_typed_access_finds_only_the_class_asked_for() -> None:
    class Other(Task):
        """The same key."""

    stanza = frame("<task/>")
    assert isinstance(stanza._find_plugin(Task), Task)
    assert stanza._find_plugin(Other) is None
    assert frame()._find_plugin(Task) is None


def test_a_registration_on_the_base_of_all() -> None:
    class Everywhere(ElementBase):
        name, namespace, plugin_attrib = "everywhere", NS, "everywhere"

    register_stanza_plugin(ElementBase, Everywhere)
    try:
        assert isinstance(frame("<everywhere/>")["everywhere"], Everywhere)
        assert "everywhere" in frame("<task><everywhere/></task>")["task"]
    finally:
        for cls in (ElementBase, *_family(ElementBase)):
            cls.plugin_attrib_map.pop("everywhere", None)
            cls.plugin_tag_map.pop(Everywhere.tag_name(), None)
        for table in ("plugin_attrib_map", "plugin_tag_map"):
            ElementBase._own_maps[table].clear()


def _family(cls: type[ElementBase]) -> list[type[ElementBase]]:
    return [found for one in cls.__subclasses__() for found in (one, *_family(one))]


def test_children_that_are_replaced_in_any_language() -> None:
    stanza = frame("<task id='1'/><task id='2' xml:lang='de'/>")
    stanza["task|*"] = Task()
    assert xml(stanza) == "<frame><task /></frame>"


def test_enabling_a_second_child() -> None:
    task = Task()
    register_stanza_plugin(Task, Action)
    register_stanza_plugin(Task, Nick)
    for key in ("action", "nick", "action"):
        task.enable(key)
    assert [child.tag for child in task.xml] == [f"{{{NS}}}action", "{urn:nick}nick"]


def test_a_setter_that_is_no_function() -> None:
    class Flagged(ElementBase):
        name, namespace, plugin_attrib = "flagged", NS, "flagged"
        interfaces = {"done"}

        @staticmethod
        def set_done(value: str) -> None:
            told.append(value)

    told: list[str] = []
    for value in ("one", "two"):
        Flagged()["done"] = value
    assert told == ["one", "two"]


def test_a_setter_that_is_replaced_later(monkeypatch: pytest.MonkeyPatch) -> None:
    class Flagged(ElementBase):
        name, namespace, plugin_attrib = "flagged", NS, "flagged"
        interfaces = {"done"}

        def set_done(self, value: str) -> None:
            told.append(value)

    told: list[str] = []
    flagged = Flagged()
    flagged["done"] = "by the class"
    monkeypatch.setattr(Flagged, "set_done", lambda self, value: told.append(f"patched: {value}"))
    flagged["done"] = "by the class"
    monkeypatch.setattr(flagged, "set_done", lambda value: told.append(f"here: {value}"))
    flagged["done"] = "by the object"
    assert told == ["by the class", "patched: by the class", "here: by the object"]


def test_a_child_that_makes_its_objects_in_its_own_way() -> None:
    class Numbered(ElementBase):
        name, namespace, plugin_attrib = "numbered", NS, "numbered"
        number = 0

        def __new__(cls, *args: Any, **kwargs: Any) -> Numbered:
            numbered = super().__new__(cls)
            numbered.number = 7
            return numbered

    register_stanza_plugin(Task, Numbered)
    task = Task()
    assert task["numbered"].number == 7
    assert Task(xml=task.xml)["numbered"].number == 7


class Level(ElementBase):
    name, namespace, plugin_attrib = "level", NS, "level"
    is_extension = True

    level = Attr(int)


def test_of_a_refused_value_nothing_is_left() -> None:
    class Gauge(ElementBase):
        name, namespace, plugin_attrib = "gauge", NS, "gauge"

    register_stanza_plugin(Gauge, Level)
    gauge = Gauge()
    with pytest.raises(InvalidValue):
        gauge["level"] = "high"
    assert len(gauge.xml) == 0
    assert Level.of(gauge) is None
    gauge["level"] = 3
    with pytest.raises(InvalidValue):
        gauge["level"] = "high"
    assert gauge["level"] == 3
    level = Level.of(gauge)
    assert level is not None
    assert level.level == 3
