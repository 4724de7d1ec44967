# SPDX-License-Identifier: MIT
"""The part of the plugin that offers uploads, for components (XEP-0363 §3, §4, §6)."""

from __future__ import annotations

import math

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, Option, handles
from xmppkit.plugins.xep_0363.service import limit_form
from xmppkit.plugins.xep_0363.stanza import UPLOAD, FileTooLarge
from xmppkit.stanza.iq import Iq

__all__ = ["Offering"]


class Offering(BasePlugin):
    """What the plugin does for a component that sets `handle_upload_requests`. `XEP_0363` is the only class that builds
    on it.

    The program answers the event ``http_upload_request`` with a slot or an error. Its `Iq` has a name, and a size of no
    more than `max_file_size`, which is told to all who ask.
    """

    max_file_size = Option(
        float, math.inf, minimum=0, doc="bytes that a file may have, beside the service's own limit; also for requests"
    )
    handle_upload_requests = Option(bool, False, doc="offer uploads: raise http_upload_request")

    def plugin_init(self) -> None:
        """Announce it, if it is offered."""
        self.disco_features = (UPLOAD,) if self.handle_upload_requests else ()

    def session_bind(self, jid: JID) -> None:
        """Say how large files may be (§3)."""
        if self.handle_upload_requests and self.max_file_size < math.inf:
            self.xmpp.plugin["xep_0128"].add_extended_info(data=limit_form(int(self.max_file_size)))

    def plugin_end(self) -> None:
        """Say no more how large files may be."""
        if self.handle_upload_requests:
            forms = self.xmpp.plugin["xep_0030"].static.own_info(self.xmpp.boundjid, "")["forms"]
            others = [form for form in forms if form.form_type != UPLOAD]
            self.xmpp.plugin["xep_0128"].set_extended_info(data=others)

    @handles("iq@type=get/http_upload_request", "HTTP Upload Request")
    def _asked(self, iq: Iq) -> None:
        request = iq["http_upload_request"]
        if not self.handle_upload_requests or not self.xmpp.event_handled("http_upload_request"):
            raise XMPPError("service-unavailable")
        if not request.filename or request.size is None:
            raise XMPPError("bad-request", "filename and size are needed")
        if request.size > self.max_file_size:
            answer = iq.reply()
            error = answer["error"]
            error["type"], error["condition"], error["text"] = "modify", "not-acceptable", "the file is too large"
            FileTooLarge(parent=error).max_file_size = int(self.max_file_size)
            answer.send()
            return
        self.xmpp.event("http_upload_request", iq)
