# SPDX-License-Identifier: MIT
"""The fields that a stanza class declares: where a value stands in the XML, and of which type it is.

::

    class BitsOfBinary(ElementBase):
        cid = Attr(str)
        type_ = Attr(str, key="type")
        max_age = Attr(int, name="max-age", minimum=0)
        data = Base64Text()

A field is a descriptor: ``bob.max_age`` reads the XML each time, gives None (or the field's default) when there
is no value or none that can be read, and never changes the XML by reading. Assigning what the field cannot hold
raises `InvalidValue`, or `InvalidJID` where it is about an address; assigning None or deleting removes the value.
On the class, ``BitsOfBinary.max_age`` is the field itself.

The same declaration serves slixmpp's item access, ``bob['max_age']``: see `Field.read_item` and `Field.write_item`.
There, what is absent is ``''``, an unreadable text is shown as it is, and ``''`` assigned means removal.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, Unpack, overload
from xml.etree.ElementTree import Element, SubElement

from xmppkit.stanza import subtext
from xmppkit.stanza.childfields import Child, Children
from xmppkit.stanza.codecs import BASE64, TEXT, Base64Codec, Codec, codec_for
from xmppkit.stanza.declaration import Field, FieldOptions
from xmppkit.stanza.elementfields import ElementName, Present
from xmppkit.xml.names import XML_LANG

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = [
    "Attr",
    "Base64Text",
    "Child",
    "ChildText",
    "ChildTexts",
    "Children",
    "ElementName",
    "ElementText",
    "Field",
    "FieldOptions",
    "Flag",
    "LangText",
    "Present",
    "ValueField",
]

V = TypeVar("V")
T = TypeVar("T")

#: What a field is declared with: a type that has a codec, or a codec.
Kind: TypeAlias = "type[T] | Codec[T]"

_UNSET: Final[Any] = object()


class ValueField(Field[V]):
    """A field whose value is one piece of text, read and written by a codec."""

    __slots__ = ("absent", "codec", "default", "keep", "raw")

    codec: Codec[Any]

    def _declare(self, kind: Kind[Any], default: Any, options: FieldOptions) -> None:
        Field.__init__(self, options.get("name"), options.get("key"), options.get("namespace"), options.get("doc", ""))
        self.codec = codec_for(kind, options.get("minimum"), options.get("maximum"))
        self.default = default
        self.raw = options.get("raw", False)
        self.keep = options.get("keep", False)
        self.absent = options.get("absent", _UNSET)
        if default is not None:
            self.codec.encode(default)  # a default that the field cannot hold is a mistake in the class
            if self.absent is _UNSET and not self.raw:
                self.absent = self.codec.show(default)

    @abstractmethod
    def text(self, xml: Element) -> str | None:
        """The text as it stands in the XML; None when there is none."""

    @abstractmethod
    def write(self, xml: Element, text: str) -> None:
        """Put a text into the XML."""

    @abstractmethod
    def remove(self, xml: Element) -> None:
        """Take the text out of the XML."""

    def get(self, stanza: ElementBase) -> V:
        text = self.text(stanza.xml)
        if text is None:
            return self.default  # type: ignore[no-any-return]
        try:
            return self.codec.decode(text)  # type: ignore[no-any-return]
        except ValueError:
            return self.default  # type: ignore[no-any-return]

    def set(self, stanza: ElementBase, value: V) -> None:
        try:
            text = self.codec.encode(value)
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None
        if text or self.codec.empty_text:
            self.write(stanza.xml, text)
        else:
            self.remove(stanza.xml)

    def delete(self, stanza: ElementBase) -> None:
        self.remove(stanza.xml)

    def read_item(self, stanza: ElementBase) -> Any:
        text = self.text(stanza.xml)
        if text is None or (not text and not self.keep):
            return self.codec.empty if self.absent is _UNSET else self.absent
        if self.raw:
            return text
        codec = self.codec
        if codec is TEXT:
            return text
        try:
            return codec.show(codec.decode(text))
        except ValueError:
            return self.absent if self.default is not None else codec.unreadable(text)

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        if not self.keep and isinstance(value, str) and not value:
            self.remove(stanza.xml)
        else:
            self.set(stanza, value)

    def present(self, stanza: ElementBase) -> bool:
        return self.text(stanza.xml) is not None


class Attr(ValueField[V]):
    """An attribute of the element.

    :param kind: the type of the values, or a codec.
    :param default: the value when there is none, or none that can be read; the attribute is then never None.
    """

    __slots__ = ()

    @overload
    def __init__(
        self: Attr[T | None], kind: Kind[T], *, default: None = None, **options: Unpack[FieldOptions]
    ) -> None: ...
    @overload
    def __init__(self: Attr[T], kind: Kind[T], *, default: T, **options: Unpack[FieldOptions]) -> None: ...
    def __init__(self, kind: Kind[Any], *, default: Any = None, **options: Unpack[FieldOptions]) -> None:
        self._declare(kind, default, options)

    def text(self, xml: Element) -> str | None:
        return xml.get(self.name)

    def write(self, xml: Element, text: str) -> None:
        xml.set(self.name, text)

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        if type(value) is str and value and self.codec is TEXT:  # as a rule
            stanza.xml.set(self.name, value)
            return
        if isinstance(value, str) and not value and not self.keep:
            stanza.xml.attrib.pop(self.name, None)
            return
        try:
            text = self.codec.encode(value)
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None
        if text or self.codec.empty_text:
            stanza.xml.set(self.name, text)
        else:
            stanza.xml.attrib.pop(self.name, None)

    def remove(self, xml: Element) -> None:
        xml.attrib.pop(self.name, None)


class ElementText(ValueField[V]):
    """The text of the element itself. An element cannot have an empty text: that is no text.

    :param kind: the type of the values, or a codec.
    :param default: the value when there is none, or none that can be read.
    """

    __slots__ = ()

    @overload
    def __init__(
        self: ElementText[T | None], kind: Kind[T], *, default: None = None, **options: Unpack[FieldOptions]
    ) -> None: ...
    @overload
    def __init__(self: ElementText[T], kind: Kind[T], *, default: T, **options: Unpack[FieldOptions]) -> None: ...
    def __init__(self, kind: Kind[Any], *, default: Any = None, **options: Unpack[FieldOptions]) -> None:
        self._declare(kind, default, options)

    def text(self, xml: Element) -> str | None:
        return xml.text or None

    def write(self, xml: Element, text: str) -> None:
        xml.text = text or None

    def remove(self, xml: Element) -> None:
        xml.text = None


class Base64Text(ElementText["bytes | None"]):
    """The text of the element itself, as bytes.

    :param equals: no bytes are written as ``=``, as SASL has it (RFC 6120 §6.4.2).
    """

    __slots__ = ()

    def __init__(self, *, equals: bool = False, **options: Unpack[FieldOptions]) -> None:
        self._declare(Base64Codec(equals=True) if equals else BASE64, None, options)


class ChildText(ValueField[V]):
    """The text of a child of a given name; of several the first.

    :param kind: the type of the values, or a codec.
    :param default: the value when there is none, or none that can be read.
    """

    __slots__ = ()

    in_child = True

    @overload
    def __init__(
        self: ChildText[T | None], kind: Kind[T], *, default: None = None, **options: Unpack[FieldOptions]
    ) -> None: ...
    @overload
    def __init__(self: ChildText[T], kind: Kind[T], *, default: T, **options: Unpack[FieldOptions]) -> None: ...
    def __init__(self, kind: Kind[Any], *, default: Any = None, **options: Unpack[FieldOptions]) -> None:
        self._declare(kind, default, options)

    def text(self, xml: Element) -> str | None:
        path = self.path(xml)
        found = xml.find(path[0]) if len(path) == 1 else next(subtext.elements(xml, path), None)
        return None if found is None else found.text or ""

    def write(self, xml: Element, text: str) -> None:
        path = self.path(xml)
        found = next(subtext.elements(xml, path), None)
        if found is None:
            found = subtext.write(xml, path, text, "", "")
        found.text = text

    def remove(self, xml: Element) -> None:
        subtext.delete(xml, self.path(xml), None, "", prune=True)


class LangText(Field["str | None"]):
    """The text of a child of a given name, which may exist in several languages (RFC 6120 §8.1.5).

    The attribute is the text in the stanza's own language, or else any. Assigning to it writes the text in that
    language; None removes the text in all languages. The languages: `all`, `set_all`, `get_in`, `set_in`.
    """

    __slots__ = ("absent", "keep")

    in_child = True
    has_languages = True

    def __init__(self, **options: Unpack[FieldOptions]) -> None:
        super().__init__(options.get("name"), options.get("key"), options.get("namespace"), options.get("doc", ""))
        self.keep = options.get("keep", False)
        self.absent = options.get("absent", "")

    def get(self, stanza: ElementBase) -> str | None:
        xml = stanza.xml
        path = self._paths.get(xml.tag) or self.path(xml)
        if len(path) == 1:
            first = xml.find(path[0])
            if first is None:
                return None
            text = first.text
            if text and first.get(XML_LANG) is None:
                return text  # it has the stanza's own language
        own = stanza.get_lang()
        return subtext.read(xml, path, own, own)

    def set(self, stanza: ElementBase, value: str | None) -> None:
        own = stanza.get_lang()
        self._write(stanza, value, own, own)

    def _write(self, stanza: ElementBase, value: object, wanted: str, own: str) -> None:
        try:
            text = value if type(value) is str else TEXT.encode(value)
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None
        subtext.write(stanza.xml, self.path(stanza.xml), text, wanted, own)

    def delete(self, stanza: ElementBase) -> None:
        subtext.delete(stanza.xml, self.path(stanza.xml), None, "", prune=True)

    def get_in(self, stanza: ElementBase, lang: str) -> str | None:
        """The text in the language `lang`, or else any; None when there is none."""
        return subtext.read(stanza.xml, self.path(stanza.xml), lang, stanza.get_lang())

    def set_in(self, stanza: ElementBase, lang: str, text: str | None) -> None:
        """Write the text in the language `lang`; None removes it."""
        own = stanza.get_lang()
        if text is None:
            subtext.delete(stanza.xml, self.path(stanza.xml), lang, own, prune=True)
        else:
            self._write(stanza, text, lang, own)

    def all(self, stanza: ElementBase) -> dict[str, str]:
        """Language to text; the key is ``''`` where no language is said."""
        return subtext.read_all(stanza.xml, self.path(stanza.xml), stanza.get_lang(), empty=self.keep)

    def set_all(self, stanza: ElementBase, texts: Mapping[str, str]) -> None:
        """Replace the text in all languages. What else an element of a language says stays, as a thread's parent."""
        own = stanza.get_lang()
        texts = {lang or own: text for lang, text in texts.items()}
        path = self.path(stanza.xml)
        for lang in {lang for _, lang in subtext.spoken(stanza.xml, path, own)} - texts.keys():
            subtext.delete(stanza.xml, path, lang, own, prune=True)
        for lang, text in texts.items():
            self._write(stanza, text, lang, own)

    # --- the dict view; `lang` is what stands behind the bar in ``stanza['body|de']`` -------------------------

    def read_item(self, stanza: ElementBase, lang: str | None = None) -> Any:
        if lang is None:
            text = self.get(stanza)
        elif lang == "*":
            return self.all(stanza)
        else:
            text = self.get_in(stanza, lang)
        if text is None:
            return self.absent
        return text

    def write_item(self, stanza: ElementBase, value: Any, lang: str | None = None) -> None:
        xml = stanza.xml
        path = self._paths.get(xml.tag) or self.path(xml)
        if type(value) is str and value and not lang and len(path) == 1 and xml.find(path[0]) is None:
            SubElement(xml, path[0]).text = value  # the first: in the stanza's language, which it need not say
        elif lang == "*":
            kept = {key: text for key, text in value.items() if text or (text is not None and self.keep)}
            self.set_all(stanza, kept)
        elif isinstance(value, str) and not value and not self.keep:
            self.delete_item(stanza, lang)
        else:
            own = stanza.get_lang()
            self._write(stanza, value, lang or own, own)

    def delete_item(self, stanza: ElementBase, lang: str | None = None) -> None:
        own = stanza.get_lang()
        wanted = None if lang == "*" else lang or own
        subtext.delete(stanza.xml, self.path(stanza.xml), wanted, own, prune=True)

    def present(self, stanza: ElementBase) -> bool:
        return next(subtext.elements(stanza.xml, self.path(stanza.xml)), None) is not None


class Flag(Field[bool]):
    """The presence of an empty child of a given name."""

    __slots__ = ()

    is_flag = True

    def __init__(self, **options: Unpack[FieldOptions]) -> None:
        super().__init__(options.get("name"), options.get("key"), options.get("namespace"), options.get("doc", ""))

    def get(self, stanza: ElementBase) -> bool:
        return self.present(stanza)

    def set(self, stanza: ElementBase, value: bool) -> None:
        if not value:
            self.delete(stanza)
        elif not self.present(stanza):
            subtext.write(stanza.xml, self.path(stanza.xml), "", "", "").text = None

    def delete(self, stanza: ElementBase) -> None:
        subtext.delete(stanza.xml, self.path(stanza.xml), None, "", prune=True)

    def present(self, stanza: ElementBase) -> bool:
        return next(subtext.elements(stanza.xml, self.path(stanza.xml)), None) is not None


class ChildTexts(Field["list[T]"], Generic[T]):
    """The texts of all children of a given name, in order; those that cannot be read are left out.

    :param kind: the type of the values, or a codec.
    """

    __slots__ = ("codec",)

    def __init__(self, kind: Kind[T], **options: Unpack[FieldOptions]) -> None:
        super().__init__(options.get("name"), options.get("key"), options.get("namespace"), options.get("doc", ""))
        self.codec: Codec[T] = codec_for(kind, options.get("minimum"), options.get("maximum"))

    def get(self, stanza: ElementBase) -> list[T]:
        values = []
        decode = self.codec.decode
        for element in subtext.elements(stanza.xml, self.path(stanza.xml)):
            try:
                values.append(decode(element.text or ""))
            except ValueError:
                continue
        return values

    def set(self, stanza: ElementBase, value: Iterable[T]) -> None:
        if isinstance(value, (str, bytes)):
            raise self._refuse(stanza, TypeError("it takes several values, not one"))
        try:
            texts = [self.codec.encode(one) for one in value]
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None
        self.delete(stanza)
        *above, last = self.path(stanza.xml)
        xml = stanza.xml
        for tag in above if texts else ():
            found = xml.find(tag)
            xml = SubElement(xml, tag) if found is None else found
        for text in texts:
            SubElement(xml, last).text = text

    def delete(self, stanza: ElementBase) -> None:
        subtext.delete(stanza.xml, self.path(stanza.xml), None, "", prune=True)

    def read_item(self, stanza: ElementBase) -> Any:
        return [self.codec.show(value) for value in self.get(stanza)]

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        self.set(stanza, () if value == "" and isinstance(value, str) else value)

    def present(self, stanza: ElementBase) -> bool:
        return next(subtext.elements(stanza.xml, self.path(stanza.xml)), None) is not None
