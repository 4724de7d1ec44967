# SPDX-License-Identifier: MIT
"""A field of a form: a question, its answer, or both (XEP-0004 §3.2, §3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final, TypeAlias
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.stanza.codecs import ADDRESS, BOOLEAN_DIGIT, TEXT
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Children, ChildText, ChildTexts, Field, Flag
from xmppkit.xml.names import clark

__all__ = ["FieldOption", "FieldRule", "FieldType", "FieldValue", "FormField"]

#: The namespace of everything here.
DATA: Final = "jabber:x:data"
_VALUE: Final = clark(DATA, "value")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class FieldType(StrEnum):
    """What kind of answer a field takes (§3.3)."""

    BOOLEAN = "boolean"
    FIXED = "fixed"
    HIDDEN = "hidden"
    JID_MULTI = "jid-multi"
    JID_SINGLE = "jid-single"
    LIST_MULTI = "list-multi"
    LIST_SINGLE = "list-single"
    TEXT_MULTI = "text-multi"
    TEXT_PRIVATE = "text-private"
    TEXT_SINGLE = "text-single"


#: A field's value in the typed view: bool for ``boolean``; JID for ``jid-single``; a list for ``jid-multi``,
#: ``list-multi`` and for ``hidden`` with more than one; text for all others, that of ``text-multi`` with its lines
#: joined.
FieldValue: TypeAlias = "bool | str | JID | list[str] | list[JID] | None"

_MULTI: Final = frozenset({FieldType.HIDDEN, FieldType.JID_MULTI, FieldType.LIST_MULTI, FieldType.TEXT_MULTI})
_LISTS: Final = frozenset({FieldType.LIST_SINGLE, FieldType.LIST_MULTI})
_ADDRESSES: Final = frozenset({FieldType.JID_SINGLE, FieldType.JID_MULTI})
_LINES: Final = frozenset({FieldType.HIDDEN, FieldType.TEXT_MULTI})


class FieldOption(ElementBase):
    """One of the answers that a list offers."""

    __slots__ = ()

    name = "option"
    namespace = DATA
    plugin_attrib = "option"
    plugin_multi_attrib = "options"

    label = Attr(str, doc="the name for people; None: the value is shown")
    value = ChildText(str, keep=True, doc="the answer")


class FieldRule(ElementBase):
    """The base of stanza classes that stand in a field and say more of its answers, as XEP-0122's. Register them with
    ``parents=(FormField,)``; then `Form.check` asks them."""

    __slots__ = ()

    @property
    def open_list(self) -> bool:
        """Whether answers that are none of the options are allowed."""
        return False

    def fault(self, field: FormField, texts: list[str]) -> str | None:
        """What is wrong with texts as the answer to a field; None: nothing."""
        return None


class _Kind(Attr[FieldType]):
    """The type. The dict view has it as it stands in the XML, and COMPAT(slixmpp 1.17): takes any text."""

    __slots__ = ()

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        stanza._set_attr("type", value)


class _Value(Field["FieldValue"]):
    """The typed value."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> FieldValue:
        assert isinstance(stanza, FormField)
        return typed(stanza.kind, stanza.texts)

    def set(self, stanza: ElementBase, value: FieldValue) -> None:
        assert isinstance(stanza, FormField)
        try:
            if stanza.kind in _ADDRESSES:
                several = [value] if isinstance(value, (str, JID)) else value
                if isinstance(several, list):
                    value = [JID(ADDRESS.encode(each)) for each in several]
            stanza.set_value(value)
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None

    def delete(self, stanza: ElementBase) -> None:
        for element in stanza.xml.findall(_VALUE):
            stanza.xml.remove(element)

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_VALUE) is not None


class FormField(ElementBase):
    """A field.

    ``field.value`` is its typed value (`FieldValue`), ``field.texts`` the texts as they stand in the XML.
    COMPAT(slixmpp 1.17): ``field['value']`` is a list for hidden fields too, and the list of lines of ``text-multi``.
    """

    __slots__ = ("_stripped",)

    name = "field"
    namespace = DATA
    plugin_attrib = "field"
    plugin_multi_attrib = "fields"
    interfaces: ClassVar[set[str]] = {"answer", "desc", "label", "required", "type", "value", "var"}

    var = Attr(str, doc="its name; None for a fixed text")
    type_ = _Kind(
        FieldType,
        key="type",
        name="type",
        default=FieldType.TEXT_SINGLE,
        raw=True,
        absent="",
        doc="what kind of answer it takes; text-single where none is said, or one that nobody knows (§3.3)",
    )
    label = Attr(str, doc="its name for people")
    desc = ChildText(str, doc="an explanation for people")
    required = Flag(doc="an answer must be given")
    texts = ChildTexts(str, name="value", key="", doc="the texts of the answer")
    value = _Value(doc="the answer")
    options = Children(FieldOption, doc="the answers that a list offers")

    #: COMPAT(slixmpp 1.17): the names of types, as sets of str.
    field_types: ClassVar[set[str]] = {str(kind) for kind in FieldType}
    true_values: ClassVar[set[Any]] = {True, "1", "true"}
    option_types: ClassVar[set[str]] = {str(kind) for kind in _LISTS}
    multi_line_types: ClassVar[set[str]] = {str(kind) for kind in _LINES}
    multi_value_types: ClassVar[set[str]] = {str(kind) for kind in _MULTI}

    #: The type that the XML does not say, but that is known.
    _stripped: FieldType | None

    @property
    def kind(self) -> FieldType | None:
        """The type; of a field that has been stripped for a submission, the type it had; None: none is said, which
        in a submission means that the form knows it (§3.2)."""
        if not self.xml.get("type"):
            found: FieldType | None = getattr(self, "_stripped", None)
            return found
        return self.type_

    def strip(self) -> None:
        """Leave what a submission says: the name and the answer, and the type of a hidden field."""
        kind = self.kind
        if kind is not None and kind is not FieldType.HIDDEN:
            self._stripped = kind
            del self.type_
        del self.label, self.desc, self.options
        self.required = False
        for child in [each for each in self.xml if each.tag != _VALUE]:  # pictures, validation and others
            self.xml.remove(child)

    # --- the answer in the dict view ----------------------------------------------------------------------

    def get_value(self, convert: bool = True, convert_list: bool = False) -> Any:
        """The value: bool for ``boolean``, a list for types that can have several, a text for others; None without one.

        :param convert: False gives the texts of a boolean.
        :param convert_list: join the lines of ``text-multi``.
        """
        texts = self.texts
        if not texts:
            return None
        kind = self.kind
        if kind is FieldType.BOOLEAN and convert:
            return texts[0] in self.true_values
        if kind in _MULTI or len(texts) > 1:
            return "\n".join(texts) if convert_list and kind is FieldType.TEXT_MULTI else texts
        return texts[0]

    def set_value(self, value: Any) -> None:
        """Set the value; None removes it.

        :param value: a text, number, bool or JID, or a collection of such for types that can have several. The lines
            of a text become values of their own for ``text-multi`` and ``hidden``.
        :raises InvalidValue: the type cannot have it.
        """
        if not self.xml.get("type") and (isinstance(value, bool) or self.kind is FieldType.BOOLEAN):
            self._stripped = FieldType.BOOLEAN if isinstance(value, bool) else None
        try:
            texts = texts_of(self.kind, value)
        except (ValueError, TypeError) as error:
            raise InvalidValue(str(error), f"FormField[{self['var']!r}]") from None
        type(self).texts.set(self, texts)

    def del_value(self) -> None:
        """Remove the value."""
        del self.value

    get_answer, set_answer, del_answer = get_value, set_value, del_value

    def set_true(self) -> None:
        """Set a boolean to true."""
        self.set_value(True)

    def set_false(self) -> None:
        """Set a boolean to false."""
        self.set_value(False)

    # --- options ------------------------------------------------------------------------------------------

    def add_option(self, label: str = "", value: str = "") -> None:
        """Offer an answer.

        :param label: its name for people.
        :param value: the answer.
        :raises InvalidValue: the field's type is not ``list-single`` or ``list-multi``.
        """
        if self.kind is not None and self.kind not in _LISTS:
            raise InvalidValue(f"a field of the type {self['type']} has no options", f"FormField[{self['var']!r}]")
        option = FieldOption()
        option["label"], option["value"] = label, value
        self.append(option)

    def get_options(self) -> list[dict[str, str]]:
        """The options as dicts of ``label`` and ``value``."""
        return [{"label": option["label"], "value": option["value"]} for option in self.options]

    def set_options(self, options: Iterable[Any]) -> None:
        """Add options: dicts of ``value`` and ``label``, pairs of value and label, or values."""
        for each in options:
            label, value = _label_and_value(each)
            self.add_option(label, value)

    def del_options(self) -> None:
        """Remove the options."""
        del self.options

    def _replace_children(self, plugin: type[ElementBase], children: Iterable[Any], lang: str | None = None) -> None:
        children = list(children)
        plain = plugin is FieldOption and any(not isinstance(child, (FieldOption, Element)) for child in children)
        super()._replace_children(plugin, () if plain else children, lang)
        if plain:
            self.set_options(children)

    # COMPAT(slixmpp 1.17): older names.
    addOption = add_option  # noqa: N815
    getOptions, setOptions, delOptions = get_options, set_options, del_options  # noqa: N815
    getValue, setValue, delValue = get_value, set_value, del_value  # noqa: N815
    getAnswer, setAnswer = get_answer, set_answer  # noqa: N815
    setTrue, setFalse = set_true, set_false  # noqa: N815

    def get_required(self) -> bool:
        """Whether an answer must be given."""
        return self.required

    def set_required(self, required: bool) -> None:
        """Say whether an answer must be given."""
        self.required = bool(required)

    def del_required(self) -> None:
        """Say that no answer need be given."""
        self.required = False

    getRequired, setRequired, delRequired = get_required, set_required, del_required  # noqa: N815


def _label_and_value(option: Any) -> tuple[str, str]:
    if isinstance(option, Mapping):
        return option.get("label") or "", option.get("value", "")
    if isinstance(option, FieldOption):
        return option["label"], option["value"]
    if isinstance(option, str):
        return "", option
    value, label = option
    return label or "", value


def typed(kind: FieldType | None, texts: list[str]) -> FieldValue:
    """The typed value of texts. What cannot be read is no value."""
    if kind is FieldType.JID_MULTI:
        return list(dict.fromkeys(jid for jid in map(_jid, texts) if jid is not None))
    if kind is FieldType.LIST_MULTI:
        return texts
    if not texts:
        return None
    if kind is FieldType.BOOLEAN:
        try:
            return BOOLEAN_DIGIT.decode(texts[0])
        except ValueError:
            return None
    if kind is FieldType.JID_SINGLE:
        return _jid(texts[0])
    if kind is FieldType.TEXT_MULTI:
        return "\n".join(texts)
    if kind in (FieldType.HIDDEN, None) and len(texts) > 1:
        return texts
    return texts[0]


def _jid(text: str) -> JID | None:
    try:
        return ADDRESS.decode(text)
    except ValueError:
        return None


def texts_of(kind: FieldType | None, value: Any) -> list[str]:
    """The texts that stand for a value; ValueError or TypeError when the type cannot have it."""
    if value is None:
        return []
    if isinstance(value, (list, tuple, set, frozenset)):
        several = list(value)
        if kind is not None and kind not in _MULTI and len(several) > 1:
            raise ValueError(f"a field of the type {kind} has one value, not {len(several)}")
    elif isinstance(value, str) and kind in _LINES:
        several = _LINE_END.split(value)
    else:
        several = [value]
    if kind is FieldType.BOOLEAN:
        return [BOOLEAN_DIGIT.encode(each) for each in several]
    texts = [BOOLEAN_DIGIT.encode(each) if isinstance(each, bool) else TEXT.encode(each) for each in several]
    if kind is FieldType.TEXT_MULTI:
        return [line for text in texts for line in _LINE_END.split(text)]
    return list(dict.fromkeys(texts)) if kind is FieldType.JID_MULTI else texts


def add_texts(element: Element, texts: Iterable[str]) -> None:
    """Append values to the element of a field."""
    for text in texts:
        SubElement(element, _VALUE).text = text
