# SPDX-License-Identifier: MIT
"""Making stanzas that belong to a stream, and sending them: ``xmpp.make_message(…)``, ``xmpp.send_presence(…)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.stanza.iq import Iq as IqStanza
from xmppkit.stanza.message import Message as MessageStanza
from xmppkit.stanza.presence import Presence as PresenceStanza
from xmppkit.types import JidStr
from xmppkit.xml.names import ROSTER, clark
from xmppkit.xmlstream.xmlstream import XMLStream

if TYPE_CHECKING:
    from xmppkit.xmlstream.delivery import Receipt

__all__ = ["StanzaFactories"]


class StanzaFactories(XMLStream):
    """A stream that makes message, presence and IQ. The prefixes of the arguments, ``mto`` and so on, are slixmpp's."""

    def Message(  # noqa: N802  # slixmpp's name
        self,
        xml: Element | None = None,
        stype: str | None = None,
        sto: JidStr | None = None,
        sfrom: JidStr | None = None,
        sid: str | None = None,
        parent: Any = None,
        recv: bool = False,
    ) -> MessageStanza:
        """A message of this stream; arguments as for `StanzaBase`."""
        message = MessageStanza(self, xml, stype, sto, sfrom, sid, parent, recv)
        if self.default_lang:
            message.set_lang(self.default_lang)
        return message

    def Presence(  # noqa: N802  # slixmpp's name
        self,
        xml: Element | None = None,
        stype: str | None = None,
        sto: JidStr | None = None,
        sfrom: JidStr | None = None,
        sid: str | None = None,
        parent: Any = None,
        recv: bool = False,
    ) -> PresenceStanza:
        """A presence of this stream; arguments as for `StanzaBase`."""
        presence = PresenceStanza(self, xml, stype, sto, sfrom, sid, parent, recv)
        if self.default_lang:
            presence.set_lang(self.default_lang)
        return presence

    def Iq(  # noqa: N802  # slixmpp's name
        self,
        xml: Element | None = None,
        stype: str | None = None,
        sto: JidStr | None = None,
        sfrom: JidStr | None = None,
        sid: str | None = None,
        parent: Any = None,
        recv: bool = False,
    ) -> IqStanza:
        """An IQ of this stream; arguments as for `StanzaBase`."""
        if xml is None and parent is None and not sfrom and not sid and not recv and (stype == "get" or stype == "set"):
            return IqStanza.request(self, stype, sto)
        return IqStanza(self, xml, stype, sto, sfrom, sid, parent, recv)

    # --- IQs --------------------------------------------------------------------------------------------------------

    def _iq(
        self,
        kind: str | None = None,
        *,
        id: str | None = None,
        ito: JidStr | None = None,
        ifrom: JidStr | None = None,
        iq: IqStanza | None = None,
    ) -> IqStanza:
        if iq is None:
            return self.Iq(None, kind or None, ito or None, ifrom or None, id or None)
        for key, value in (("id", id), ("to", ito), ("from", ifrom), ("type", kind)):
            if value:
                iq[key] = value
        return iq

    def make_iq(
        self,
        id: str | None = None,
        ifrom: JidStr | None = None,
        ito: JidStr | None = None,
        itype: str | None = None,
        iquery: str | None = None,
    ) -> IqStanza:
        """An IQ.

        :param id: its id; None makes one.
        :param ifrom: the sender, for components.
        :param ito: the recipient; None: the server, or our own account.
        :param itype: ``get``, ``set``, ``result`` or ``error``.
        :param iquery: the namespace of an empty ``query`` as payload.
        """
        iq = self._iq(itype, id=id, ito=ito, ifrom=ifrom)
        if iquery is not None:
            iq["query"] = iquery
        return iq

    def make_iq_get(
        self,
        queryxmlns: str | None = None,
        ito: JidStr | None = None,
        ifrom: JidStr | None = None,
        iq: IqStanza | None = None,
    ) -> IqStanza:
        """An IQ of type ``get``, with an empty ``query`` of a namespace if one is said. `iq` is one to change."""
        if iq is None:
            made = self.Iq(None, "get", ito or None, ifrom or None)
        else:
            made = self._iq("get", ito=ito, ifrom=ifrom, iq=iq)
        if queryxmlns:
            made["query"] = queryxmlns
        return made

    def make_iq_result(
        self,
        id: str | None = None,
        ito: JidStr | None = None,
        ifrom: JidStr | None = None,
        iq: IqStanza | None = None,
    ) -> IqStanza:
        """An IQ of type ``result``. `iq` is one to change."""
        return self._iq("result", id=id, ito=ito, ifrom=ifrom, iq=iq)

    def make_iq_set(
        self,
        sub: Any = None,
        ito: JidStr | None = None,
        ifrom: JidStr | None = None,
        iq: IqStanza | None = None,
    ) -> IqStanza:
        """An IQ of type ``set``, with the element or stanza `sub` as payload. `iq` is one to change."""
        made = self._iq("set", ito=ito, ifrom=ifrom, iq=iq)
        if sub is not None:
            made.append(sub)
        return made

    def make_iq_error(
        self,
        id: str | None,
        type: str = "cancel",
        condition: str = "feature-not-implemented",
        text: str | None = None,
        ito: JidStr | None = None,
        ifrom: JidStr | None = None,
        iq: IqStanza | None = None,
    ) -> IqStanza:
        """An IQ of type ``error``.

        :param type: what the other side should do (RFC 6120 §8.3.2).
        :param condition: a defined condition; ValueError for another (§8.3.3).
        :param text: a sentence for a human.
        :param iq: one to change.
        """
        if condition not in XMPPError.default_types:
            raise ValueError(f"{condition!r} is no stanza error condition of RFC 6120 §8.3.3")
        made = self._iq("error", id=id, ito=ito, ifrom=ifrom, iq=iq)
        made["error"]["type"] = type
        made["error"]["condition"] = condition
        if text:
            made["error"]["text"] = text
        return made

    def make_iq_query(
        self, iq: IqStanza | None = None, xmlns: str = "", ito: JidStr | None = None, ifrom: JidStr | None = None
    ) -> IqStanza:
        """An IQ with an empty ``query`` of a namespace, and no type yet. `iq` is one to change."""
        made = self._iq(ito=ito, ifrom=ifrom, iq=iq)
        made["query"] = xmlns
        return made

    def make_query_roster(self, iq: IqStanza | None = None) -> Element:
        """An empty roster query; in `iq`, if one is given."""
        query = Element(clark(ROSTER, "query"))
        if iq is not None:
            iq.append(query)
        return query

    # --- messages and presence ----------------------------------------------------------------------------------------

    def make_message(
        self,
        mto: JidStr,
        mbody: str | None = None,
        msubject: str | None = None,
        mtype: str | None = None,
        mhtml: Any = None,
        mfrom: JidStr | None = None,
        mnick: str | None = None,
    ) -> MessageStanza:
        """A message.

        :param mto: the recipient.
        :param mbody: the text.
        :param msubject: the topic.
        :param mtype: ``chat``, ``groupchat`` …; None: normal.
        :param mhtml: the text as XHTML (XEP-0071), if that plugin is enabled.
        :param mfrom: the sender, for components.
        :param mnick: our nickname (XEP-0172), if that plugin is enabled.
        :raises InvalidJID: one of the addresses is none.
        """
        message = self.Message(None, mtype, mto, mfrom)
        if mbody is not None:
            message["body"] = mbody
        if msubject is not None:
            message["subject"] = msubject
        if mnick is not None:
            message["nick"] = mnick
        if mhtml is not None:
            message["html"]["body"] = mhtml
        return message

    def send_message(
        self,
        mto: JidStr,
        mbody: str | None = None,
        msubject: str | None = None,
        mtype: str | None = None,
        mhtml: Any = None,
        mfrom: JidStr | None = None,
        mnick: str | None = None,
    ) -> Receipt:
        """Make a message and send it; arguments as for `make_message`.

        :returns: how far it has come.
        """
        return self.send(self.make_message(mto, mbody, msubject, mtype, mhtml, mfrom, mnick))

    def make_presence(
        self,
        pshow: str | None = None,
        pstatus: str | Mapping[str, str] | None = None,
        ppriority: int | None = None,
        pto: JidStr | None = None,
        ptype: str | None = None,
        pfrom: JidStr | None = None,
        pnick: str | None = None,
    ) -> PresenceStanza:
        """A presence.

        :param pshow: ``away``, ``chat``, ``dnd`` or ``xa``; None: plainly available.
        :param pstatus: a text for humans.
        :param ppriority: -128 to 127.
        :param pto: somebody in particular; None: everybody who has subscribed.
        :param ptype: ``unavailable``, ``subscribe`` …; None: available.
        :param pfrom: the sender, for components.
        :param pnick: our nickname (XEP-0172), if that plugin is enabled.
        :raises InvalidJID: one of the addresses is none.
        """
        presence = self.Presence(stype=ptype, sto=pto)
        if pfrom:
            presence["from"] = pfrom
        elif self.is_component:
            presence["from"] = self.boundjid.full
        if pshow is not None:
            # Who asks for a type means it, whatever the show value.
            presence["show" if pshow in presence.showtypes else "type"] = pshow
        if ppriority is not None:
            presence["priority"] = ppriority
        if pstatus is not None:
            presence["status|*" if isinstance(pstatus, Mapping) else "status"] = pstatus
        if pnick is not None:
            presence["nick"] = pnick
        return presence

    def send_presence(
        self,
        pshow: str | None = None,
        pstatus: str | Mapping[str, str] | None = None,
        ppriority: int | None = None,
        pto: JidStr | None = None,
        ptype: str | None = None,
        pfrom: JidStr | None = None,
        pnick: str | None = None,
    ) -> None:
        """Make a presence and send it; arguments as for `make_presence`."""
        self.make_presence(pshow, pstatus, ppriority, pto, ptype, pfrom, pnick).send()

    def send_presence_subscription(
        self, pto: JidStr, pfrom: JidStr | None = None, ptype: str = "subscribe", pnick: str | None = None
    ) -> None:
        """Ask somebody for a subscription, or answer or end one (RFC 6121 §3).

        :param pto: whom; the bare address is used.
        :param ptype: ``subscribe``, ``subscribed``, ``unsubscribe`` or ``unsubscribed``.
        :param pnick: our nickname (XEP-0172), if that plugin is enabled.
        """
        self.make_presence(ptype=ptype, pfrom=pfrom, pto=JID(pto).bare, pnick=pnick).send()
