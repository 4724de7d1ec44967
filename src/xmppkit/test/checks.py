# SPDX-License-Identifier: MIT
"""What a `SlixTest` asserts of stanzas, addresses, rosters, stream headers and stream features."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterable
from typing import Any
from xml.etree import ElementTree as ET

from xmppkit.dispatch.matchers import MatcherId, MatchIDSender, MatchXMLMask, MatchXPath, StanzaPath
from xmppkit.jid.address import JID
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.iq import Iq as IqStanza
from xmppkit.stanza.message import Message as MessageStanza
from xmppkit.stanza.presence import Presence as PresenceStanza
from xmppkit.test import comparing
from xmppkit.xml.names import CLIENT, COMPONENT, STREAM, XML_LANG
from xmppkit.xml.namespaces import moved
from xmppkit.xml.parser import StreamHeader, StreamParser

__all__ = ["Checks", "read_header"]

_MATCHERS: dict[str, Callable[[Any], Any]] = {
    "mask": MatchXMLMask,
    "id": MatcherId,
    "idsender": MatchIDSender,
    "xpath": MatchXPath,
    "stanzapath": StanzaPath,
}


class Checks(unittest.TestCase):
    """The assertions; the stream, where one is needed, is `xmpp`."""

    xmpp: Any = None

    # --- XML ------------------------------------------------------------------------------------------

    def parse_xml(self, xml_string: str) -> ET.Element:
        """An element from its text; the prefix ``stream`` need not be declared. The test fails when it is no XML."""
        try:
            return comparing.parse_xml(xml_string)
        except ET.ParseError as error:
            self.fail(f"this is not well-formed: {error}\n{xml_string}")

    def fix_namespaces(self, xml: ET.Element, ns: str) -> ET.Element:
        """Put the elements that have no namespace into `ns`; the same tree is returned."""
        return comparing.fix_namespaces(xml, ns)

    def compare(self, xml: ET.Element, *other: ET.Element) -> bool:
        """Whether all are equal, whatever the order of children and attributes and the white space around texts. False
        when there is nothing to compare with."""
        return comparing.compare(xml, *other)

    # --- stanzas --------------------------------------------------------------------------------------

    def Message(self, *args: Any, **kwargs: Any) -> MessageStanza:  # noqa: N802  # slixmpp's name
        """A message of the stream; arguments as for `StanzaBase`, behind its stream."""
        return MessageStanza(self.xmpp, *args, **kwargs)

    def Iq(self, *args: Any, **kwargs: Any) -> IqStanza:  # noqa: N802  # slixmpp's name
        """An IQ of the stream, as `Message`."""
        return IqStanza(self.xmpp, *args, **kwargs)

    def Presence(self, *args: Any, **kwargs: Any) -> PresenceStanza:  # noqa: N802  # slixmpp's name
        """A presence of the stream, as `Message`."""
        return PresenceStanza(self.xmpp, *args, **kwargs)

    # --- checks ---------------------------------------------------------------------------------------

    def check(
        self,
        stanza: ElementBase,
        criteria: Any,
        method: str = "exact",
        defaults: Iterable[str] | None = None,
        use_values: bool = True,
    ) -> None:
        """Assert that a stanza is what it should be.

        :param stanza: the stanza object.
        :param criteria: with ``exact`` XML, as text, element or stanza; else what the matcher takes.
        :param method: ``exact``: the stanza is built three ways, as it was given, from the XML and from the ``values``
            of that, and all must be equal; or that it is accepted by a matcher: ``mask``, ``id``, ``idsender``,
            ``xpath``, ``stanzapath``. Anything else raises ValueError.
        :param defaults: interfaces whose value is written out on all sides before they are compared, beside ``type``
            of messages and ``priority`` of presences.
        :param use_values: do the third way too. A stanza class may have content that its interfaces do not show.
        """
        if method in _MATCHERS:
            if not _MATCHERS[method](criteria).match(stanza):
                shown = comparing.describe(given=stanza.xml, expected=criteria)
                self.fail(f"the stanza does not match the {method}{shown}")
            return
        if method != "exact":
            raise ValueError(f"there is no method {method!r} to check with; there are exact, {', '.join(_MATCHERS)}")
        if isinstance(criteria, ElementBase):
            criteria = criteria.xml
        expected = self.parse_xml(criteria) if isinstance(criteria, str) else criteria
        self.fix_namespaces(expected, CLIENT)
        ways = comparing.three_ways(stanza, self._known(expected, stanza), defaults, use_values=use_values)
        first, *others = (comparing.in_client_namespace(each) for each in ways.values())
        if not self.compare(first, *others):
            self.fail("the stanza is not the expected one" + comparing.describe(**ways))

    def _known(self, expected: ET.Element, stanza: ElementBase) -> ET.Element:
        """What a test of a component writes in a client's namespace, in the one that the stanza is in."""
        if stanza.xml.tag.startswith(f"{{{COMPONENT}}}") and expected.tag.startswith(f"{{{CLIENT}}}"):
            return moved(expected, CLIENT, COMPONENT)
        return expected

    def check_jid(
        self,
        jid: JID,
        user: str | None = None,
        domain: str | None = None,
        resource: str | None = None,
        bare: str | None = None,
        full: str | None = None,
        string: str | None = None,
    ) -> None:
        """Assert the parts of an address; what is None is not looked at."""
        found = {"user": jid.user, "domain": jid.domain, "resource": jid.resource}
        found |= {"bare": jid.bare, "full": jid.full, "string": str(jid)}
        wanted = {"user": user, "domain": domain, "resource": resource, "bare": bare, "full": full, "string": string}
        for part, value in wanted.items():
            if value is not None:
                assert found[part] == value, f"{part} of the address {jid.full!r}"

    def check_roster(
        self,
        owner: str | JID,
        jid: str | JID,
        name: str | None = None,
        subscription: str | None = None,
        afrom: bool | None = None,
        ato: bool | None = None,
        pending_out: bool | None = None,
        pending_in: bool | None = None,
        groups: Iterable[str] | None = None,
    ) -> None:
        """Assert what the roster of `owner` says of a contact; what is None is not looked at."""
        item = self.xmpp.roster[owner][jid]
        wanted = {"name": name, "subscription": subscription, "from": afrom, "to": ato}
        wanted |= {"pending_out": pending_out, "pending_in": pending_in}
        for key, value in wanted.items():
            if value is not None:
                assert item[key] == value, f"{key} of {jid} in the roster of {owner}"
        if groups is not None:
            assert sorted(item["groups"]) == sorted(groups), f"groups of {jid} in the roster of {owner}"

    # --- headers and features -------------------------------------------------------------------------

    def make_header(
        self,
        sto: str = "",
        sfrom: str = "",
        sid: str = "",
        stream_ns: str = STREAM,
        default_ns: str = CLIENT,
        default_lang: str = "en",
        version: str = "1.0",
        xml_header: bool = True,
    ) -> str:
        """The opening tag of a stream; what is empty is left out.

        :param xml_header: with an XML declaration before it.
        """
        attributes = {"to": sto, "from": sfrom, "id": sid, "xml:lang": default_lang, "version": version}
        attributes |= {"xmlns:stream": stream_ns, "xmlns": default_ns}
        written = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)
        declaration = '<?xml version="1.0"?>' if xml_header else ""
        return f"{declaration}<stream:stream {written}>"

    def _stanza(self, text: str) -> ElementBase:
        """The stanza object of what was sent or received."""
        stanza: ElementBase = self.xmpp._build_stanza(self.fix_namespaces(self.parse_xml(text), self.xmpp.default_ns))
        return stanza

    def _check_header(self, given: str, expected: str) -> None:
        found, wanted = read_header(given), read_header(expected)
        if found is None or wanted is None:
            self.fail("this is no stream header" + comparing.describe(given=given, expected=expected))
        differing = [name for name, value in wanted.attributes.items() if found.attributes.get(name) != value]
        if XML_LANG not in found.attributes and XML_LANG in differing:
            differing.remove(XML_LANG)  # a stream need not name its language
        if found.tag != wanted.tag or found.default_namespace != wanted.default_namespace or differing:
            self.fail("the stream header is not the expected one" + comparing.describe(given=given, expected=expected))

    def _check_feature(self, given: str, expected: str, method: str) -> None:
        found = self.fix_namespaces(self.parse_xml(given), self.xmpp.default_ns)
        wanted = self.fix_namespaces(self.parse_xml(expected), self.xmpp.default_ns)
        if method == "mask":
            fits = MatchXMLMask(wanted).match(found)
        elif method == "exact":
            fits = self.compare(found, wanted)
        else:
            raise ValueError(f"there is no method {method!r} for features; there are 'mask' and 'exact'")
        if not fits:
            self.fail(f"this is not the expected feature ({method})" + comparing.describe(given=found, expected=wanted))


def read_header(text: str) -> StreamHeader | None:
    first = next(iter(StreamParser().feed(text.encode())), None)
    return first if isinstance(first, StreamHeader) else None
