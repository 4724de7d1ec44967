# SPDX-License-Identifier: MIT
"""What authors of stanza classes write their methods with: attributes, texts of children, languages.

The methods of `Access` are those of slixmpp's ElementBase. `xmppkit.stanza.element` builds on them; they are apart
since they need nothing but the element and the stanza around it.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from xml.etree.ElementTree import Element

from xmppkit.exceptions import InvalidValue, UnserializableXML
from xmppkit.stanza import matching, subtext
from xmppkit.stanza.codecs import TEXT
from xmppkit.xml.names import XML_LANG
from xmppkit.xml.serializer import serialize

if TYPE_CHECKING:
    from xmppkit.stanza.element import ElementBase

__all__ = ["Access"]


class Access:
    """A view of an element: attributes, texts of children, languages, its text."""

    __slots__ = ()

    namespace: ClassVar[str]
    xml: Element
    parent: weakref.ref[ElementBase] | None

    # --- languages ------------------------------------------------------------------------------------------------

    def get_lang(self, lang: str | None = None) -> str:
        """The language of the texts: the element's ``xml:lang``, or else the parent's; ``''`` where none is said."""
        own = self.xml.get(XML_LANG)
        if own:
            return own
        above = self.parent() if self.parent is not None else None
        return above.get_lang() if above is not None else ""

    def set_lang(self, lang: str | None) -> None:
        """Set ``xml:lang``; None or ``''`` removes it."""
        if lang and type(lang) is str:
            self.xml.set(XML_LANG, lang)
        else:
            self._set_attr(XML_LANG, lang)

    def del_lang(self) -> None:
        """Remove ``xml:lang``."""
        self._del_attr(XML_LANG)

    # --- helpers for authors of stanza classes ----------------------------------------------------------------------

    def _toplevel(self) -> Access:
        stanza: Access = self
        while stanza.parent is not None and (above := stanza.parent()) is not None:
            stanza = above
        return stanza

    def get_toplevel_attr(self, name: str, default: str = "") -> str:
        """An attribute of the outermost stanza's element."""
        return self._toplevel()._get_attr(name, default)

    def _get_attr(self, name: str, default: str = "") -> str:
        """An attribute of the element."""
        return self.xml.get(name, default)

    def _set_attr(self, name: str, value: Any) -> None:
        """Set an attribute; None or ``''`` removes it."""
        text = "" if value is None else self._text_of(name, value)
        if text:
            self.xml.set(name, text)
        else:
            self.xml.attrib.pop(name, None)

    def _del_attr(self, name: str) -> None:
        """Remove an attribute."""
        self.xml.attrib.pop(name, None)

    def _text_of(self, name: str, value: Any) -> str:
        if type(value) is str:
            return value
        try:
            return TEXT.encode(value)
        except (TypeError, ValueError) as error:
            raise InvalidValue(str(error), f"{type(self).__name__}[{name!r}]") from None

    def _fix_ns(self, xpath: str, split: bool = False, propagate_ns: bool = True) -> Any:
        """A path with the element's own namespace at each step that names none."""
        namespace = self.xml.tag[1 : self.xml.tag.find("}")] if self.xml.tag[:1] == "{" else ""
        return matching.fix_ns(xpath, split, propagate_ns, namespace or self.namespace)

    def _path(self, name: str) -> list[str]:
        path: list[str] = self._fix_ns(name, split=True)
        return path

    def _get_sub_text(self, name: str, default: Any = "", lang: str | None = None) -> Any:
        """The text of a child: in the language `lang`, or the own, or else any; `default` without a child.
        ``*`` for a dict of all languages.

        :param name: the child's name or path, in the element's own namespace unless it says another.
        """
        if lang == "*":
            return self._get_all_sub_text(name, default)
        own = self.get_lang()
        text = subtext.read(self.xml, self._path(name), lang or own, own)
        return text or default

    def _get_all_sub_text(self, name: str, default: Any = "", lang: str | None = None) -> dict[str, str]:
        """The texts of a child in all languages, by language; one of them if `lang` is said."""
        texts = subtext.read_all(self.xml, self._path(name), self.get_lang())
        if lang and lang != "*":
            texts = {key: text for key, text in texts.items() if key == lang}
        return texts

    def _set_sub_text(self, name: str, text: Any = None, keep: bool = False, lang: str | None = None) -> Element | None:
        """Set the text of a child, which is created, with those on the way to it, if it is not there.

        :param text: None or ``''`` removes the child, unless `keep`.
        :param keep: let an empty child stand.
        :param lang: the language; None for the own, ``*`` when `text` is a dict of all.
        :returns: the child.
        """
        if lang == "*":
            self._set_all_sub_text(name, text or {}, keep)
            return None
        if (text is None or text == "") and not keep:
            self._del_sub(name, lang=lang)
            return None
        own = self.get_lang()
        written = "" if text is None else self._text_of(name, text)
        return subtext.write(self.xml, self._path(name), written, lang or own, own)

    def _set_all_sub_text(
        self, name: str, values: Mapping[str, Any], keep: bool = False, lang: str | None = None
    ) -> None:
        """Replace the texts of a child in all languages, or set one of them if `lang` is said."""
        if lang and lang != "*":
            self._set_sub_text(name, values.get(lang), keep, lang)
            return
        self._del_sub(name, lang="*")
        for key, text in values.items():
            self._set_sub_text(name, text, keep, key)

    def _del_sub(self, name: str, all: bool = False, lang: str | None = None) -> None:
        """Remove children by name or path.

        :param all: remove also those on the way that are empty afterwards.
        :param lang: the language; None for the own, ``*`` for all.
        """
        own = self.get_lang()
        wanted = None if lang == "*" else lang or own
        subtext.delete(self.xml, self._path(name), wanted, own, prune=all)

    # --- writing --------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        """The XML text. UnserializableXML when XML cannot express it."""
        return serialize(self.xml)

    def __repr__(self) -> str:
        try:
            return str(self)
        except UnserializableXML as error:
            return f"<{type(self).__name__}: {error}>"
