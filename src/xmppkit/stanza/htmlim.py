# SPDX-License-Identifier: MIT
"""`HTMLIM`: a message's text with markup (XEP-0071). Importing this module registers it with `Message`.

What is read is sanitised: it holds what XEP-0071 §7 recommends, and nothing else. See `xmppkit.stanza.xhtml`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import ClassVar, Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from xmppkit.exceptions import InvalidValue
from xmppkit.stanza import subtext
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.message import Message
from xmppkit.stanza.xhtml import XHTML, sanitize
from xmppkit.xml.names import XML_LANG, clark
from xmppkit.xml.serializer import serialize

__all__ = ["HTMLIM", "XHTML", "XHTML_IM"]

XHTML_IM: Final = "http://jabber.org/protocol/xhtml-im"
_BODY: Final = clark(XHTML, "body")


class HTMLIM(ElementBase, parents=(Message,)):
    """The texts with markup, one for each language: ``message['html']['body'] = '<p>Hi <em>you</em></p>'``.

    What is set may be what stands within the ``body``, the ``body`` itself, or an element; what has no namespace is
    taken for XHTML. It is sent as it is. What is read is XHTML text that may be shown, whoever has sent it: what stands
    within the ``body``, of that what XEP-0071 §7.8 recommends. All of it is in `xml`.
    """

    __slots__ = ()

    name = "html"
    namespace = XHTML_IM
    plugin_attrib = "html"
    lang_interfaces: ClassVar[set[str]] = {"body"}

    body = Derived(str, doc="the text in the message's language, or else any, as XHTML that may be shown")

    def get_body(self, lang: str | None = None) -> str | dict[str, str]:
        """What stands within the ``body``, as XHTML that may be shown; ``''`` without one.

        :param lang: its language; None: the message's, or else any; ``*``: a dict of all by language.
        """
        own = self.get_lang()
        bodies: dict[str, Element] = {}
        for element, spoken in subtext.spoken(self.xml, (_BODY,), own):
            bodies.setdefault(spoken, element)
        if lang == "*":
            return {spoken: _inner(element) for spoken, element in bodies.items()}
        found = bodies.get(lang or own, next(iter(bodies.values()), None))
        return "" if found is None else _inner(found)

    def set_body(self, content: str | Element | Mapping[str, str | Element], lang: str | None = None) -> None:
        """Replace the ``body`` of a language.

        :param content: XML text or an element; a mapping from language to such replaces all.
        :param lang: the language; None: the message's; ``*`` with a mapping.
        :raises InvalidValue: the text is no well-formed XML, or the mapping is none.
        """
        if isinstance(content, Mapping):
            bodies = [(spoken, _make_body(each)) for spoken, each in content.items()]
            self.del_body("*")
        elif lang == "*":
            raise InvalidValue("all languages take a mapping of language to text", "HTMLIM['body|*']")
        else:
            bodies = [(lang or "", _make_body(content))]
            self.del_body(lang)
        own = self.get_lang()
        for spoken, body in bodies:
            if spoken and spoken != own:
                body.set(XML_LANG, spoken)
            self.xml.append(body)

    def del_body(self, lang: str | None = None) -> None:
        """Remove the ``body`` of a language; None: the message's; ``*``: all."""
        own = self.get_lang()
        subtext.delete(self.xml, (_BODY,), None if lang == "*" else lang or own, own)


def _inner(body: Element) -> str:
    """What stands within a body and may be shown, as text."""
    text = serialize(sanitize(body))
    return "" if text.endswith("/>") and text.count("<") == 1 else text[text.index(">") + 1 : text.rindex("<")]


def _make_body(content: str | Element) -> Element:
    """A ``body`` of its own with what was given."""
    if isinstance(content, Element):
        made = copy.deepcopy(content)
        made.tail = None
        for element in made.iter():
            if element.tag[:1] != "{":
                element.tag = clark(XHTML, element.tag)
        if made.tag == _BODY:
            made.attrib.pop(XML_LANG, None)
            return made
        body = Element(_BODY)
        body.append(made)
        return body
    try:
        # Within an element: a document type is no well-formed content, and namespaces have their default.
        body = fromstring(f'<body xmlns="{XHTML}">{content}</body>')  # noqa: S314 (expat knows no entities here)
    except ParseError as error:
        raise InvalidValue(f"it takes well-formed XHTML: {error}", "HTMLIM['body']") from None
    if len(body) == 1 and body[0].tag == _BODY:
        return _make_body(body[0])
    return body
