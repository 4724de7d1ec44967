# SPDX-License-Identifier: MIT
"""Service Discovery Extensions (XEP-0128): saying more of this program than identities and features can."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, api_operation, register_plugin
from xmppkit.plugins.xep_0004.stanza import Form, FormType
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0128 import stanza
from xmppkit.types import OptJidStr

__all__ = ["XEP_0128"]


class XEP_0128(BasePlugin):  # noqa: N801  # slixmpp's name
    """Service Discovery Extensions.

    Each method calls an operation of the same name, with a dict whose ``data`` are the forms. The default handlers keep
    the forms where xep_0030 keeps identities and features. They are through when the method returns.
    """

    name = "xep_0128"
    description = "XEP-0128: Service Discovery Extensions"
    dependencies = frozenset({"xep_0030", "xep_0004"})
    stanza = stanza

    def set_extended_info(
        self, jid: OptJidStr = None, node: str | None = None, *, data: Form | Iterable[Form] = (), **kwargs: Any
    ) -> asyncio.Future[None]:
        """Replace the forms.

        :param jid: the address that is meant; None: the own one.
        :param node: the node that is meant; None: the address itself.
        :param data: a form, or several. Each has a FORM_TYPE of its own (XEP-0068).
        :param kwargs: passed on to the operation.
        """
        return self._run("set_extended_info", jid, node, {"data": data, **kwargs})

    def add_extended_info(
        self, jid: OptJidStr = None, node: str | None = None, *, data: Form | Iterable[Form] = (), **kwargs: Any
    ) -> asyncio.Future[None]:
        """Add forms. One of the same FORM_TYPE is replaced: there may not be two (XEP-0115 §5.4).

        The parameters are those of `set_extended_info`.
        """
        return self._run("add_extended_info", jid, node, {"data": data, **kwargs})

    def del_extended_info(self, jid: OptJidStr = None, node: str | None = None, **kwargs: Any) -> asyncio.Future[None]:
        """Take all forms away.

        The parameters are those of `set_extended_info`.
        """
        return self._run("del_extended_info", jid, node, kwargs)

    def _run(self, op: str, jid: OptJidStr, node: str | None, data: dict[str, Any]) -> asyncio.Future[None]:
        done: asyncio.Future[None] = self.api[op](jid, node, None, data)
        return done

    # --- the default handlers -----------------------------------------------------------------------------

    def _info(self, jid: JID, node: str) -> DiscoInfo:
        info: DiscoInfo = self.xmpp.plugin["xep_0030"].static.own_info(jid, node)
        return info

    @api_operation("set_extended_info")
    def _set(self, jid: JID, node: str, ifrom: JID | None, args: Mapping[str, Any]) -> None:
        """Replace the forms of the node; `data`: ``data``, a form or several."""
        info = self._info(jid, node)
        info["forms"] = _results(args.get("data", ()))

    @api_operation("add_extended_info")
    def _add(self, jid: JID, node: str, ifrom: JID | None, args: Mapping[str, Any]) -> None:
        """Add forms to the node; `data`: ``data``, a form or several."""
        info = self._info(jid, node)
        added = _results(args.get("data", ()))
        replaced = {form.form_type for form in added} - {None}
        info["forms"] = [form for form in info["forms"] if form.form_type not in replaced] + added

    @api_operation("del_extended_info")
    def _del(self, jid: JID, node: str, ifrom: JID | None, args: Mapping[str, Any]) -> None:
        """Remove all forms of the node."""
        del self._info(jid, node)["forms"]


def _results(data: Form | Iterable[Form]) -> list[Form]:
    """Copies of forms, of the type that they have here (§2)."""
    forms = [deepcopy(form) for form in ([data] if isinstance(data, Form) else data)]
    for form in forms:
        form.type_ = FormType.RESULT
    return forms


register_plugin(XEP_0128)
