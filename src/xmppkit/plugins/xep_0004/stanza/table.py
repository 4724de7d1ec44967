# SPDX-License-Identifier: MIT
"""Tables of results (XEP-0004 §3.4): a head with the columns, and rows."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.plugins.xep_0004.stanza.field import DATA, FieldType, FieldValue, FormField, add_texts, texts_of, typed
from xmppkit.plugins.xep_0004.stanza.making import bare_field, described, remove_all
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Field
from xmppkit.xml.names import clark

__all__ = ["Items", "Table"]

_FIELD: Final = clark(DATA, "field")
_ITEM: Final = clark(DATA, "item")
_REPORTED: Final = clark(DATA, "reported")
_VALUE: Final = clark(DATA, "value")


class Items(Field["list[dict[str, FieldValue]]"]):
    """The rows of a table, typed as its head says."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> list[dict[str, FieldValue]]:
        assert isinstance(stanza, Table)
        kinds = {var: field.kind for var, field in stanza.get_reported().items()}
        return [
            {
                cell.get("var", ""): typed(_kind_of(cell, kinds), [each.text or "" for each in cell.findall(_VALUE)])
                for cell in item.findall(_FIELD)
            }
            for item in stanza.xml.findall(_ITEM)
        ]

    def set(self, stanza: ElementBase, value: Iterable[Mapping[str, Any]]) -> None:
        assert isinstance(stanza, Table)
        stanza.set_items(value)

    def delete(self, stanza: ElementBase) -> None:
        remove_all(stanza, _ITEM)

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_ITEM) is not None


class Table(ElementBase):
    """What a form has as a table of results."""

    __slots__ = ()

    @property
    def reported(self) -> dict[str, FormField]:
        """The head of a table of results: its columns by name. Takes what `set_reported` takes."""
        return self.get_reported()

    @reported.setter
    def reported(self, columns: Any) -> None:
        self.set_reported(columns)

    def get_reported(self) -> dict[str, FormField]:
        """`reported`."""
        head = self.xml.find(_REPORTED)
        if head is None:
            return {}
        return {element.get("var", ""): FormField(xml=element, parent=self) for element in head.findall(_FIELD)}

    def add_reported(
        self, var: str, ftype: str | None = None, label: str = "", desc: str = "", **kwargs: Any
    ) -> FormField:
        """Add a column to a table of results; the parameters are those of `add_field`."""
        field = bare_field(var, kwargs.get("type", ftype), label, desc)
        self._head().append(field.xml)
        return field

    def _head(self) -> Element:
        """The head of the table, which is made before the rows if there is none."""
        head = self.xml.find(_REPORTED)
        if head is None:
            head = Element(_REPORTED)
            rows = [index for index, element in enumerate(self.xml) if element.tag == _ITEM]
            self.xml.insert(rows[0] if rows else len(self.xml), head)
        return head

    def set_reported(self, reported: Any) -> None:
        """Replace the columns: a dict from names to fields or to what `add_reported` takes, or a list of fields or of
        such dicts with their ``var``."""
        pairs = reported.items() if isinstance(reported, Mapping) else ((None, each) for each in reported)
        columns = [copy.deepcopy(described(var, each).xml) for var, each in pairs]
        self.del_reported()
        if columns:
            self._head().extend(columns)

    def del_reported(self) -> None:
        """Remove the head of the table."""
        remove_all(self, _REPORTED)

    def add_item(self, values: Mapping[str, Any]) -> None:
        """Add a row: values by name. It has the columns of `reported`, if there are any."""
        head = self.get_reported()
        columns = {var: field.kind for var, field in head.items()} or dict.fromkeys(values)
        made = {var: texts_of(kind, values.get(var)) for var, kind in columns.items()}
        item = SubElement(self.xml, _ITEM)
        for var, texts in made.items():
            add_texts(SubElement(item, _FIELD, {"var": var}), texts)

    def get_items(self) -> list[dict[str, Any]]:
        """The rows: values by name, as `FormField.get_value` gives them."""
        return [
            {cell.get("var", ""): FormField(xml=cell).get_value() for cell in item.findall(_FIELD)}
            for item in self.xml.findall(_ITEM)
        ]

    def set_items(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Replace the rows."""
        rows = list(items)
        self.del_items()
        for row in rows:
            self.add_item(row)

    def del_items(self) -> None:
        """Remove the rows."""
        remove_all(self, _ITEM)

    # COMPAT(slixmpp 1.17): older names.
    addReported = add_reported  # noqa: N815
    getReported, setReported, delReported = get_reported, set_reported, del_reported  # noqa: N815


def _kind_of(cell: Element, kinds: Mapping[str, FieldType | None]) -> FieldType | None:
    return FormField(xml=cell).kind or kinds.get(cell.get("var", ""))
