# SPDX-License-Identifier: MIT
"""`ElementBase` as users of slixmpp know it, with classes as they write them."""

from __future__ import annotations

import logging
import weakref
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from extensions import Nick, Shout

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.stanza import element
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import XML

NS = "urn:test:element"


class Action(ElementBase):
    """A class as slixmpp's guide shows them: interfaces of each kind, and methods for some."""

    name = "action"
    namespace = NS
    plugin_attrib = "action"
    plugin_multi_attrib = "actions"
    interfaces = {"method", "param", "status", "done", "body", "Upper", "free"}
    sub_interfaces = {"param", "body"}
    bool_interfaces = {"done"}
    lang_interfaces = {"body"}

    def get_status(self) -> str:
        return self._get_attr("st", "new").upper()

    def set_status(self, value: str) -> ElementBase:
        self._set_attr("st", value.lower())
        return self

    def del_status(self) -> None:
        self._del_attr("st")

    def get_upper(self) -> str:
        return "upper"


class Task(ElementBase):
    name, namespace, plugin_attrib = "task", NS, "task"
    interfaces = {"id", "command", "cleanup"}
    sub_interfaces = {"command", "cleanup"}


class Cover(ElementBase):
    """It takes over two of its parent's interfaces."""

    name, namespace, plugin_attrib = "cover", NS, "cover"
    interfaces = {"kept"}
    overrides = ["get_method", "set_method", "del_method", "get_body", "set_body", "del_body"]

    def get_method(self) -> str:
        return "covered " + self._get_attr("kept")

    def set_method(self, value: str) -> None:
        self._set_attr("kept", value)

    def del_method(self) -> None:
        self._del_attr("kept")

    def get_body(self, lang: str | None = None) -> str:
        return f"{lang}:{self['kept']}"

    def set_body(self, value: str, lang: str | None = None) -> None:
        self["kept"] = f"{lang}:{value}"

    def del_body(self, lang: str | None = None) -> None:
        self["kept"] = f"no {lang}"


class Frame(ElementBase):
    """The outermost stanza of these tests."""

    name, namespace, plugin_attrib = "frame", NS, "frame"
    interfaces = {"to", "note", "method", "address"}
    sub_interfaces = {"note"}

    def get_address(self) -> JID:
        return JID(self._get_attr("address"))


class Coveted(Action):
    """An action whose interfaces `Cover` takes over."""

    plugin_attrib = "coveted"


register_stanza_plugin(Frame, Action, iterable=True)
register_stanza_plugin(Frame, Task)
register_stanza_plugin(Frame, Nick)
register_stanza_plugin(Frame, Shout)
register_stanza_plugin(Action, Task)
register_stanza_plugin(Action, Nick)
register_stanza_plugin(Action, Shout)
register_stanza_plugin(Coveted, Cover, overrides=True)


def parse(cls: type[Any], text: str) -> Any:
    return cls(xml=ET.fromstring(text))


def frame(inside: str = "", attributes: str = "") -> Any:
    return parse(Frame, f"<frame xmlns='{NS}' {attributes}>{inside}</frame>")


def action(inside: str = "", attributes: str = "") -> Any:
    return parse(Action, f"<action xmlns='{NS}' {attributes}>{inside}</action>")


def xml(stanza: Any) -> str:
    return str(stanza).replace(f' xmlns="{NS}"', "")


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING, element.__name__)
    return caplog


# --- making one -----------------------------------------------------------------------------------------------------


def test_a_new_element() -> None:
    stanza = Frame()
    assert stanza.tag == Frame.tag_name() == f"{{{NS}}}frame"
    assert stanza.parent is None
    assert stanza.xml_ns == element.XML_NS == XML


def test_setup_says_whether_it_made_one() -> None:
    stanza = Frame()
    made = stanza.xml
    assert stanza.setup() is False
    assert stanza.setup(ET.Element("x")) is False
    assert stanza.xml is made
    stanza.xml = None
    assert stanza.setup(made) is False
    assert stanza.xml is made
    stanza.xml = None
    assert stanza.setup() is True
    assert stanza.xml is not made


def test_a_new_child_stands_in_its_parent() -> None:
    stanza = Frame()
    task = Task(parent=stanza)
    assert list(stanza.xml) == [task.xml]
    assert task.parent is not None
    assert task.parent() is stanza
    assert Task(parent=weakref.ref(stanza)).parent() is stanza  # type: ignore[misc]  # it has one


def test_a_name_that_is_a_path() -> None:
    class Deep(ElementBase):
        name, namespace, plugin_attrib = "a/b/c", NS, "deep"
        interfaces = {"x"}
        sub_interfaces = {"x"}

    register_stanza_plugin(Frame, Deep)
    stanza: Any = Frame()
    stanza["deep"]["x"] = "1"
    assert xml(stanza) == "<frame><a><b><c /></b><x>1</x></a></frame>"
    assert frame("<a><x>1</x></a>")["deep"]["x"] == "1"


def test_a_setup_that_puts_something_in() -> None:
    class Full(ElementBase):
        name, namespace, plugin_attrib = "full", NS, "full"
        interfaces = {"x"}

        def setup(self, xml: ET.Element | None = None) -> bool:
            if super().setup(xml):
                self["x"] = "default"
                return True
            return False

    assert xml(Full()) == '<full x="default" />'
    assert parse(Full, f"<full xmlns='{NS}'/>")["x"] == ""


# --- items ----------------------------------------------------------------------------------------------------------


def test_interfaces_of_every_kind() -> None:
    stanza = action("<param>p</param><done/><body>b</body>", "method='m' st='old' free='f'")
    found = {key: stanza[key] for key in Action.interfaces}
    assert found == {
        "method": "m",
        "param": "p",
        "status": "OLD",
        "done": True,
        "body": "b",
        "Upper": "upper",  # the method's name is in small letters
        "free": "f",
    }


def test_interfaces_that_are_not_there() -> None:
    stanza = action()
    assert {key: stanza[key] for key in Action.interfaces} == {
        "method": "",
        "param": "",
        "status": "NEW",
        "done": False,
        "body": "",
        "Upper": "upper",
        "free": "",
    }
    assert xml(stanza) == "<action />"


def test_setting_interfaces() -> None:
    stanza: Any = Action()
    for key, value in {"method": "m", "param": "p", "status": "OLD", "done": True, "body": "b"}.items():
        stanza[key] = value
    assert xml(stanza) == '<action method="m" st="old"><param>p</param><done /><body>b</body></action>'
    for key in ("method", "param", "done", "body"):
        stanza[key] = ""
    stanza["status"] = None
    assert xml(stanza) == "<action />"


@pytest.mark.parametrize("remove", [Action.__delitem__, lambda stanza, key: stanza.__setitem__(key, None)])
def test_removing_interfaces(remove: Any) -> None:
    stanza = action("<param>p</param><done/><body>b</body>", "method='m' st='old'")
    for key in ("method", "param", "status", "done", "body", "body"):
        remove(stanza, key)
    assert xml(stanza) == "<action />"


@pytest.mark.parametrize(("value", "text"), [(5, "5"), (True, "true"), (1.5, "1.5"), (JID("a@b"), "a@b"), (0, "0")])
def test_attributes_take_what_has_a_text(value: object, text: str) -> None:
    stanza: Any = Action()
    stanza["method"] = value
    stanza["param"] = value
    assert stanza["method"] == stanza["param"] == text


@pytest.mark.parametrize("key", ["method", "param"])
def test_what_has_no_text_is_refused_at_once(key: str) -> None:
    stanza: Any = Action()
    with pytest.raises(InvalidValue, match=rf"Action\['{key}'\]"):
        stanza[key] = ["a"]


def test_unknown_keys_warn(warnings: pytest.LogCaptureFixture) -> None:
    stanza = action()
    assert stanza["unknown"] == ""
    stanza["unknown"] = "x"
    del stanza["unknown"]
    stanza["unknown|de"] = "x"
    assert xml(stanza) == "<action />"
    assert [record.getMessage() for record in warnings.records] == [
        "Action has no key 'unknown' to read",
        "Action has no key 'unknown' to set",
        "Action has no key 'unknown' to remove",
        "Action has no key 'unknown' to set",
    ]
    warnings.clear()
    assert "unknown" not in stanza
    assert not warnings.records


def test_the_switch_for_strictness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(element, "STRICT_INTERFACE", True)
    stanza = action()
    with pytest.raises(ValueError, match=r"Action\['unknown'\]: there is no such key to read"):
        stanza["unknown"]
    with pytest.raises(ValueError, match="to set"):
        stanza["unknown"] = "x"
    with pytest.raises(ValueError, match="to remove"):
        del stanza["unknown"]


def test_the_switch_where_slixmpp_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from xmppkit.xmlstream import stanzabase

    monkeypatch.setattr(stanzabase, "STRICT_INTERFACE", True)
    with pytest.raises(ValueError, match="unknown"):
        action()["unknown"]


def test_get() -> None:
    stanza = action("", "method='m'")
    assert stanza.get("method") == "m"
    assert stanza.get("param") is None
    assert stanza.get("param", "default") == "default"
    assert stanza.get("done", "default") is False


def test_keys() -> None:
    assert Frame().keys() == ["address", "method", "note", "to", "lang"]
    stanza = frame("<action/><task/>")
    assert stanza.keys() == ["address", "method", "note", "to", "action", "task", "lang", "substanzas"]


class Answers(ElementBase):
    name, namespace = "answers", NS
    interfaces = {"nothing", "zero", "no", "empty", "list", "text"}
    given: dict[str, Any] = {"nothing": None, "zero": 0, "no": False, "empty": "", "list": [], "text": "x"}

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("get_") and name != "get_lang":
            return lambda: Answers.given[name[4:]]
        return super().__getattribute__(name)


for _key in Answers.given:
    setattr(Answers, "get_" + _key, print)  # so that the class has such methods


def test_in_asks_for_a_value() -> None:
    stanza = Answers()
    assert {key for key in Answers.given if key in stanza} == {"zero", "text"}
    assert "lang" not in stanza
    stanza["lang"] = "de"
    assert "lang" in stanza
    assert "body" in action("<body>x</body>")
    assert "body|de" in action("<body>x</body>")
    assert "body" not in action("<body/>")


def test_in_asks_for_children_and_makes_none() -> None:
    stanza = frame()
    for key in ("task", "action", "actions", "nick", "shout", "substanzas", "task|de"):
        assert key not in stanza
    assert xml(stanza) == "<frame />"
    stanza = frame("<task/><action/><nick xmlns='urn:nick'/>")
    for key in ("task", "action", "actions", "nick", "substanzas"):
        assert key in stanza
    assert "task|de" not in stanza


# --- languages ------------------------------------------------------------------------------------------------------

BODIES = "<body>x</body><body xml:lang='de'>y</body>"


def test_texts_have_languages() -> None:
    stanza = action(BODIES, "xml:lang='en'")
    assert stanza["lang"] == "en"
    assert stanza["body"] == stanza["body|en"] == "x"
    assert stanza["body|de"] == "y"
    assert stanza["body|fr"] == "y"  # the last
    assert stanza["body|*"] == {"en": "x", "de": "y"}
    assert stanza["param|de"] == ""  # not a key with languages


def test_setting_texts_in_languages() -> None:
    stanza = action(BODIES)
    stanza["body|de"] = "z"
    stanza["body|fr"] = "w"
    assert stanza["body|*"] == {"": "x", "de": "z", "fr": "w"}
    del stanza["body|de"]
    del stanza["body"]
    assert stanza["body|*"] == {"fr": "w"}
    stanza["body|*"] = {"": "a", "en": "b"}
    assert xml(stanza) == '<action><body>a</body><body xml:lang="en">b</body></action>'
    del stanza["body|*"]
    assert xml(stanza) == "<action />"
    stanza["body|fr"] = "c"
    stanza["body|fr"] = None
    stanza["param|de"] = "p"  # it has no languages
    assert xml(stanza) == "<action><param>p</param></action>"
    assert stanza["param|de"] == "p"


# --- overrides ------------------------------------------------------------------------------------------------------
def test_overrides() -> None:
    stanza = parse(Coveted, f"<action xmlns='{NS}' method='m'/>")
    before = xml(stanza)
    assert stanza["method"] == "covered "
    assert stanza["body"] == "None:"
    assert stanza["body|de"] == "de:"
    assert "method" in stanza
    assert xml(stanza) == before
    stanza["method"] = "x"
    assert xml(stanza) == '<action method="m"><cover kept="x" /></action>'
    assert stanza["method"] == "covered x"
    del stanza["method"]
    stanza["body|de"] = "y"
    assert stanza["cover"]["kept"] == "de:y"
    stanza["body"] = "z"
    assert stanza["cover"]["kept"] == "None:z"
    del stanza["body|de"]
    assert stanza["cover"]["kept"] == "no de"


def test_languages_of_interfaces_with_methods() -> None:
    class Spoken(ElementBase):
        name, namespace = "spoken", NS
        interfaces = lang_interfaces = {"x"}

        def get_x(self, lang: str | None = None) -> str:
            return f"got {lang}"

        def set_x(self, value: str, lang: str | None = None) -> None:
            self._set_attr("x", f"{value} {lang}")

        def del_x(self, lang: str | None = None) -> None:
            self._set_attr("x", f"none {lang}")

    stanza: Any = Spoken()
    assert (stanza["x"], stanza["x|de"], stanza["x|*"]) == ("got None", "got de", "got *")
    stanza["x|de"] = "set"
    assert stanza.xml.get("x") == "set de"
    del stanza["x|de"]
    assert stanza.xml.get("x") == "none de"
