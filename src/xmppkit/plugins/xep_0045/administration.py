# SPDX-License-Identifier: MIT
"""What moderators, administrators and owners do: roles, affiliations, configuration, destroying (XEP-0045 §8-§10).

Nothing of it needs our presence in the room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from xmppkit.exceptions import ContentMismatch
from xmppkit.jid.address import JID
from xmppkit.plugins.base import BasePlugin, IqOptions
from xmppkit.plugins.xep_0004.stanza import Form, FormType
from xmppkit.plugins.xep_0045.stanza import MUCAdminItem, MUCAdminQuery, MUCOwnerQuery
from xmppkit.stanza.iq import Iq
from xmppkit.types import JidStr, MucAffiliation, MucRole, OptJidStr

__all__ = ["Administration"]


def _item(
    *,
    jid: OptJidStr = None,
    nick: str | None = None,
    role: str | None = None,
    affiliation: str | None = None,
    reason: str = "",
) -> MUCAdminItem:
    item = MUCAdminItem()
    item["jid"], item["nick"], item["reason"] = jid or None, nick or None, reason
    item["role"], item["affiliation"] = role, affiliation
    return item


class Administration(BasePlugin):
    """The requests. All raise `IqError` (``forbidden``, ``not-allowed`` … as the section says) and `IqTimeout`; and
    `InvalidValue` for an affiliation or role that there is not."""

    def _admin(self, kind: str, room: JidStr, items: Iterable[MUCAdminItem], ifrom: OptJidStr) -> Iq:
        iq: Iq = self.xmpp.make_iq(ito=room, ifrom=ifrom, itype=kind)
        query = MUCAdminQuery(parent=iq)
        for item in items:
            query.append(item)
        return iq

    async def _listed(
        self, room: JidStr, item: MUCAdminItem, ifrom: OptJidStr, options: IqOptions
    ) -> list[MUCAdminItem]:
        answer = await self._admin("get", room, [item], ifrom).send(**options)
        query = MUCAdminQuery.of(answer)
        return [] if query is None else query.items

    # --- roles ------------------------------------------------------------------------------------------------------

    async def set_role(
        self,
        room: JidStr,
        nick: str,
        role: MucRole,
        *,
        reason: str = "",
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> Iq:
        """Change what an occupant may do: ``participant`` gives voice, ``none`` kicks (§8.2-§8.4, §9.6).

        :param nick: the occupant.
        :param reason: why, for people.
        """
        return await self._admin("set", room, [_item(nick=nick, role=role, reason=reason)], ifrom).send(**iqkwargs)

    async def get_roles_list(
        self, room: JidStr, role: MucRole, *, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> list[str]:
        """The nicknames of those who have a role (§8.5, §9.8)."""
        found = await self._listed(room, _item(role=role), ifrom, iqkwargs)
        return [item.nick for item in found if item.nick]

    async def send_role_list(
        self,
        room: JidStr,
        roles: Iterable[tuple[str, MucRole]],
        *,
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> Iq:
        """Change the roles of several occupants, given as (nickname, role); what is not named stays (§8.5)."""
        items = [_item(nick=nick, role=role) for nick, role in roles]
        return await self._admin("set", room, items, ifrom).send(**iqkwargs)

    # --- affiliations -----------------------------------------------------------------------------------------------

    async def set_affiliation(
        self,
        room: JidStr,
        affiliation: MucAffiliation,
        *,
        jid: OptJidStr = None,
        nick: str | None = None,
        reason: str = "",
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> Iq:
        """Change what somebody is to the room: ``outcast`` bans, ``none`` takes back (§9, §10).

        :param jid: whom. For an affiliation it is the bare address that counts.
        :param nick: whom, if we are there and the room tells us the addresses of its occupants; beside `jid`, the
            nickname that is to be kept for a member.
        :param reason: why, for people.
        :raises ValueError: nobody is named, or it is not known whose nickname that is.
        """
        if not jid and nick:
            jid = self._address_of(room, nick, ifrom)
            if jid is None:
                raise ValueError(f"the address of {nick!r} in {room} is not known: give it as jid")
        if not jid:
            raise ValueError("an affiliation is somebody's: give jid or nick")
        item = _item(jid=JID(jid).bare, nick=nick, affiliation=affiliation, reason=reason)
        return await self._admin("set", room, [item], ifrom).send(**iqkwargs)

    def _address_of(self, room: JidStr, nick: str, ifrom: OptJidStr) -> JID | None:
        """The real address of an occupant; None when it is not known. Who keeps the occupants overrides this."""
        return None

    async def get_affiliation_list(
        self, room: JidStr, affiliation: MucAffiliation, *, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> list[JID]:
        """The addresses of those who have an affiliation, as the list of members or of the banned (§9.2, §9.5)."""
        found = await self._listed(room, _item(affiliation=affiliation), ifrom, iqkwargs)
        return [item.jid for item in found if item.jid is not None]

    async def get_users_by_affiliation(
        self,
        room: JidStr,
        affiliation: MucAffiliation = "member",
        *,
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> Iq:
        """The same as an IQ, whose ``mucadmin_query`` has the items: with the nicknames of members, and the reasons of
        bans."""
        return await self._admin("get", room, [_item(affiliation=affiliation)], ifrom).send(**iqkwargs)

    async def send_affiliation_list(
        self,
        room: JidStr,
        affiliations: Iterable[tuple[JidStr, MucAffiliation]],
        *,
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> Iq:
        """Change the affiliations of several people, given as (address, affiliation), of which the bare address counts;
        who is not named stays (§9.2, §9.5)."""
        items = [_item(jid=JID(jid).bare, affiliation=affiliation) for jid, affiliation in affiliations]
        return await self._admin("set", room, items, ifrom).send(**iqkwargs)

    # --- configuration ----------------------------------------------------------------------------------------------

    async def get_room_config(self, room: JidStr, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]) -> Form:
        """How a room is configured, as a form to fill in (§10.2).

        :raises ContentMismatch: the answer holds no form.
        """
        iq: Iq = self.xmpp.make_iq_get(ito=room, ifrom=ifrom)
        iq.enable("mucowner_query")
        query = MUCOwnerQuery.of(await iq.send(**iqkwargs))
        form = query.form if query is not None else None
        if form is None:
            raise ContentMismatch(f"{room} has answered the question for its configuration without a form")
        return form

    async def set_room_config(
        self, room: JidStr, config: Form | Mapping[str, Any], *, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]
    ) -> Iq:
        """Configure a room (§10.2).

        :param config: the form, filled in; or values by name as ``muc#roomconfig_persistentroom``, which are put
            into the form that the room is asked for. Empty: everything as the service thinks fit, which opens a new
            room (§10.1.2).
        :raises InvalidForm: a value does not fit its field, or there is no such field.
        """
        if isinstance(config, Form):
            form = config.submission() if config.type_ is FormType.FORM else config
        elif config:
            form = (await self.get_room_config(room, ifrom, **iqkwargs)).submission(config)
        else:
            form = Form()
            form.type_ = FormType.SUBMIT
        return await self._configure(room, form, ifrom).send(**iqkwargs)

    async def cancel_config(self, room: JidStr, *, ifrom: OptJidStr = None, **iqkwargs: Unpack[IqOptions]) -> Iq:
        """Leave a room as it is configured; a new one is destroyed (§10.1.3)."""
        form = Form()
        form.type_ = FormType.CANCEL
        return await self._configure(room, form, ifrom).send(**iqkwargs)

    def _configure(self, room: JidStr, form: Form, ifrom: OptJidStr) -> Iq:
        iq: Iq = self.xmpp.make_iq_set(ito=room, ifrom=ifrom)
        MUCOwnerQuery(parent=iq).form = form
        return iq

    async def destroy(
        self,
        room: JidStr,
        reason: str = "",
        altroom: OptJidStr = None,
        *,
        ifrom: OptJidStr = None,
        **iqkwargs: Unpack[IqOptions],
    ) -> Iq:
        """Destroy a room (§10.9).

        :param reason: why, for people.
        :param altroom: where the conversation goes on.
        """
        iq: Iq = self.xmpp.make_iq_set(ito=room, ifrom=ifrom)
        destroy = iq["mucowner_query"]["destroy"]
        destroy["jid"], destroy["reason"] = altroom or None, reason
        return await iq.send(**iqkwargs)
