# SPDX-License-Identifier: MIT
"""A form: what is asked, what is answered, or a table of results (XEP-0004 §3)."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Final, Self
from xml.etree.ElementTree import Element, SubElement

from xmppkit.plugins.xep_0004.stanza.checking import check, submission
from xmppkit.plugins.xep_0004.stanza.field import DATA, FieldType, FieldValue, FormField
from xmppkit.plugins.xep_0004.stanza.making import bare_field, described, make_field, remove_all
from xmppkit.plugins.xep_0004.stanza.table import Items, Table
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Children, ChildText, Field
from xmppkit.stanza.message import Message
from xmppkit.xml.names import clark

__all__ = ["Form", "FormType"]

_FIELD: Final = clark(DATA, "field")
_INSTRUCTIONS: Final = clark(DATA, "instructions")
_ITEM: Final = clark(DATA, "item")
_REPORTED: Final = clark(DATA, "reported")
_VALUE: Final = clark(DATA, "value")


class FormType(StrEnum):
    """What a form is for (§3.1)."""

    FORM = "form"
    SUBMIT = "submit"
    CANCEL = "cancel"
    RESULT = "result"


class _Type(Attr["FormType | None"]):
    """The type. A form that is set to ``submit`` keeps what is submitted; one that is set to ``cancel``, no fields."""

    __slots__ = ()

    def set(self, stanza: ElementBase, value: FormType | None) -> None:
        super().set(stanza, value)
        assert isinstance(stanza, Form)
        if value == FormType.CANCEL:
            del stanza.fields
        elif value == FormType.SUBMIT:
            for field in stanza.fields:
                if field["var"]:
                    field.strip()
                else:  # a text for people, which without its type would be a field without a name
                    stanza._remove(field.xml)

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        if value == "":
            self.remove(stanza.xml)
        else:
            self.set(stanza, value)


class _Instructions(Field["str | None"]):
    """The lines of the instructions, each in an element of its own."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> str | None:
        found = stanza.xml.findall(_INSTRUCTIONS)
        return "\n".join(element.text or "" for element in found) if found else None

    def set(self, stanza: ElementBase, value: str | None) -> None:
        lines = stanza._text_of("instructions", value).splitlines()
        self.delete(stanza)
        for line in lines:
            SubElement(stanza.xml, _INSTRUCTIONS).text = line

    def delete(self, stanza: ElementBase) -> None:
        remove_all(stanza, _INSTRUCTIONS)

    def read_item(self, stanza: ElementBase) -> str:
        return self.get(stanza) or ""

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_INSTRUCTIONS) is not None


class Form(Table, parents=(Message,)):
    """A form. Other stanzas have forms where their plugin has registered it: ``register_stanza_plugin(Command, Form)``,
    with ``iterable=True`` where there may be several (then they are in ``stanza['forms']``).

    :param title: its title.

    ``form.fields`` is the list of its `FormField` objects, ``form.field`` a dict of them by name, ``form.values_`` a
    dict of typed values. COMPAT(slixmpp 1.17): ``form['values']`` is the dict of values that `FormField.get_value`
    gives.
    """

    __slots__ = ()

    name = "x"
    namespace = DATA
    plugin_attrib = "form"
    plugin_multi_attrib = "forms"
    interfaces: ClassVar[set[str]] = {"instructions", "items", "reported", "title", "type", "values"}

    type_ = _Type(FormType, key="type", name="type", doc="what it is for")
    title = ChildText(str, doc="a title for people")
    instructions = _Instructions(doc="what people are to do, in lines")
    fields = Children(FormField, doc="the fields, in their order")
    items = Items(doc="the rows of a table of results: values by name")

    #: COMPAT(slixmpp 1.17): the names of types.
    form_types: ClassVar[set[str]] = {str(each) for each in FormType}

    def __init__(
        self,
        xml: Element | None = None,
        parent: ElementBase | weakref.ref[ElementBase] | None = None,
        title: str | None = None,
    ) -> None:
        # Not in setup(): a class with its own might have no element, and each message would have to be asked for forms.
        super().__init__(xml, parent)
        if xml is None:
            self.xml.set("type", "form")
        if title is not None:
            self.title = title

    # --- fields -------------------------------------------------------------------------------------------

    @property
    def field(self) -> dict[str, FormField]:
        """The fields by name, without those that have none. Of several of one name the last counts."""
        return {field["var"]: field for field in self.fields if field.xml.get("var")}

    def get_fields(self, use_dict: bool = False) -> dict[str, FormField]:
        """`field`."""
        return self.field

    def add_field(
        self,
        var: str = "",
        ftype: str | None = None,
        label: str = "",
        desc: str = "",
        required: bool = False,
        value: Any = None,
        options: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> FormField:
        """Add a field.

        :param var: its name.
        :param ftype: its type (`FieldType`); may be given as ``type`` too.
        :param label: its name for people.
        :param desc: an explanation for people.
        :param required: an answer must be given.
        :param value: the answer; see `FormField.set_value`.
        :param options: what a list offers; see `FormField.set_options`.
        :raises InvalidValue: the type does not fit value or options.
        """
        field = make_field(var, ftype, label, desc, required, value, options, **kwargs)
        self.append(field)
        return field

    def set_fields(self, fields: Any) -> None:
        """Replace the fields: a dict from names to what `add_field` takes, pairs of both, or fields."""
        self._replace_children(FormField, fields)

    def del_fields(self) -> None:
        """Remove the fields."""
        del self.fields

    def _replace_children(self, plugin: type[ElementBase], children: Any, lang: str | None = None) -> None:
        if plugin is FormField:
            pairs = children.items() if isinstance(children, Mapping) else children
            children = [child if isinstance(child, (FormField, Element)) else described(*child) for child in pairs]
        super()._replace_children(plugin, children, lang)

    # --- values -------------------------------------------------------------------------------------------

    @property
    def values_(self) -> dict[str, FieldValue]:
        """The typed values by name, of fields that have one."""
        return {var: field.value for var, field in self.field.items() if field.texts}

    def get_values(self) -> dict[str, Any]:
        """The values by name; None for a field that has none."""
        return {var: field.get_value() for var, field in self.field.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Set the values of fields, and add those fields that are not there. The others stay.

        :raises InvalidValue: a field cannot have its value.
        """
        present = self.field
        for var, value in values.items():
            field = present.get(var)
            if field is None:
                self.add_field(var, value=value)
            else:
                field.set_value(value)

    def del_values(self) -> None:
        """Remove the values, and leave the fields."""
        for field in self.fields:
            field.del_value()

    def merge(self, other: Mapping[str, Any] | Form) -> Self:
        """A copy with the values of another form, or of a dict."""
        merged = copy.copy(self)
        merged.set_values(other.get_values() if isinstance(other, Form) else other)
        return merged

    def cancel(self) -> None:
        """Make this the refusal to fill a form in: no fields are left."""
        self.type_ = FormType.CANCEL

    def reply(self) -> None:
        """Make this form its answer: a submission of a form, or the result of a submission."""
        if self.type_ is FormType.FORM:
            self.type_ = FormType.SUBMIT
        elif self.type_ is FormType.SUBMIT:
            self.type_ = FormType.RESULT

    def submission(self, values: Mapping[str, Any] | None = None) -> Form:
        """A new form that submits this one, with its own answers where `values` has no others.

        :param values: answers by name. None as an answer says that there is none (§3.6).
        :raises InvalidForm: an answer does not fit its field, a required one is missing, or there is no such field.
        """
        return submission(self, values or {})

    def check(self, submitted: Form) -> dict[str, FieldValue]:
        """What has been submitted as the answer to this form: typed values by name, without fields that this form does
        not have (§3.1) and fixed ones.

        :raises InvalidForm: an answer does not fit its field, or a required one is missing. In a handler, this is
            answered with ``not-acceptable`` (§4).
        """
        return check(self, submitted)

    # --- FORM_TYPE (XEP-0068) -----------------------------------------------------------------------------

    @property
    def form_type(self) -> str | None:
        """What the fields' names mean: the value of the hidden field ``FORM_TYPE`` (XEP-0068); None: it is not said."""
        for element in self.xml.findall(_FIELD):
            if element.get("var") == "FORM_TYPE":
                is_typed = self.type_ in (FormType.FORM, FormType.RESULT)
                if is_typed and element.get("type") != "hidden":
                    return None  # XEP-0068 §3.1
                return element.findtext(_VALUE) or None
        return None

    @form_type.setter
    def form_type(self, value: str) -> None:
        field = self.field.get("FORM_TYPE")
        if field is None:
            field = bare_field("FORM_TYPE", FieldType.HIDDEN, "", "")
            fields = self.fields
            self.fields = [field, *fields]
        field["type"] = FieldType.HIDDEN
        field.texts = [value]

    @classmethod
    def of_type(cls, stanza: ElementBase, form_type: str) -> Self | None:
        """The form in `stanza` that has a FORM_TYPE; None when there is none."""
        for element in stanza.xml.findall(cls.tag_name()):
            form = cls(xml=element, parent=stanza)
            if form.form_type == form_type:
                return form
        return None

    # COMPAT(slixmpp 1.17): older names.
    addField = add_field  # noqa: N815
    getFields, setFields, delFields = get_fields, set_fields, del_fields  # noqa: N815
    getValues, setValues = get_values, set_values  # noqa: N815

    def get_instructions(self) -> str:
        """The instructions, ``''`` where there are none."""
        return self.instructions or ""

    def set_instructions(self, instructions: str) -> None:
        """Set the instructions."""
        self.instructions = instructions

    def del_instructions(self) -> None:
        """Remove the instructions."""
        del self.instructions

    getInstructions, setInstructions, delInstructions = get_instructions, set_instructions, del_instructions  # noqa: N815
