# SPDX-License-Identifier: MIT
"""Data Forms (XEP-0004): making them, reading them, and being told of those that come in messages."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from xmppkit.dispatch.events import Event
from xmppkit.plugins.base import BasePlugin, handles, register_plugin
from xmppkit.plugins.xep_0004 import stanza
from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.stanza.message import Message

__all__ = ["XEP_0004"]


class XEP_0004(BasePlugin):  # noqa: N801  # slixmpp's name
    """Data Forms. The forms themselves need no plugin: see `Form`."""

    name = "xep_0004"
    description = "XEP-0004: Data Forms"
    dependencies = frozenset({"xep_0030"})
    stanza = stanza
    disco_features = (Form.namespace,)
    events = (Event("message_xform", Message, "a form has come in a message", "XEP-0004 §3"),)

    def make_form(self, ftype: str = "form", title: str = "", instructions: str = "") -> Form:
        """A new form.

        :param ftype: what it is for: ``form``, ``submit``, ``cancel`` or ``result``.
        :param title: its title.
        :param instructions: what people are to do; lines are separated by newlines.
        """
        form = Form()
        form["type"], form["title"], form["instructions"] = ftype, title, instructions
        return form

    def build_form(self, xml: Element) -> Form:
        """The form that an element is."""
        return Form(xml=xml)

    @handles("message/form", "Data Form")
    def handle_form(self, message: Message) -> None:
        """Tell of a form in a message: raises ``message_xform``."""
        if message["type"] != "error":  # a form of ours that has come back
            self.xmpp.event("message_xform", message)


register_plugin(XEP_0004)
