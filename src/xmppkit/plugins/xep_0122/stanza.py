# SPDX-License-Identifier: MIT
"""What the answers to a field of a form must be (XEP-0122 §3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, NamedTuple
from xml.etree.ElementTree import SubElement

from xmppkit.plugins.xep_0004.stanza import FieldRule, FieldType, FormField
from xmppkit.plugins.xep_0122.datatypes import DATATYPES, compare
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, ChildText, Field, Flag
from xmppkit.xml.names import clark

__all__ = ["VALIDATE", "FormValidation", "ListRange", "Range"]

VALIDATE: Final = "http://jabber.org/protocol/xdata-validate"
_RANGE: Final = clark(VALIDATE, "range")
_LIST_RANGE: Final = clark(VALIDATE, "list-range")
_METHODS: Final = ("basic", "open", "range", "regex")


class Range(NamedTuple):
    """The least and the greatest value, as texts of the datatype; None: there is none."""

    minimum: str | None = None
    maximum: str | None = None


class ListRange(NamedTuple):
    """How many answers there must be at least, and may be at most; None: any number."""

    minimum: int | None = None
    maximum: int | None = None


class _Range(Field["Range | None"]):
    """The range."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> Range | None:
        found = stanza.xml.find(_RANGE)
        return None if found is None else Range(found.get("min") or None, found.get("max") or None)

    def set(self, stanza: ElementBase, value: Range | None) -> None:
        limits = {
            name: stanza._text_of("range", limit)
            for name, limit in zip(("min", "max"), value or (), strict=False)
            if limit is not None
        }
        assert isinstance(stanza, FormValidation)
        stanza.remove_all()
        stanza.xml.insert(0, stanza.xml.makeelement(_RANGE, limits))

    def delete(self, stanza: ElementBase) -> None:
        for element in stanza.xml.findall(_RANGE):
            stanza.xml.remove(element)

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_RANGE) is not None


class _ListRange(Field["ListRange | None"]):
    """How many answers."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> ListRange | None:
        found = stanza.xml.find(_LIST_RANGE)
        return None if found is None else ListRange(_count(found.get("min")), _count(found.get("max")))

    def set(self, stanza: ElementBase, value: ListRange | None) -> None:
        counts = dict(zip(("min", "max"), value or (), strict=False))
        if any(count is not None and (type(count) is not int or count < 0) for count in counts.values()):
            raise self._refuse(stanza, ValueError(f"it takes two whole numbers or None, not {value!r}"))
        self.delete(stanza)
        said = {name: str(count) for name, count in counts.items() if count is not None}
        SubElement(stanza.xml, _LIST_RANGE, said)

    def delete(self, stanza: ElementBase) -> None:
        for element in stanza.xml.findall(_LIST_RANGE):
            stanza.xml.remove(element)

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_LIST_RANGE) is not None


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 10 else None


class FormValidation(FieldRule, parents=(FormField,)):
    """What the answers must be: of a datatype, and by one method of ``basic``, ``open``, ``range`` and ``regex``.
    Setting a method takes the others away.

    COMPAT(slixmpp 1.17): ``validate['range']`` is a dict of ``minimum`` and ``maximum``; it and ``validate['regex']``
    are False where they are not said."""

    __slots__ = ()

    name = "validate"
    namespace = VALIDATE
    plugin_attrib = "validate"
    interfaces: ClassVar[set[str]] = {"basic", "datatype", "open", "range", "regex"}

    datatype = Attr(str, doc="the datatype, as xs:integer; None: xs:string")
    basic = Flag(doc="nothing but the datatype counts")
    open = Flag(doc="values that are no options are allowed; lines of a text count each")
    range = _Range(key="range", doc="the least and the greatest value")
    regex = ChildText(str, doc="a POSIX regular expression. The library never runs it.")
    list_range = _ListRange(name="list-range", doc="how many answers a list-multi takes")

    # --- the dict view ------------------------------------------------------------------------------------

    def set_basic(self, value: bool) -> None:
        """Make ``basic`` the method, or take it away."""
        self._choose("basic", bool(value))
        self.basic = bool(value)

    def set_open(self, value: bool) -> None:
        """Make ``open`` the method, or take it away."""
        self._choose("open", bool(value))
        self.open = bool(value)

    def get_range(self) -> dict[str, str | None] | bool:
        """The range; False: none."""
        found = self.range
        return False if found is None else found._asdict()

    def set_range(self, value: Any, minimum: Any = None, maximum: Any = None) -> None:
        """Make ``range`` the method, or take it away.

        :param value: a dict of ``minimum`` and ``maximum``; False takes it away; True takes the other two parameters.
        """
        if isinstance(value, Mapping):
            value, minimum, maximum = True, value.get("minimum", minimum), value.get("maximum", maximum)
        elif isinstance(value, tuple):
            value, (minimum, maximum) = True, value
        if value:
            self.range = Range(minimum, maximum)
        else:
            del self.range

    def get_regex(self) -> str | bool:
        """The pattern; False: none."""
        return self.regex or False

    def set_regex(self, regex: str | bool) -> None:
        """Make ``regex`` the method with this pattern; an empty one or False takes it away."""
        self._choose("regex", bool(regex))
        self.regex = regex or None  # type: ignore[assignment]

    def remove_all(self, except_tag: str | None = None) -> None:
        """Remove all methods but one."""
        for name in _METHODS:
            if name != except_tag:
                for element in self.xml.findall(clark(VALIDATE, name)):
                    self.xml.remove(element)

    def _choose(self, name: str, chosen: bool) -> None:
        if chosen:
            self.remove_all(name)

    # --- checking -----------------------------------------------------------------------------------------

    @property
    def open_list(self) -> bool:
        """Whether answers that are none of the options are allowed: by every method but ``basic`` (§3.2)."""
        return not self.basic and any(self.xml.find(clark(VALIDATE, name)) is not None for name in _METHODS[1:])

    def fault(self, field: FormField, texts: list[str]) -> str | None:
        """What is wrong with an answer: the datatype, the range, the number of values. A pattern does not count: it is
        the peer's, and one that takes hours is quickly made."""
        several = self.list_range
        if several is not None and field.type_ is FieldType.LIST_MULTI:
            least, most = several
            if least is not None and len(texts) < least:
                return f"it takes at least {least} answers"
            if most is not None and len(texts) > most:
                return f"it takes at most {most} answers"
        codec = DATATYPES.get(self.datatype or "xs:string")
        if codec is None:  # unknown ones are strings (§4.1)
            return None
        limits = self.range or Range()
        for text in texts:
            try:
                codec.decode(text)
            except ValueError as error:
                return str(error)
            if limits.minimum is not None and compare(codec, text, limits.minimum) < 0:
                return f"at least {limits.minimum}"
            if limits.maximum is not None and compare(codec, text, limits.maximum) > 0:
                return f"at most {limits.maximum}"
        return None
