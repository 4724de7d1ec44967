# SPDX-License-Identifier: MIT
"""tools/events.py and what it made."""

from __future__ import annotations

from pathlib import Path

import events
import pytest

from xmppkit.plugins.base import PLUGIN_REGISTRY, load_plugin
from xmppkit.plugins.base.names import PLUGINS
from xmppkit.xmlstream.events import EVENTS

HEAD = "from package.dispatch.events import Event\nfrom xmppkit.stanza.message import Message\n"
GOOD = f"""{HEAD}
KIND = "rain_{{kind}}"
class Weather:
    events = (
        Event("rain_heavy", Message, "it pours", "XEP-9999 §1", KIND),
        Event("rain_light", Message | dict[str, int], "it drizzles", raised_as=KIND),
        Event("sun", meaning="it shines"),
        Event("wind::{{from_}}", float, "it blows"),
        Event("weather", str, "there is some", raised_as="{{name}}"),
    )
    def look(self, kind, name):
        self.xmpp.event(f"rain_{{kind}}", 1)
        self.event("sun")
        self.event(name)
        self.event(self.name)
    async def later(self):
        await self.event_async(f"wind::{{self.side}}", 1)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A package with a module that raises events."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "weather.py").write_text(GOOD)
    return tmp_path / "package"


def test_the_lists_say_what_the_code_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert events.main(["--check"]) == 0, capsys.readouterr().out


def test_what_is_read_is_what_programs_find() -> None:
    """The lists are read as sources; imported they say the same."""
    listed = {event.name for event in EVENTS}
    for name in PLUGINS:
        assert load_plugin(name)
        listed |= {event.name for event in PLUGIN_REGISTRY[name].events}
    assert listed == {one.name for one in events.read(events.SOURCE).listed}


def test_what_is_written_passes_the_check(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = source / "events.rst"
    assert events.main(["--check"], source, index) == 1
    assert events.main(["--write"], source, index) == 0
    assert events.main(["--check"], source, index) == 0
    names = (source / "xmlstream" / "_event_names.pyi").read_text()
    assert 'MessageEvent: TypeAlias = Literal[\n    "rain_heavy"\n]' in names
    assert "MessageOrDictStrIntPayload: TypeAlias = Message | dict[str, int]" in names
    assert "from xmppkit.stanza.message import Message\n" in names
    assert "wind" not in names  # a family has no name that a checker could know
    calls = (source / "xmlstream" / "_event_naming.pyi").read_text()
    assert (
        "def __call__(self, event: of.MessageEvent, timeout: float = ...) -> Coroutine[Any, Any, of.MessagePayload]"
        in calls
    )
    text = index.read_text()
    assert "   * - ``rain_heavy``\n     - ``Message``\n     - it pours (XEP-9999 §1)\n     - ``weather``\n" in text
    assert "   * - ``sun``\n     - ``{}``\n" in text
    assert "``wind::{from_}``" in text


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ('self.event("snow")', "package.weather: raises 'snow', which no list has"),
        ('self.event(f"snow_{kind}")', "package.weather: raises 'snow_{}', which no list has"),
        ("self.event(other)", "package.weather: raises '{other}', which no list has"),
        ("self.event(other())", "package.weather: raises '{}', which no list has"),
        ('Event("snow", meaning="it snows")', "package/more.py:3: nobody raises 'snow'"),
        ('Event("s", meaning="s", raised_as="s_{x}")', "package/more.py:3: nobody raises 's_{x}'"),
        ('Event("sun", meaning="it shines")', "'sun' is in package/"),
        ('Event("snow", Flakes, "it snows")', "the payload of snow names Flakes, which the module does not import"),
        ('Event("snow")', "package/more.py:3: an event needs a name and a meaning"),
        ("Event(name, meaning='x')", "package/more.py:3: name of an event is to be a string that can be read here"),
        ("Event(3, meaning='x')", "package/more.py:3: name of an event is to be a string that can be read here"),
    ],
)
def test_what_the_lists_and_the_code_disagree_in_is_told(
    source: Path, code: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = source / ("weather.py" if "self" in code else "more.py")
    path.write_text(f"{GOOD}\n{code}\n" if "self" in code else f"{HEAD}{code}\n")
    assert events.main(["--write"], source, source / "events.rst") == 1
    assert complaint in capsys.readouterr().out
    assert not (source / "xmlstream").exists()


def test_another_class_of_the_same_name_lists_nothing(source: Path) -> None:
    (source / "more.py").write_text("from package.protocol import Event\nEvent('snow')\nevent('rain')\n")
    assert list(events.faults(events.read(source))) == []


def test_there_is_room_for_the_events_to_come(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """170 events with 60 types of payload."""
    listed = [f'Event("e{number}", T{number % 60}, "m")\nself.event("e{number}")' for number in range(170)]
    classes = [f"class T{number}: ..." for number in range(60)]
    (source / "more.py").write_text("\n".join([HEAD, *classes, *listed]))
    assert events.main(["--write"], source, source / "events.rst") == 0, capsys.readouterr().out
