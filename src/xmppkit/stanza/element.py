# SPDX-License-Identifier: MIT
"""The base class of everything that stands for XML: `ElementBase`.

An object is a thin view of an `xml.etree.ElementTree.Element`, its `xml`, which is always the truth: fields and items
read it when they are asked, and objects for children are made when somebody asks for them. What nobody looks at
costs nothing.

Two views of the same XML: typed attributes (`xmppkit.stanza.fields`), and slixmpp's item access with all that its
stanza classes may declare (`interfaces`, ``get_x`` methods, overrides, extensions …), which holds in full for
classes that users wrote.

This file is longer than others because item access and children work on the same few attributes; what could be
separated is: helpers for authors (`access`), tables of the classes (`tables`), texts by language (`subtext`), paths
(`matching`), the whole as plain values (`values`).
"""

from __future__ import annotations

import copy
import logging
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from operator import methodcaller
from typing import Any, ClassVar, Final, Self, TypeVar
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza import matching, subtext, tables
from xmppkit.stanza import values as plain
from xmppkit.stanza.access import Access
from xmppkit.stanza.declaration import child_reader, method_of
from xmppkit.stanza.fields import Field, LangText
from xmppkit.xml.names import CLIENT, STANZA_NAMESPACES, XML, XML_LANG, clark, known_clark

# ElementTree goes with the classes, since stanza classes are written with it.
__all__ = ["ET", "STRICT_INTERFACE", "XML_NS", "ElementBase", "fix_ns"]

log = logging.getLogger(__name__)

S = TypeVar("S", bound="ElementBase")

#: slixmpp's switch for the whole process: reading or setting an unknown key raises. A stream's own is the setting
#: `strict_interfaces`.
STRICT_INTERFACE = False

XML_NS: Final = XML
fix_ns = matching.fix_ns

Reader = Callable[[Any], Any]
Writer = Callable[[Any, Any], Any]


class ElementBase(Access):
    """An XML element with named values and child stanzas.

    :param xml: the element; None makes a new one, within the parent's if there is a parent.
    :param parent: the stanza that this one is a child of. It is referred to weakly: keep the outermost alive.

    Subclasses state what they are in class attributes, those below, or in fields.
    """

    __slots__ = ("__weakref__", "_cursor", "_iterables", "_plugins", "_seen", "parent", "xml")

    #: The element's name; a path ``a/b`` makes nested elements, of which `xml` is the outermost.
    name: ClassVar[str] = "stanza"
    #: Names that the element may have instead, of which none stands beside another in one parent.
    other_names: ClassVar[tuple[str, ...]] = ()
    #: The element's namespace.
    namespace: ClassVar[str] = CLIENT
    #: The key under which a parent has the child.
    plugin_attrib: ClassVar[str] = "plugin"
    #: The key under which a parent has the list of such children, if they are registered as iterable.
    plugin_multi_attrib: ClassVar[str] = ""
    #: The keys of the dict view; by default attributes of the element.
    interfaces: ClassVar[set[str]] = {"type", "to", "from", "id", "payload"}
    #: The keys that are texts of children.
    sub_interfaces: ClassVar[set[str]] = set()
    #: The keys that are the presence of an empty child.
    bool_interfaces: ClassVar[set[str]] = set()
    #: The keys that take a language, as ``stanza['body|de']``.
    lang_interfaces: ClassVar[set[str]] = set()
    #: The parent's methods, as ``set_body``, that this class takes over where it is registered with overrides.
    overrides: ClassVar[list[str]] = []
    #: The parent's key gives this class's value of the same key, not the object.
    is_extension: ClassVar[bool] = False
    #: As a child, the element is in the namespace of the stanza it is in, whichever of the three that is.
    follows_namespace: ClassVar[bool] = False

    #: Child classes by key, by tag; methods taken over; keys of lists; classes that are iterable.
    plugin_attrib_map: ClassVar[dict[str, type[ElementBase]]] = {}
    plugin_tag_map: ClassVar[dict[str, type[ElementBase]]] = {}
    plugin_overrides: ClassVar[dict[str, str]] = {}
    plugin_multi_map: ClassVar[dict[str, type[ElementBase]]] = {}
    plugin_iterables: ClassVar[set[type[ElementBase]]] = set()

    xml_ns: ClassVar[str] = XML

    _default_interfaces: ClassVar[set[str]] = interfaces
    _own_fields: ClassVar[dict[str, Field[Any]]] = {}
    _fields: ClassVar[dict[str, Field[Any]]] = {}
    _own_maps: ClassVar[dict[str, dict[str, Any]]] = {name: {} for name in tables.MAPS}
    _iterable_tags: ClassVar[dict[str, type[ElementBase]]] = {}
    #: How to read and write the keys that were used so far.
    _readers: ClassVar[dict[str, Reader]] = {}
    _writers: ClassVar[dict[str, Writer]] = {}
    _has_setup: ClassVar[bool] = False
    #: Whether an object is made in no way of the subclass's own.
    _is_plain: ClassVar[bool] = True

    xml: Element
    parent: weakref.ref[ElementBase] | None
    _plugins: dict[tuple[str, str | None], ElementBase] | None
    _iterables: list[ElementBase] | None

    def __init_subclass__(
        cls, *, parents: Iterable[type[ElementBase]] = (), iterable: bool = False, **kwargs: Any
    ) -> None:
        """Prepare a class that is declared.

        :param parents: the classes of which it is a child class: ``class Ping(ElementBase, parents=(Iq,))``.
        :param iterable: there may be several in one parent; see `xmppkit.stanza.registry.register_stanza_plugin`.
        """
        super().__init_subclass__(**kwargs)
        cls._has_setup = cls.setup is not ElementBase.setup
        cls._is_plain = not (
            cls._has_setup
            or cls.__init__ is not ElementBase.__init__
            or cls.__new__ is not object.__new__
            or cls._namespace_under is not ElementBase._namespace_under
        )
        tables.prepare(cls)
        for parent in parents:
            tables.register(parent, cls, iterable)

    def __init__(
        self, xml: Element | None = None, parent: ElementBase | weakref.ref[ElementBase] | None = None
    ) -> None:
        self._plugins = self._iterables = None
        if parent is not None and not isinstance(parent, weakref.ref):
            parent = weakref.ref(parent)
        self.parent = parent
        self.xml = xml  # type: ignore[assignment]  # None only until setup() has made it
        if xml is None or self._has_setup:
            self.setup(xml)

    def setup(self, xml: Element | None = None) -> bool:
        """Make the element if there is none, within the parent's. Subclasses may extend this.

        :param xml: what the constructor was given.
        :returns: whether an element was made.
        """
        present: Element | None = self.xml  # the constructor has put it there, or None
        if present is not None:
            return False
        if xml is not None:
            self.xml = xml
            return False
        above = self.parent() if self.parent is not None else None
        namespace = self._namespace_under(above)
        step, _, inner = self.name.partition("/")
        tag = clark(namespace, step)
        self.xml = outer = Element(tag) if above is None else SubElement(above.xml, tag)
        while inner:
            step, _, inner = inner.partition("/")
            outer = SubElement(outer, clark(namespace, step))
        return True

    def _namespace_under(self, above: ElementBase | None) -> str:
        if self.follows_namespace and above is not None:
            namespace, _, _ = above.xml.tag[1:].partition("}")
            if namespace in STANZA_NAMESPACES:
                return namespace
        return self.namespace

    @property
    def tag(self) -> str:
        """The element's qualified name."""
        return self.xml.tag

    @classmethod
    def tag_name(cls) -> str:
        """The qualified name that elements of this class have."""
        return f"{{{cls.namespace}}}{cls.name}"

    # --- item access ------------------------------------------------------------------------------------------

    def __getitem__(self, full_attrib: str) -> Any:
        """A value, the list ``substanzas``, or a child stanza, which is created if it is not there.

        ``key|de`` asks for a language, ``key|*`` for a dict of all. An unknown key gives ``''`` and a warning.
        """
        reader = self._readers.get(full_attrib)
        return reader(self) if reader is not None else self._read(full_attrib)

    def __setitem__(self, full_attrib: str, value: Any) -> None:
        """Set a value; None removes it. An unknown key is not set, with a warning.

        :raises InvalidValue: the key is a field's, which cannot hold the value.
        """
        if value is None:
            del self[full_attrib]
            return
        writer = self._writers.get(full_attrib)
        if writer is not None:
            writer(self, value)
        else:
            self._write(full_attrib, value)

    def __delitem__(self, full_attrib: str) -> None:
        """Remove a value, or a child with its XML. Nothing happens when it is not there."""
        key, _, lang = full_attrib.partition("|")
        if self._is_interface(key):
            self._delete_interface(key, lang or None)
        elif key in self.plugin_attrib_map:
            self._delete_plugin(key, full_attrib, lang or None)
        elif key in self.plugin_multi_map:
            self._replace_children(self.plugin_multi_map[key], (), lang or None)
        elif key == "substanzas":
            while self.iterables:
                self.pop()
        elif tables.find(key):
            del self[full_attrib]
        else:
            self._unknown(key, "remove")

    def __contains__(self, attrib: str) -> bool:
        """Whether there is a value, or a child of that name. Never creates one."""
        key, _, lang = attrib.partition("|")
        field = self._fields.get(key)
        if field is not None and not lang and method_of(type(self), "get_" + key.lower()) is None:
            return field.present(self)
        if self._is_interface(key):
            value = self[attrib]
            return bool(value) or (value == 0 and value is not False)
        if key in self.plugin_attrib_map:
            return self.get_plugin(key, lang or None, check=True) is not None
        if key in self.plugin_multi_map:
            return bool(self._children_named(key))
        if tables.find(key):
            return attrib in self
        return key == "substanzas" and len(self) > 0

    def get(self, key: str, default: Any = None) -> Any:
        """``self[key]``, or `default` where that is None or ``''``."""
        value = self[key]
        return default if value is None or value == "" else value

    def keys(self) -> list[str]:
        """The interfaces, the keys of the children that are there, ``lang`` and, if there are any, ``substanzas``."""
        names = sorted(self.interfaces)
        names += sorted(self.loaded_plugins)
        names.append("lang")
        if len(self):
            names.append("substanzas")
        return names

    def _is_interface(self, key: str) -> bool:
        return key in self.interfaces or key in self._fields or key == "lang"

    def _unknown(self, key: str, action: str) -> None:
        owner = type(self).__name__
        root: Any = self._toplevel()
        strict = getattr(getattr(root, "stream", None), "strict_interfaces", False)
        # COMPAT(slixmpp 1.17): programs set the flag in the module that has it there.
        theirs = sys.modules.get("xmppkit.xmlstream.stanzabase")
        if STRICT_INTERFACE or strict or getattr(theirs, "STRICT_INTERFACE", False):
            raise InvalidValue(f"there is no such key to {action}", f"{owner}[{key!r}]")
        log.warning("%s has no key %r to %s", owner, key, action)

    def _read(self, full_attrib: str) -> Any:
        key, _, lang = full_attrib.partition("|")
        if key == "substanzas":
            return self._met().iterables
        if self._is_interface(key):
            if lang:
                return self._read_language(key, lang)
            reader = self._reader(key)
        elif key in self.plugin_attrib_map:
            if lang:
                return self._read_plugin(key, full_attrib, lang)
            if self.plugin_attrib_map[key].is_extension:
                reader = partial(type(self)._read_plugin, name=key, full_attrib=key)
            else:
                reader = child_reader(key)
        elif key in self.plugin_multi_map:
            return self._read_multi(key, lang)
        elif tables.find(key):
            return self._read(full_attrib)
        else:
            self._unknown(key, "read")
            return ""
        type(self)._readers[full_attrib] = reader
        return reader(self)

    def _reader(self, key: str) -> Reader:
        """How to read an interface, without a language."""
        cls = type(self)
        method = "get_" + key.lower()
        if method in cls.plugin_overrides:
            name = cls.plugin_overrides[method]
            return lambda stanza: getattr(stanza._asked(name), method)()
        if method_of(cls, method) is not None:
            return methodcaller(method)
        field = cls._fields.get(key)
        if field is not None:
            return field.read_item
        if key in cls.sub_interfaces:
            return methodcaller("_get_sub_text", key)
        if key in cls.bool_interfaces:
            return lambda stanza: stanza.xml.find(stanza._fix_ns(key)) is not None
        return methodcaller("_get_attr", key)

    def _read_language(self, key: str, lang: str) -> Any:
        cls = type(self)
        if key not in cls.lang_interfaces:
            return self[key]
        method = "get_" + key.lower()
        if method in cls.plugin_overrides:
            return getattr(self._asked(cls.plugin_overrides[method]), method)(lang=lang)
        if method_of(cls, method) is not None:
            return getattr(self, method)(lang=lang)
        field = cls._fields.get(key)
        if isinstance(field, LangText):
            return field.read_item(self, lang)
        return self._get_sub_text(key, lang=lang)

    def _read_plugin(self, name: str, full_attrib: str, lang: str | None = None) -> Any:
        if not self.plugin_attrib_map[name].is_extension:
            return self.get_plugin(name, lang)
        return self._asked(name, lang)[full_attrib]

    def _asked(self, name: str, lang: str | None = None) -> ElementBase:
        """The child of which only a value is wanted. If there is none it is an object that belongs to nobody, so
        that reading changes nothing."""
        plugin = self.get_plugin(name, lang, check=True)
        if plugin is None:
            plugin_class = self.plugin_attrib_map[name]
            # A virtual extension makes its own XML in setup().
            xml = None if plugin_class._has_setup else Element(tables.child_tags(plugin_class)[0])
            children = len(self.xml)
            plugin = plugin_class(xml=xml, parent=self)
            del self.xml[children:]
        return plugin

    def _read_multi(self, key: str, lang: str | None) -> list[ElementBase]:
        plugin = self.plugin_multi_map[key]
        return [
            child
            for child in self.iterables
            if isinstance(child, plugin) and (not lang or lang == "*" or child.get_lang() == lang)
        ]

    def _write(self, full_attrib: str, value: Any) -> None:
        key, _, lang = full_attrib.partition("|")
        if self._is_interface(key):
            if lang and key in self.lang_interfaces:
                self._write_language(key, lang, value)
                return
            writer = self._writer(key)
            if not lang:
                type(self)._writers[full_attrib] = writer
            writer(self, value)
        elif key in self.plugin_attrib_map:
            plugin_class = self.plugin_attrib_map[key]
            if isinstance(value, plugin_class):
                self._replace_children(plugin_class, (value,), lang or None)
                if lang not in ("", "*", value.get_lang()):
                    value.set_lang(lang)
                return
            present = self.get_plugin(key, lang or None, check=True)
            plugin = present or self.init_plugin(key, lang or None, reuse=False)
            try:
                plugin[full_attrib] = value
            except Exception:  # of a refused value nothing is left
                if present is None and any(element is plugin.xml for element in self.xml):
                    self._remove(plugin.xml)
                raise
        elif key in self.plugin_multi_map:
            self._replace_children(self.plugin_multi_map[key], value, lang or None)
        elif key == "substanzas":
            children = list(value)
            while self.iterables:
                self.pop()
            for child in children:
                self.append(child)
        elif tables.find(key):
            self._write(full_attrib, value)
        else:
            self._unknown(key, "set")

    def _writer(self, key: str) -> Writer:
        """How to set an interface, without a language."""
        cls = type(self)
        method = "set_" + key.lower()
        if method in cls.plugin_overrides:
            name = cls.plugin_overrides[method]
            return lambda stanza, value: getattr(stanza.get_plugin(name), method)(value)
        if method_of(cls, method) is not None:
            # Looked up each time: a program may put another one in its place, on the class or on an object.
            return lambda stanza, value: getattr(stanza, method)(value)
        field = cls._fields.get(key)
        if field is not None:
            return field.write_item
        if key in cls.sub_interfaces:
            return lambda stanza, value: stanza._set_sub_text(key, text=value)
        if key in cls.bool_interfaces:
            return partial(cls._set_flag, key)
        return lambda stanza, value: stanza._set_attr(key, value)

    @staticmethod
    def _set_flag(key: str, stanza: ElementBase, value: Any) -> None:
        if value:
            stanza._set_sub_text(key, text="", keep=True)
        else:
            stanza._del_sub(key, lang="*")

    def _write_language(self, key: str, lang: str, value: Any) -> None:
        cls = type(self)
        method = "set_" + key.lower()
        if method in cls.plugin_overrides:
            getattr(self.get_plugin(cls.plugin_overrides[method]), method)(value, lang=lang)
        elif method_of(cls, method) is not None:
            getattr(self, method)(value, lang=lang)
        elif isinstance(field := cls._fields.get(key), LangText):
            field.write_item(self, value, lang)
        else:
            self._set_sub_text(key, text=value, lang=lang)

    def _delete_interface(self, key: str, lang: str | None) -> None:
        cls = type(self)
        options: dict[str, Any] = {"lang": lang} if lang and key in cls.lang_interfaces else {}
        method = "del_" + key.lower()
        if method in cls.plugin_overrides:
            getattr(self._asked(cls.plugin_overrides[method]), method)(**options)
        elif method_of(cls, method) is not None:
            getattr(self, method)(**options)
        elif (field := cls._fields.get(key)) is not None:
            if isinstance(field, LangText):
                field.delete_item(self, **options)
            else:
                field.delete_item(self)
        elif key in cls.sub_interfaces:
            self._del_sub(key, **options)
        elif key in cls.bool_interfaces:
            self._del_sub(key, lang="*")
        else:
            self._del_attr(key)

    # --- child stanzas ------------------------------------------------------------------------------------------

    @property
    def iterables(self) -> list[ElementBase]:
        """The child stanzas of the iterable classes and those that were appended, in the order of the XML."""
        known = self._iterables
        if known is None or self._seen != len(self.xml):
            known = self._gather()
        return known

    def _met(self) -> Self:
        """This one, when the classes of all its children are loaded; for who looks at all of them."""
        if tables.meet(self):
            self._seen = -1
        return self

    def _gather(self) -> list[ElementBase]:
        """Make objects for the iterable children that have none yet."""
        known = self._iterables if self._iterables is not None else []
        listed = {id(child.xml): child for child in known}
        others = {id(child.xml): child for child in self._plugins.values()} if self._plugins else {}
        tags, make = self._iterable_tags, self._make_child
        if not listed and not others:  # as long lists are when they are first looked at
            found = [make(tags[element.tag], element) for element in self.xml if element.tag in tags]
        else:
            found = []
            for element in self.xml:
                child = listed.get(id(element))
                if child is None and element.tag in tags:
                    child = others.get(id(element)) or make(tags[element.tag], element)
                if child is not None:
                    found.append(child)
        known[:] = found
        self._iterables = known
        self._seen = len(self.xml)
        return known

    @property
    def plugins(self) -> dict[tuple[str, str | None], ElementBase]:
        """The child stanzas that are there, but for the iterables, by key and language; the language is None where it
        is the own."""
        found: dict[tuple[str, str | None], ElementBase] = {}
        present = list(self._met().xml)
        for element in present:
            plugin = self.plugin_tag_map.get(element.tag)
            if plugin is not None and element.tag not in self._iterable_tags:
                lang = element.get(XML_LANG)
                key = (plugin.plugin_attrib, lang if lang and lang != self.get_lang() else None)
                if key not in found:
                    found[key] = self._adopt(*key, element, plugin)
        for key, child in (self._plugins or {}).items():
            if child.xml not in present:  # a virtual extension
                found[key] = child
        return found

    @property
    def loaded_plugins(self) -> set[str]:
        """The keys of the child stanzas that are there."""
        names = {name for name, _ in self._plugins} if self._plugins else set()
        for element in self._met().xml:
            plugin = self.plugin_tag_map.get(element.tag)
            if plugin is not None:
                names.add(plugin.plugin_attrib)
        return names

    def get_plugin(self, name: str, lang: str | None = None, check: bool = False) -> ElementBase | None:
        """The child stanza with a key.

        :param name: its `plugin_attrib`.
        :param lang: its language; None prefers the stanza's own and takes any.
        :param check: give None when there is none, instead of creating it.
        """
        if self._plugins is not None:
            found = self._plugins.get((name, lang))
            if found is not None:
                return found
        plugin = self.plugin_attrib_map.get(name)
        if plugin is None and tables.find(name):
            plugin = self.plugin_attrib_map.get(name)
        if plugin is not None and len(self.xml):
            element = self._find_element(plugin, lang)
            if element is not None:
                return self._adopt(name, lang, element, plugin)
        if check:
            return None
        return self.init_plugin(name, lang, reuse=False)

    def _find_element(self, plugin: type[ElementBase], lang: str | None) -> Element | None:
        tags = tables.child_tags(plugin)
        if len(tags) == 1:
            first = self.xml.find(tags[0])
            if first is None or (lang is None and first.get(XML_LANG) is None):
                return first
        own: str | None = None
        fallback = None
        for element in self.xml:
            if element.tag not in tags:
                continue
            said = element.get(XML_LANG)
            if said is None and lang is None:
                return element
            if own is None:
                own = self.get_lang()
            if (said or own) == (lang or own):
                return element
            if fallback is None:
                fallback = element
        return fallback if lang is None else None

    def _adopt(self, name: str, lang: str | None, element: Element, plugin: type[ElementBase]) -> ElementBase:
        """The object for a child element: the one that exists, or a new one."""
        if self._plugins is None:
            self._plugins = {}
        else:
            for (other, _), child in self._plugins.items():
                if child.xml is element and other == name:
                    self._plugins[name, lang] = child
                    return child
        listed = self.iterables if element.tag in self._iterable_tags else self._iterables or ()
        for child in listed:
            if child.xml is element and isinstance(child, plugin):
                self._plugins[name, lang] = child
                return child
        child = self._plugins[name, lang] = self._make_child(plugin, element)
        return child

    def _make_child(self, plugin: type[S], xml: Element | None) -> S:
        """An object for the child element `xml`, or with a new element if that is None."""
        if not plugin._is_plain or (xml is None and (plugin.follows_namespace or "/" in plugin.name)):
            return plugin(xml=xml, parent=self)
        child = object.__new__(plugin)  # what the constructor does, without its detours
        child._plugins = child._iterables = None
        child.parent = weakref.ref(self)
        child.xml = SubElement(self.xml, known_clark(plugin.namespace, plugin.name)) if xml is None else xml
        return child

    def init_plugin(
        self,
        attrib: str,
        lang: str | None = None,
        existing_xml: Element | None = None,
        reuse: bool = True,
        element: ElementBase | None = None,
    ) -> ElementBase:
        """The child stanza with a key, created unless there is one to reuse.

        :param attrib: its `plugin_attrib`; KeyError when no class is registered under it.
        :param lang: the language that a new one gets.
        :param existing_xml: an element that is to be the child's XML; it must be in `xml` already.
        :param reuse: take the child that exists.
        :param element: the object that is to be the child; it must be in `xml` already.
        """
        if attrib not in self.plugin_attrib_map:
            tables.find(attrib)
        plugin_class = self.plugin_attrib_map[attrib]
        if reuse and element is None and existing_xml is None and (self._plugins or len(self.xml)):
            existing = self.get_plugin(attrib, lang, check=True)
            if existing is not None:
                return existing
        if element is not None:
            element.parent = weakref.ref(self)
        else:
            element = self._make_child(plugin_class, existing_xml)
            if existing_xml is None and lang and lang != self.get_lang():
                element.xml.set(XML_LANG, lang)
        if self._plugins is None:
            self._plugins = {}
        self._plugins[attrib, lang] = element
        return element

    def enable(self, attrib: str, lang: str | None = None) -> ElementBase:
        """Make sure that a child stanza is there; returns the child."""
        return self.init_plugin(attrib, lang)

    @classmethod
    def of(cls, stanza: ElementBase) -> Self | None:
        """The child stanza of this class that `stanza` has; None when there is none. Never creates one.

        ``Delay.of(message)`` is what ``message.get_plugin('delay', check=True)`` is, with its type.
        """
        return stanza._find_plugin(cls)

    def _find_plugin(self, plugin: type[S]) -> S | None:
        """The child of a class, for typed access; never created."""
        found = self.get_plugin(plugin.plugin_attrib, check=True)
        return found if isinstance(found, plugin) else None

    def _children_named(self, name: str) -> list[ElementBase]:
        """The children that a step of a StanzaPath can mean, none created."""
        tables.find(name)
        if name in self.plugin_multi_map:
            return self._read_multi(name, None)
        found = [child for child in self.iterables if name in (child.plugin_attrib, child.name)]
        if name in self.plugin_attrib_map:
            tags = tables.child_tags(self.plugin_attrib_map[name])
            for element in self.xml:
                if element.tag in tags and element.tag not in self._iterable_tags:
                    found.append(self._adopt(name, element.get(XML_LANG), element, self.plugin_attrib_map[name]))
            virtual = self._plugins.get((name, None)) if self._plugins else None
            if not found and virtual is not None:
                found.append(virtual)
        return found

    def _delete_plugin(self, name: str, full_attrib: str, lang: str | None) -> None:
        plugin = self.get_plugin(name, lang, check=True)
        plugin_class = self.plugin_attrib_map[name]
        if plugin_class.is_extension and (plugin is not None or plugin_class._has_setup):
            del self._asked(name, lang)[full_attrib]  # a virtual one may act on the stanza
        if plugin is not None:
            self._replace_children(plugin_class, (), lang)
            self._drop(plugin)

    def _replace_children(
        self, plugin: type[ElementBase], children: Iterable[ElementBase | Element], lang: str | None = None
    ) -> None:
        """Remove the children of a class, in one language if it is said, and append others."""
        children = list(children)
        tags = tables.child_tags(plugin)
        own = self.get_lang()
        for element in [element for element in self.xml if element.tag in tags]:
            if lang is None or lang == "*" or subtext.language(element, own) == lang:
                self._remove(element)
        for child in children:
            if isinstance(child, ElementBase) and plugin not in self.plugin_iterables:
                self.xml.append(child.xml)
                self.init_plugin(plugin.plugin_attrib, None if lang == "*" else lang, element=child)
            else:
                self.append(child)

    def _remove(self, element: Element) -> None:
        self.xml.remove(element)
        for known in list(self._plugins.values()) if self._plugins else ():
            if known.xml is element:
                self._drop(known)

    def _drop(self, child: ElementBase) -> None:
        """Forget the object of a child."""
        for key in [key for key, known in (self._plugins or {}).items() if known is child]:
            del self._plugins[key]  # type: ignore[union-attr]

    def append(self, item: ElementBase | Element) -> Self:
        """Append a child stanza, which becomes one of the iterables, or an element; returns the stanza itself.

        :raises TypeError: it is neither.
        """
        if isinstance(item, Element):
            return self.appendxml(item)
        if not isinstance(item, ElementBase):
            raise TypeError(f"{type(item).__name__} is neither a stanza nor an element")
        known = self.iterables
        self.xml.append(item.xml)
        known.append(item)
        self._seen = len(self.xml)
        item.parent = weakref.ref(self)
        return self

    def appendxml(self, xml: Element) -> Self:
        """Append an element; returns the stanza itself."""
        self.xml.append(xml)
        return self

    def pop(self, index: int = 0) -> ElementBase:
        """Remove one of the iterables, and return it."""
        known = self.iterables
        child = known.pop(index)
        self._remove(child.xml)
        self._seen = len(self.xml)
        return child

    def clear(self) -> Self:
        """Remove all children, keep attributes and text; returns the stanza itself."""
        del self.xml[:]
        self._plugins = self._iterables = None
        return self

    def __iter__(self) -> Iterator[ElementBase]:
        """The iterables. Each loop has its own position."""
        return iter(self._met().iterables)

    def next(self) -> ElementBase:
        """The next of the iterables; StopIteration after the last, and it begins again."""
        position: int = getattr(self, "_cursor", 0)
        known = self.iterables
        if position >= len(known):
            self._cursor = 0
            raise StopIteration
        self._cursor = position + 1
        return known[position]

    __next__ = next

    def __len__(self) -> int:
        return len(self._met().iterables)

    def __bool__(self) -> bool:
        """True: a stanza without children is one."""
        return True

    # --- the whole ----------------------------------------------------------------------------------------------------

    @property
    def values(self) -> dict[str, Any]:
        """Everything as a dict: interfaces, ``lang``, texts in all languages under ``key|*``, the values of child
        stanzas under their keys, those of the iterables as a list under ``substanzas``, where ``__childtag__``
        says what each is (`xmppkit.stanza.values`)."""
        return plain.collect(self)

    @values.setter
    def values(self, values: Mapping[str, Any]) -> None:
        plain.assign(self, values)

    def get_stanza_values(self) -> dict[str, Any]:
        """`values`."""
        return self.values

    def set_stanza_values(self, values: Mapping[str, Any]) -> Self:
        """Set `values`; returns the stanza itself."""
        self.values = values
        return self

    _get_stanza_values = get_stanza_values
    _set_stanza_values = set_stanza_values

    def match(self, xpath: str | list[str]) -> bool:
        """Whether the stanza fulfils a StanzaPath (`xmppkit.stanza.matching`)."""
        path = xpath if isinstance(xpath, str) else "/".join(xpath)
        return matching.matches(self, matching.parse_path(path))

    # --- comparing, copying ----------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        """Whether the other is of the same class and has the same values."""
        if not isinstance(other, ElementBase):
            return NotImplemented
        return self is other or (type(self) is type(other) and plain.same(self.values, other.values))

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        """A stanza of the same class with an XML of its own."""
        return type(self)(xml=copy.deepcopy(self.xml), parent=self.parent)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.__copy__()

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickled is the XML. What comes back has no parent."""
        return type(self), (self.xml,)
