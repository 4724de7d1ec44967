# SPDX-License-Identifier: MIT
"""What an entity is, and which protocols it speaks (XEP-0030 §3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Field
from xmppkit.stanza.iq import Iq
from xmppkit.xml.names import XML_LANG, clark

__all__ = ["DISCO_INFO", "DiscoInfo", "Identity"]

DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"
_IDENTITY: Final = clark(DISCO_INFO, "identity")
_FEATURE: Final = clark(DISCO_INFO, "feature")


class Identity(NamedTuple):
    """What an entity is, in one of the registered categories, as ``client``/``bot``.

    :ivar category: the category, as ``client`` or ``conference``.
    :ivar type: the type within it, as ``bot`` or ``text``.
    :ivar lang: the language of the name; None: that of the stanza.
    :ivar name: a name for people; None: none.
    """

    category: str
    type: str
    lang: str | None = None
    name: str | None = None


def _identity(element: Element) -> Identity:
    return Identity(
        element.get("category", ""), element.get("type", ""), element.get(XML_LANG) or None, element.get("name") or None
    )


class _Identities(Field["list[Identity]"]):
    """All identities, in the order of the XML."""

    __slots__ = ()

    has_languages = True

    def get(self, stanza: ElementBase) -> list[Identity]:
        return [_identity(element) for element in stanza.xml.findall(_IDENTITY)]

    def set(self, stanza: ElementBase, value: Iterable[tuple[str | None, ...]]) -> None:
        made = []
        for each in value:
            try:
                category, kind, lang, name = (*each, None, None)[:4]
                made.append(_element(stanza, category or "", kind or "", lang, name))
            except (ValueError, TypeError) as error:
                raise self._refuse(stanza, error) from None
        self.delete(stanza)
        # What differs in nothing but its name may not stand twice (§3.1): the first counts.
        found: dict[tuple[str | None, ...], Element] = {}
        for element in made:
            found.setdefault((element.get("category"), element.get("type"), element.get(XML_LANG)), element)
        stanza.xml[0:0] = found.values()  # before the features, as the schema and every example have them

    def delete(self, stanza: ElementBase) -> None:
        for element in stanza.xml.findall(_IDENTITY):
            stanza.xml.remove(element)

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_IDENTITY) is not None


class _Features(Field["list[str]"]):
    """All features, in the order of the XML."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> list[str]:
        return [element.get("var", "") for element in stanza.xml.findall(_FEATURE)]

    def set(self, stanza: ElementBase, value: Iterable[str]) -> None:
        if isinstance(value, (str, bytes)):
            raise self._refuse(stanza, TypeError("it takes several features, not one"))
        names = [stanza._text_of("features", each) for each in dict.fromkeys(value)]
        self.delete(stanza)
        for name in names:
            SubElement(stanza.xml, _FEATURE, {"var": name})

    def delete(self, stanza: ElementBase) -> None:
        for element in stanza.xml.findall(_FEATURE):
            stanza.xml.remove(element)

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_FEATURE) is not None


def _element(stanza: ElementBase, category: str, kind: str, lang: str | None, name: str | None) -> Element:
    values = (("category", category), ("type", kind), (XML_LANG, lang), ("name", name))
    return Element(_IDENTITY, {key: stanza._text_of("identities", text) for key, text in values if text})


class DiscoInfo(ElementBase, parents=(Iq,)):
    """The question what an entity is, and the answer.

    ``info.identities`` is a list of `Identity`, ``info.features`` a list of strings. In the dict view both are sets;
    ``info['identities|de']`` has those in one language.
    """

    __slots__ = ()

    name = "query"
    namespace = DISCO_INFO
    plugin_attrib = "disco_info"
    interfaces: ClassVar[set[str]] = {"node", "features", "identities"}
    lang_interfaces: ClassVar[set[str]] = {"identities"}

    node = Attr(str, doc="what is asked about, within the entity; None: the entity itself")
    identities = _Identities(doc="what the entity is")
    features = _Features(doc="which protocols it speaks")

    # --- identities ---------------------------------------------------------------------------------------

    def _find(self, category: str, kind: str, lang: str | None) -> Element | None:
        for element in self.xml.findall(_IDENTITY):
            if _identity(element)[:3] == (category, kind, lang or None):
                return element
        return None

    def add_identity(self, category: str, itype: str, name: str | None = None, lang: str | None = None) -> bool:
        """Add an identity; False when one of this category, type and language is there (§3.1)."""
        if self._find(category, itype, lang) is not None:
            return False
        position = sum(1 for element in self.xml if element.tag == _IDENTITY)
        self.xml.insert(position, _element(self, category, itype, lang, name))
        return True

    def del_identity(self, category: str, itype: str, name: str | None = None, lang: str | None = None) -> bool:
        """Remove an identity; False when there is none of this category, type and language. Its name is no part of
        what it is."""
        found = self._find(category, itype, lang)
        if found is None:
            return False
        self.xml.remove(found)
        return True

    def get_identities(self, lang: str | None = None, dedupe: bool = True) -> Any:
        """The identities: a set of `Identity`, or a list in the order of the XML.

        :param lang: only those in this language; None or ``*``: all.
        :param dedupe: False for the list.
        """
        identities = type(self).identities.get(self)
        if lang and lang != "*":
            identities = [each for each in identities if each.lang == lang]
        return set(identities) if dedupe else identities

    def set_identities(self, identities: Iterable[tuple[str | None, ...]], lang: str | None = None) -> None:
        """Replace the identities by tuples (category, type, language, name).

        :param lang: replace those in this language only, by those among `identities` that are in it or name none.
        """
        if not lang or lang == "*":
            type(self).identities.set(self, identities)
            return
        kept = [each for each in type(self).identities.get(self) if each.lang != lang]
        for category, kind, own, name in ((*each, None, None)[:4] for each in identities):
            if own in (None, "", lang):
                kept.append(Identity(category or "", kind or "", lang, name))
        type(self).identities.set(self, kept)

    def del_identities(self, lang: str | None = None) -> None:
        """Remove the identities.

        :param lang: only those in this language; None or ``*``: all.
        """
        for element in self.xml.findall(_IDENTITY):
            if not lang or lang in ("*", element.get(XML_LANG)):
                self.xml.remove(element)

    def dict_identities(self, lang: str | None = None) -> list[dict[str, str | None]]:
        """The identities as dicts of category, type, lang and name, in the order of the XML.

        :param lang: only those in this language; None or ``*``: all.
        """
        return [each._asdict() for each in self.get_identities(lang, dedupe=False)]

    # --- features -----------------------------------------------------------------------------------------

    def add_feature(self, feature: str) -> bool:
        """Add a feature; False when it is there."""
        if feature in type(self).features.get(self):
            return False
        SubElement(self.xml, _FEATURE, {"var": self._text_of("features", feature)})
        return True

    def del_feature(self, feature: str) -> bool:
        """Remove a feature; False when it is not there."""
        found = [element for element in self.xml.findall(_FEATURE) if element.get("var") == feature]
        for element in found:
            self.xml.remove(element)
        return bool(found)

    def get_features(self, dedupe: bool = True) -> Any:
        """The features: a set of strings, or a list in the order of the XML if `dedupe` is False."""
        if not dedupe:
            return type(self).features.get(self)
        return {element.get("var", "") for element in self.xml.findall(_FEATURE)}
