# SPDX-License-Identifier: MIT
"""Judges how the plugins' stanza classes read and write the examples of XEPs; tests/xeps and the table in the
documentation ask it.

An example *holds* elements of its XEP if there is one in a namespace that the XEP's schemas or its plugin's classes
define, or one that such a class stands for. Each is to be found as a program would find it: from the stanza down,
through the tables in which classes are registered. What stands alone, or in an element that nobody knows, is taken by
its name. Then it is

- read: each key of the dict view and each typed attribute gives a value, none is unreadable, and the XML is the same
  afterwards;
- rebuilt twice in new elements of its class, from ``values`` and by assigning each field;
- compared with what it was. Attributes are equal, and texts but for white space; where they are not they may be ways
  to write one value (``1`` and ``true``, a time in another zone, an address, base64 in lines), or the default. An empty
  element for a text of which the dict view says the same with and without it is none. Children of one name have the
  same order, unless the dict view has them as a set; those of several names too if all are iterable, since only then a
  program sees their order. Within elements without a class of their own the whole order counts, and so do texts between
  children. An ellipsis stands for what the XEP leaves out, and says nothing. What is in a namespace that neither the
  XEP nor a class knows need not survive.

An example that cannot be judged, since it is broken or elided in the wrong place, is named with the reason in
tests/xeps/left_out.toml.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

import generated
import xep_examples
from xep_examples import Example, Xep

import xmppkit.plugins
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.codecs import BASE64, BOOLEAN, DATETIME, STRICT_ADDRESS, TEXT, Codec
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Children, ChildText, ChildTexts, Field, LangText, ValueField
from xmppkit.stanza.registry import ROOTS
from xmppkit.xml.names import STANZA_NAMESPACES, XML_LANG, split

LEFT_OUT = generated.ROOT / "tests" / "xeps" / "left_out.toml"
#: Texts that a XEP wants in an element for each line, while examples of other XEPs have one with line breaks: those of
#: XEP-0004 §3.
LINES = {"{jabber:x:data}instructions"}
_DECLARATION = re.compile(r"<\?xml.*?\?>")
_STREAM = re.compile(r"</?stream:stream\b[^>]*>")
_ELLIPSIS = re.compile(r"\[ \.\.\. [A-Z ]+ \.\.\. \]|\[?\s*(?:\.\.\.|…)\s*\]?")  # also [ ... ENTRY ... ]


@dataclass(slots=True)
class Verdict:
    """What was found in an example.

    :ivar holds: whether it has an element of its XEP.
    :ivar faults: what is wrong, a line each.
    """

    holds: bool = False
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """The classes of one plugin.

    :ivar package: that of the plugin.
    :ivar namespaces: the XEP's own.
    :ivar alone: classes for what stands alone, by tag.
    :ivar shared: classes of the XEP that the library has outside of the plugin.
    """

    package: str
    namespaces: frozenset[str]
    alone: dict[str, type[ElementBase]]
    shared: frozenset[str] = frozenset()

    def owns(self, cls: type[ElementBase]) -> bool:
        """Whether a class is the plugin's."""
        module = cls.__module__
        return module == self.package or module.startswith(f"{self.package}.") or _name(cls) in self.shared


def _subclasses(cls: type[ElementBase]) -> Iterator[type[ElementBase]]:
    for each in cls.__subclasses__():
        yield each
        yield from _subclasses(each)


@lru_cache(1)
def all_classes() -> tuple[type[ElementBase], ...]:
    """The stanza classes of the library; those of all plugins are imported first."""
    for module in pkgutil.iter_modules(xmppkit.plugins.__path__, "xmppkit.plugins."):
        importlib.import_module(module.name)
    found = dict.fromkeys(_subclasses(ElementBase))
    return tuple(each for each in found if each.__module__.startswith("xmppkit."))


@lru_cache(256)
def known(xep: Xep) -> Known:
    """The classes of a XEP's plugin."""
    classes = all_classes()
    package = f"xmppkit.plugins.xep_{xep.number}"
    exported = vars(importlib.import_module(f"{package}.stanza")) if _has_stanza(package) else {}
    ours = (value for value in exported.values() if isinstance(value, type) and issubclass(value, ElementBase))
    shared = frozenset(_name(each) for each in ours if each.namespace in xep.namespaces)
    own = Known(package, frozenset(), {}, shared)
    mine = [each for each in classes if own.owns(each) and each.namespace not in STANZA_NAMESPACES]
    registered = {tag: plugin for each in classes for tag, plugin in each.plugin_tag_map.items()}
    registered.update({tag: plugin for tag, plugin in list(registered.items()) if own.owns(plugin)})
    registered.update({each.tag_name(): each for each in mine if issubclass(each, StanzaBase)})
    return Known(package, frozenset(xep.namespaces) | {each.namespace for each in mine}, registered | ROOTS, shared)


def _name(cls: type[ElementBase]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _has_stanza(package: str) -> bool:
    return importlib.util.find_spec(f"{package}.stanza") is not None


def roots(text: str) -> list[Element]:
    """The elements of an example, in the namespace of client streams unless it says another.

    :raises ET.ParseError: it is not well-formed.
    """
    whole = _DECLARATION.sub("", text)
    if len(_STREAM.findall(whole)) == 1:  # the example is the beginning of a stream, or its end
        whole = _STREAM.sub("", whole)
    around = "<_ xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    return list(ET.fromstring(f"{around}{whole}</_>"))


def judge(xep: Xep, example: Example) -> Verdict:
    """What is to be said of an example."""
    return judge_text(example.text, known(xep))


def judge_text(text: str, own: Known) -> Verdict:
    """What is to be said of the text of an example."""
    try:
        elements = roots(text)
    except ET.ParseError as error:
        holds = any(f"{quote}{each}{quote}" in text for each in own.namespaces for quote in "'\"")
        return Verdict(holds, [f"it is no XML: {error}"])
    verdict = Verdict()
    for element in elements:
        _visit(element, None, own, verdict)
    return verdict


def _visit(element: Element, parent: ElementBase | None, own: Known, verdict: Verdict) -> None:
    """Find the elements of the XEP in `element` and below, and judge them."""
    try:
        stanza = _object(element, parent, own)
    except LookupError as fault:
        verdict.holds = True
        verdict.faults.append(str(fault))
        return
    if stanza is not None and own.owns(type(stanza)):
        verdict.holds = True
        verdict.faults += [f"{_shown(element)}: {fault}" for fault in _judge_element(stanza, own)]
        return
    if split(element.tag)[0] in own.namespaces:
        verdict.holds = True
        if stanza is None:
            verdict.faults.append(f"no class stands for {_shown(element)}")
    for child in element:
        _visit(child, stanza, own, verdict)


def _object(element: Element, parent: ElementBase | None, own: Known) -> ElementBase | None:
    """The object for an element, as a program gets it; None when no class stands for it."""
    if parent is None:
        cls = own.alone.get(element.tag)
        return None if cls is None else _made(cls, element)
    plugin = parent.plugin_tag_map.get(element.tag)
    if plugin is None:
        cls = own.alone.get(element.tag)
        if cls is not None and own.owns(cls):
            raise LookupError(f"{cls.__name__} is not registered with {type(parent).__name__}")
        return None
    for child in (*parent.iterables, *parent.plugins.values()):
        if child.xml is element:
            return child
    if not own.owns(plugin):
        return None
    raise LookupError(f"there are several {_shown(element)}, and {plugin.__name__} is not registered as iterable")


def _made(cls: type[ElementBase], xml: Element | None, parent: ElementBase | None = None) -> ElementBase:
    """A new object of a class."""
    if issubclass(cls, StanzaBase):
        return cls(xml=xml, parent=parent, recv=True)
    return cls(xml=xml, parent=parent)


def _judge_element(stanza: ElementBase, own: Known) -> Iterator[str]:
    """What is wrong with how a class reads and writes an element."""
    before = copy.deepcopy(stanza.xml)
    yield from _read(stanza)
    if ET.tostring(before) != ET.tostring(stanza.xml):
        yield "reading has changed it"
    for how, rebuild, mixed in (("its values", _from_values, True), ("its fields", _from_fields, False)):
        try:
            made = rebuild(stanza, _shell(stanza))
        except Exception as error:  # whatever it is, it is the class's fault
            yield f"it cannot be rebuilt from {how}: {error!r}"
            continue
        difference = _difference(
            _pruned(before, type(stanza), own), _pruned(made.xml, type(stanza), own), type(stanza), mixed
        )
        if difference:
            yield f"rebuilt from {how} it differs: {difference}"


def _read(stanza: ElementBase) -> Iterator[str]:
    """What cannot be read of an element and of the known ones in it."""
    cls = type(stanza)
    for key in sorted(stanza.interfaces):
        try:
            stanza[key]
            if key in stanza.lang_interfaces:
                stanza[f"{key}|*"]
        except Exception as error:
            yield f"{cls.__name__}[{key!r}] raises {error!r}"
    for each in fields_of(cls):
        value = each.get(stanza)
        text = each.text(stanza.xml) if isinstance(each, ValueField) else None
        if isinstance(each, ValueField) and text:
            try:
                each.codec.decode(text)
            except ValueError as error:
                yield f"{cls.__name__}.{each.attribute} cannot be read: {error}"
        elif isinstance(each, ChildTexts) and each.present(stanza) and not value:
            yield f"{cls.__name__}.{each.attribute} cannot be read"
    for child in _children(stanza):
        yield from _read(child)


def fields_of(cls: type[ElementBase]) -> list[Field[Any]]:
    """The fields of a class, those included that the dict view does not have."""
    names = dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base))
    values = ((name, getattr(cls, name, None)) for name in names)
    return [value for name, value in values if isinstance(value, Field) and value.attribute == name]


def _properties(cls: type[ElementBase]) -> list[str]:
    """The typed attributes of keys that no field stands for, which can be set."""
    keys = {key for base in cls.__mro__ for key in getattr(base, "interfaces", ())} - cls._fields.keys()
    values = ((key, getattr(cls, key, None)) for key in sorted(keys))
    return [key for key, value in values if isinstance(value, property) and value.fset is not None]


def _children(stanza: ElementBase) -> list[ElementBase]:
    """The child stanzas, in the order of the XML."""
    found = {id(child.xml): child for child in (*stanza.plugins.values(), *stanza.iterables)}
    return [found[id(element)] for element in stanza.xml if id(element) in found]


def _shell(stanza: ElementBase) -> ElementBase | None:
    """What a rebuilt element is put in: its parent as it was, but empty."""
    above = stanza.parent() if stanza.parent is not None else None
    if above is None:
        return None
    attributes = dict(above.xml.attrib)
    if above.get_lang():
        attributes[XML_LANG] = above.get_lang()
    return _made(type(above), Element(above.xml.tag, attributes))


def _from_values(stanza: ElementBase, parent: ElementBase | None) -> ElementBase:
    made = _made(type(stanza), None, parent)
    made.values = stanza.values
    return made


def _from_fields(stanza: ElementBase, parent: ElementBase | None) -> ElementBase:
    cls = type(stanza)
    made = _made(cls, None, parent)
    made.set_lang(stanza.xml.get(XML_LANG))
    for name in _properties(cls):
        if value := getattr(stanza, name):
            setattr(made, name, value)
    children = {id(child): _from_fields(child, _shell(child)) for child in _children(stanza)}
    for each in fields_of(cls):
        if isinstance(each, Child):
            child = each.get(stanza)
            if child is not None:
                each.__set__(made, children.pop(id(child)))
        elif isinstance(each, Children):
            each.__set__(made, [children.pop(id(child)) for child in each.get(stanza)])
        elif isinstance(each, LangText):
            each.set_all(made, each.all(stanza))
        elif isinstance(each, Derived) and each.key in cls.lang_interfaces:
            made[f"{each.key}|*"] = stanza[f"{each.key}|*"]
        elif each.present(stanza):
            each.__set__(made, each.get(stanza))
    for child in children.values():  # of other plugins
        made.append(child)
    return made


# --- comparing -----------------------------------------------------------------------------------------------------


def _pruned(element: Element, cls: type[ElementBase] | None, own: Known) -> Element:
    """An element without what need not survive."""
    made = Element(element.tag, element.attrib)
    made.text, made.tail = element.text, element.tail
    here = split(element.tag)[0]
    for child in element:
        plugin = cls.plugin_tag_map.get(child.tag) if cls is not None else None
        namespace = split(child.tag)[0]
        if plugin is not None or namespace == here or namespace in own.namespaces:
            made.append(_pruned(child, plugin, own))
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + (child.tail or "")
        else:
            made.text = (made.text or "") + (child.tail or "")
    return made


def _difference(one: Element, other: Element, cls: type[ElementBase] | None, mixed: bool) -> str:
    """How two elements differ; empty if they say the same.

    :param cls: the class that stands for them.
    :param mixed: whether the dict view made the other: the order of iterables of several names counts then, and that
        in sets does not.
    """
    where = _shown(one)
    if one.tag != other.tag:
        return f"{where} has become {_shown(other)}"
    for name in sorted({*one.attrib, *other.attrib}):
        if not _same_text(_attribute(one, name, cls), _attribute(other, name, cls)):
            return f"{name} of {where} was {one.get(name)!r} and is {other.get(name)!r}"
    before, after = (_text_of(each, between=cls is None) for each in (one, other))
    if not _same_text(before, after):
        return f"the text of {where} was {before!r} and is {after!r}"
    one, other = (_telling(_in_one(each), cls) for each in (one, other))
    for left, right in zip(_ordered(one, cls, mixed), _ordered(other, cls, mixed), strict=False):
        if [child.tag for child in left] != [child.tag for child in right]:
            return f"the children of {where} were {_names(left)} and are {_names(right)}"
        for child, made in zip(left, right, strict=True):
            difference = _difference(child, made, cls.plugin_tag_map.get(child.tag) if cls else None, mixed)
            if difference:
                return difference
    if sorted(child.tag for child in one) != sorted(child.tag for child in other):
        return f"the children of {where} were {_names(one)} and are {_names(other)}"
    return ""


def _in_one(element: Element) -> Element:
    """An element in which texts in `LINES` stand in one element, whatever they stood in."""
    made = Element(element.tag, element.attrib)
    for child in element:
        above = made.find(child.tag) if child.tag in LINES else None
        if above is None:
            made.append(copy.copy(child))
        else:
            above.text = f"{above.text} {child.text}"
    return made


def _telling(element: Element, cls: type[ElementBase] | None) -> Element:
    """An element without empty children that stand for texts and say nothing: the dict view has ``''`` in any case."""
    fields = [each for each in fields_of(cls) if isinstance(each, ChildText) and not each.keep] if cls else []
    silent = {each.path(element)[0] for each in fields if each.codec is TEXT and len(each.path(element)) == 1}
    made = Element(element.tag, element.attrib)
    made.extend(each for each in element if each.tag not in silent or each.attrib or len(each) or each.text)
    return made


def _attribute(element: Element, name: str, cls: type[ElementBase] | None) -> str | None:
    """The text of an attribute, or of the default that its field says."""
    text = element.get(name)
    if text is None and cls is not None:
        defaults = (each for each in fields_of(cls) if isinstance(each, Attr) and each.name == name)
        return next((each.codec.encode(each.default) for each in defaults if each.default is not None), None)
    return text


def _ordered(element: Element, cls: type[ElementBase] | None, mixed: bool) -> list[list[Element]]:
    """The children in groups within which the order counts."""
    if cls is None:
        return [list(element)]
    groups: dict[str, list[Element]] = {}
    for child in element:
        together = mixed and child.tag in cls._iterable_tags
        key = "" if together else f"{child.tag} {child.get(XML_LANG, '')}"  # a text in several languages has no order
        groups.setdefault(key, []).append(child)
    if mixed and _has_sets(cls):
        groups = {key: sorted(group, key=_without_tail) for key, group in groups.items()}
    return [groups[key] for key in sorted(groups)]


def _without_tail(element: Element) -> tuple[object, ...]:
    """What elements are sorted by where their order says nothing."""
    return element.tag, sorted(element.attrib.items()), element.text or ""


def _has_sets(cls: type[ElementBase]) -> bool:
    """Whether the dict view has values without an order."""
    empty = _made(cls, Element(cls.tag_name()))
    return any(isinstance(empty[key], set | frozenset) for key in cls.interfaces)


def _text_of(element: Element, *, between: bool) -> str:
    """The text of an element, with that between its children if it counts. An ellipsis is none."""
    texts = (element.text, *(child.tail for child in element)) if between else (element.text,)
    words = (" ".join((text or "").split()) for text in texts)
    return " ".join(text for text in words if _ELLIPSIS.sub("", text).strip())


def _same_text(one: str | None, other: str | None) -> bool:
    """Whether two texts say the same."""
    if one is None or other is None:
        return one == other
    one, other = " ".join(one.split()), " ".join(other.split())
    return one == other or any(_same_value(codec, one, other) for codec in (BOOLEAN, DATETIME, BASE64, STRICT_ADDRESS))


def _same_value(codec: Codec[Any], one: str, other: str) -> bool:
    """Whether two texts are ways to write one value."""
    try:
        return bool(codec.decode(one) == codec.decode(other))
    except ValueError:
        return False


def _shown(element: Element) -> str:
    namespace, name = split(element.tag)
    return f"<{name} xmlns={namespace!r}/>"


def _names(elements: Element | list[Element]) -> str:
    return ", ".join(split(child.tag)[1] for child in elements) or "none"


# --- all of them ---------------------------------------------------------------------------------------------------


@lru_cache(1)
def all_xeps() -> tuple[Xep, ...]:
    """The XEPs that have a plugin, and their examples here."""
    paths = (xep_examples.DATA / f"{number}.xml" for number in xep_examples.with_plugin())
    return tuple(xep_examples.read_data(path) for path in paths if path.exists())


def left_out(path: Path = LEFT_OUT) -> dict[tuple[str, int], str]:
    """The examples that cannot be judged: number of the XEP and of the example, and the reason."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {(xep, int(number)): reason for xep, reasons in tables.items() for number, reason in reasons.items()}
