# SPDX-License-Identifier: MIT
"""Questions to an archive, and what it answers (XEP-0313 §4, §5)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, ClassVar, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza import FieldType, Form, FormField, FormType
from xmppkit.plugins.xep_0059.stanza import Set
from xmppkit.plugins.xep_0297.stanza import Forwarded
from xmppkit.stanza.codecs import TEXT
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Field, Flag, ValueField
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.message import Message
from xmppkit.xml.names import clark

__all__ = ["MAM", "End", "Fin", "Metadata", "Result", "Start"]

ARCHIVE: Final = "urn:xmpp:mam:2"

_FIELD: Final = clark(Form.namespace, "field")
_VALUE: Final = clark(Form.namespace, "value")


def _field(xml: Element, var: str) -> Element | None:
    """The element of a field of the query's form."""
    form = xml.find(Form.tag_name())
    if form is not None:
        for element in form.iterfind(_FIELD):
            if element.get("var") == var:
                return element
    return None


def _values(xml: Element, var: str) -> list[str]:
    found = _field(xml, var)
    return [] if found is None else [value.text or "" for value in found.iterfind(_VALUE)]


def _write(xml: Element, var: str, texts: Iterable[str]) -> None:
    """Put a field into the query's form, which is made if it is not there (§4.1)."""
    form = xml.find(Form.tag_name())
    if form is None:
        form = SubElement(xml, Form.tag_name(), {"type": FormType.SUBMIT})
        kind = SubElement(form, _FIELD, {"var": "FORM_TYPE", "type": FieldType.HIDDEN})
        SubElement(kind, _VALUE).text = ARCHIVE
    _drop(xml, var)
    field = SubElement(form, _FIELD, {"var": var})
    for text in texts:
        SubElement(field, _VALUE).text = text


def _drop(xml: Element, var: str) -> None:
    form, found = xml.find(Form.tag_name()), _field(xml, var)
    if form is not None and found is not None:
        form.remove(found)


class _Filter(ValueField[Any]):
    """A field of the query's form."""

    __slots__ = ()

    in_child = True

    def __init__(self, kind: Any, var: str, *, key: str | None = None, doc: str) -> None:
        self._declare(kind, None, {"name": var, "key": key or var, "doc": doc})

    def text(self, xml: Element) -> str | None:
        """The text of the field."""
        return next(iter(_values(xml, self.name)), None)

    def write(self, xml: Element, text: str) -> None:
        """Write the field."""
        _write(xml, self.name, [text])

    def remove(self, xml: Element) -> None:
        """Take the field out."""
        _drop(xml, self.name)


class _Ids(Field["list[str]"]):
    """A field of the query's form that has several values."""

    __slots__ = ()

    in_child = True

    def get(self, stanza: ElementBase) -> list[str]:
        return _values(stanza.xml, self.name)

    def set(self, stanza: ElementBase, value: Iterable[str]) -> None:
        if isinstance(value, str):
            raise self._refuse(stanza, TypeError("it takes several ids, not one"))
        try:
            texts = [TEXT.encode(each) for each in value]
        except TypeError as error:
            raise self._refuse(stanza, error) from None
        if texts:
            _write(stanza.xml, self.name, texts)
        else:
            self.delete(stanza)

    def delete(self, stanza: ElementBase) -> None:
        _drop(stanza.xml, self.name)

    def present(self, stanza: ElementBase) -> bool:
        return bool(self.get(stanza))


class _WithResults(ElementBase):
    """What has the messages that came in answer to a question. They are not part of its XML."""

    __slots__ = ("_results",)

    namespace = ARCHIVE

    _results: list[Message]

    def get_results(self) -> list[Message]:
        """The messages, in the order in which they came: in each, ``message['mam_result']`` is a `Result`."""
        found: list[Message] | None = getattr(self, "_results", None)
        return [] if found is None else found

    def set_results(self, results: list[Message]) -> None:
        """Set the messages."""
        self._results = results

    def del_results(self) -> None:
        """Forget the messages."""
        self._results = []


class Result(ElementBase, parents=(Message,)):
    """An archived message (§4.2): ``message['mam_result']['forwarded']['stanza']``."""

    __slots__ = ()

    name = "result"
    namespace = ARCHIVE
    plugin_attrib = "mam_result"

    id = Attr(str, doc="the message's id in the archive")
    queryid = Attr(str, doc="which question this answers")
    forwarded = Child(Forwarded, doc="the message, and when it came to the archive; None: it was taken out")


class MAM(_WithResults, parents=(Iq,)):
    """A question to an archive (§4), and, as ``type='get'``, the question what can be asked for (§4.1.5)."""

    __slots__ = ()

    name = "query"
    plugin_attrib = "mam"

    queryid = Attr(str, doc="what the results are recognised by")
    start = _Filter(datetime.datetime, "start", doc="messages from this moment on")
    end = _Filter(datetime.datetime, "end", doc="messages up to this moment")
    with_ = _Filter(
        JID, "with", key="with", doc="messages to and from this address; a bare one: of all of its resources"
    )
    before_id = _Filter(str, "before-id", key="before_id", doc="messages before the one with this id")
    after_id = _Filter(str, "after-id", key="after_id", doc="messages behind the one with this id")
    ids = _Ids("ids", doc="the messages with these ids")
    include_groupchat = _Filter(
        bool, "include-groupchat", key="include_groupchat", doc="whether messages of rooms are wanted (§4.1.4)"
    )
    flip_page = Flag(name="flip-page", key="flip_page", doc="the last message of the page comes first (§4.3.4)")
    form = Child(Form, doc="the form that the filters are in")
    rsm = Child(Set, doc="which part of the result is wanted")
    results = Derived(list, doc="the messages that came in answer")

    def get_fields(self) -> dict[str, FormField]:
        """The fields of the form, by name."""
        form = Form.of(self)
        return {} if form is None else form.field

    def set_custom_field(self, fieldname: str, value: Any) -> None:
        """Set a filter of which only some archives know (§4.1.5); None removes it.

        :param fieldname: its name, as ``{http://example.com/}free-text-search``.
        :param value: a text, number, bool or address, or a list of such.
        """
        several = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        texts = [TEXT.encode(each) for each in several]
        if texts:
            _write(self.xml, fieldname, texts)
        else:
            _drop(self.xml, fieldname)

    def get_custom_field(self, fieldname: str) -> str | list[str] | None:
        """The value of a filter: a list if there are several; None without one."""
        texts = _values(self.xml, fieldname)
        return texts if len(texts) > 1 else texts[0] if texts else None


class Fin(_WithResults, parents=(Iq,)):
    """The end of a page (§4.3.2)."""

    __slots__ = ()

    name = "fin"
    plugin_attrib = "mam_fin"

    complete = Attr(bool, default=False, doc="nothing comes behind this page")
    stable = Attr(bool, default=True, doc="asked again, the answer will be the same")
    rsm = Child(Set, doc="which part of the result this is")
    results = Derived(list, doc="the messages that came")


class Start(ElementBase):
    """The first message of an archive."""

    __slots__ = ()

    name = "start"
    namespace = ARCHIVE
    plugin_attrib = "start"

    id = Attr(str, doc="its id")
    timestamp = Attr(datetime.datetime, doc="when it came")


class End(ElementBase):
    """The last message of an archive."""

    __slots__ = ()

    name = "end"
    namespace = ARCHIVE
    plugin_attrib = "end"

    id = Attr(str, doc="its id")
    timestamp = Attr(datetime.datetime, doc="when it came")


class Metadata(ElementBase, parents=(Iq,)):
    """What an archive says of itself (§5)."""

    __slots__ = ()

    name = "metadata"
    namespace = ARCHIVE
    plugin_attrib = "mam_metadata"
    interfaces: ClassVar[set[str]] = set()

    start = Child(Start, doc="the first message; None: there is none")
    end = Child(End, doc="the last message; None: there is none")
