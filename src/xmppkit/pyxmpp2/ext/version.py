# SPDX-License-Identifier: MIT
"""Software version (XEP-0092): telling others ours, and asking for theirs.

Nothing here comes from the plugin xep_0092, which would load asyncio.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement

from xmppkit.pyxmpp2.interfaces import StanzaPayload, XMPPFeatureHandler, iq_get_stanza_handler, payload_element_name
from xmppkit.pyxmpp2.iq import Iq
from xmppkit.pyxmpp2.jid import JID
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.stanza import Stanza
from xmppkit.xml.names import VERSION, clark

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.stanzaprocessor import StanzaProcessor

__all__ = [
    "NAME_TAG",
    "OS_TAG",
    "QUERY_TAG",
    "VERSION_TAG",
    "VersionPayload",
    "VersionProvider",
    "request_software_version",
]

QUERY_TAG: Final = clark(VERSION, "query")
NAME_TAG: Final = clark(VERSION, "name")
VERSION_TAG: Final = clark(VERSION, "version")
OS_TAG: Final = clark(VERSION, "os")


@payload_element_name(QUERY_TAG)
class VersionPayload(StanzaPayload):
    """What a program says that it is.

    :ivar name: its name; None, as in a request: nothing is said.
    :ivar version: its version.
    :ivar os_name: the operating system.
    """

    def __init__(self, name: str | None = None, version: str | None = None, os_name: str | None = None) -> None:
        self.name = name
        self.version = version
        self.os_name = os_name

    @classmethod
    def from_xml(cls, element: Element) -> VersionPayload:
        """The payload of an element.

        :raises ValueError: it is another one.
        """
        if element.tag != QUERY_TAG:
            raise ValueError(f"<{element.tag}/> does not ask for a software version")
        return cls(*(element.findtext(tag) for tag in (NAME_TAG, VERSION_TAG, OS_TAG)))

    def as_xml(self) -> Element:
        """The payload as an element."""
        query = Element(QUERY_TAG)
        for tag, value in ((NAME_TAG, self.name), (VERSION_TAG, self.version), (OS_TAG, self.os_name)):
            if value:
                SubElement(query, tag).text = value
        return query


class VersionProvider(XMPPFeatureHandler):
    """Answers who asks for our version. To be among the handlers of a `Client`.

    :param settings: with ``software_name``, ``software_version`` and ``software_os``.
    """

    def __init__(self, settings: XMPPSettings | None = None) -> None:
        self.settings = XMPPSettings() if settings is None else settings

    @iq_get_stanza_handler(VersionPayload)
    def handle_version_request(self, stanza: Iq) -> Iq:
        """Answer a request."""
        said = self.settings
        answer = stanza.make_result_response()
        answer.set_payload(VersionPayload(said["software_name"], said["software_version"], said["software_os"]))
        return answer


def request_software_version(
    stanza_processor: StanzaProcessor,
    target_jid: JID | str,
    callback: Callable[[VersionPayload], object],
    error_callback: Callable[[Stanza | None], object] | None = None,
) -> None:
    """Ask for somebody's version.

    :param stanza_processor: a `Client`.
    :param callback: called with the answer.
    :param error_callback: called with an answer that is an error or has no version, or with None when there is none.
    """

    def failed(stanza: Stanza | None = None) -> object:
        return None if error_callback is None else error_callback(stanza)

    def answered(stanza: Iq) -> object:
        payload = stanza.get_payload(VersionPayload)
        return failed(stanza) if payload is None else callback(payload)

    request = Iq(to_jid=target_jid, stanza_type="get")
    request.set_payload(VersionPayload())
    stanza_processor.set_response_handlers(request, answered, failed, failed)
    stanza_processor.send(request)
