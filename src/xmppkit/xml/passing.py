# SPDX-License-Identifier: MIT
"""Passing over a stanza that is past a limit, so that who sent it ends nobody's stream.

A server passes on what its users send as long as it is well-formed and not too long. What else is past a limit of ours
is refused while it is read, as it would cost too much to read on. Yet the stream can go on behind it: expat's state is
thrown away, and the end of the stanza is found by counting tags. This is no second parser, for nothing of the stanza is
handed out but what has been read of its own tag before.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from xmppkit.records import record
from xmppkit.xml.names import XML_LANG, clark
from xmppkit.xml.scanning import ATTRIBUTE

__all__ = ["BROKEN", "GOES_ON", "Refused", "Skimmer", "read_begin"]

#: What `Skimmer.end_in` gives where the stanza goes on behind the data, and where that holds what is no tag.
GOES_ON: Final = -1
BROKEN: Final = -2

# Long enough for every address (RFC 7622 §3.1).
_VALUE: Final = 4096
_TOO_LONG: Final = "?" * (_VALUE + 1)
_KEPT: Final = ("type", "id", "to", "from", XML_LANG)
_KEPT_RAW: Final = {b"type", b"id", b"to", b"from", b"xml:lang"}
_NAME: Final = re.compile(rb"<([A-Za-z]{1,16}+)(?=[\s/>])")
_TAG: Final = re.compile(rb"""<(/)?[^'"<>!?/][^'"<>]*+(?:'[^'<]*+'[^'"<>]*+|"[^"<]*+"[^'"<>]*+)*+>""")
_SLASH: Final = 47


@record(frozen=True, slots=True)
class Refused:
    """A stanza that was past a limit, and was passed over.

    :ivar tag: its qualified name.
    :ivar attributes: of its own ``type``, ``id``, ``to``, ``from`` and ``xml:lang``, by qualified name.
    :ivar text: which limit, for the log and for the sender's developer.
    """

    tag: str
    attributes: dict[str, str]
    text: str

    @classmethod
    def of(cls, stanza: Element, text: str) -> Refused:
        """What is kept of a stanza of which at least the own tag was read."""
        attributes = {name: stanza.attrib[name] for name in _KEPT if len(stanza.get(name, _TOO_LONG)) <= _VALUE}
        return cls(stanza.tag, attributes, text)


def read_begin(data: bytes, default_namespace: str | None) -> Element | None:
    """The element that begins with `data`, a whole tag that nobody has read, with those of its attributes that are
    kept; None when that is not to be known without reading it: its name has a prefix, say.

    :param default_namespace: the stream's.
    """
    name = _NAME.match(data)
    whole = _TAG.match(data)
    if name is None or whole is None:
        return None
    namespace = default_namespace or ""
    kept = []
    for found in ATTRIBUTE.finditer(data, name.end(), whole.end()):
        value = found[2] or found[3] or b""
        if found[1] == b"xmlns":
            namespace = value.decode("utf-8", "replace")
        elif found[1] in _KEPT_RAW and len(value) <= _VALUE:
            kept.append(found[0])
    try:
        attributes = fromstring(b"<a%s/>" % b"".join(kept)).attrib  # noqa: S314 (there is no DTD, and it is short)
    except ParseError:
        return None
    return Element(clark(namespace, name[1].decode()) if namespace else name[1].decode(), attributes)


class Skimmer:
    """Finds the end of a stanza by its tags alone.

    :param depth: how many of its elements are open, itself among them; 0: it begins.
    :ivar refused: the stanza.
    """

    __slots__ = ("_depth", "refused")

    def __init__(self, refused: Refused, depth: int) -> None:
        self.refused = refused
        self._depth = depth

    def end_in(self, data: bytes) -> int:
        """Where in `data`, in which all tags are whole, it has ended; or `GOES_ON`, or `BROKEN`."""
        position = data.find(b"<")
        while position >= 0:
            found = _TAG.match(data, position)
            if found is None:
                return BROKEN
            end = found.end()
            if found[1]:
                self._depth -= 1
            elif data[end - 2] != _SLASH:
                self._depth += 1
            if self._depth <= 0:
                return end
            position = data.find(b"<", end)
        return GOES_ON
