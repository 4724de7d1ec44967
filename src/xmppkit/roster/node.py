# SPDX-License-Identifier: MIT
"""The roster of one own address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from xmppkit.jid.address import JID
from xmppkit.roster.backend import BackendLine
from xmppkit.roster.item import RosterItem
from xmppkit.roster.strangers import Strangers
from xmppkit.types import ResourceDict

__all__ = ["SLICE", "RosterNode"]

#: How many contacts `RosterNode.receiving` takes over in one step.
SLICE = 1000


def _bare(jid: JID | str) -> str:
    bare: str = jid.bare if isinstance(jid, JID) else JID(jid).bare
    return bare


class RosterNode:
    """The contacts of one own bare JID: ``node['juliet@example.net']`` is a `RosterItem`.

    Reading a contact that is not there adds one to the node, not to the backend: it is saved when it is
    changed.

    :param xmpp: the stream.
    :param jid: the own bare JID.
    :param db: the backend; None: none.
    :param strangers: what all nodes of the stream remember of those who are no contacts; None: this node is alone.
    """

    def __init__(self, xmpp: Any, jid: JID | str, db: Any | None = None, strangers: Strangers | None = None) -> None:
        self.xmpp = xmpp
        self.jid = str(jid)
        #: What to do with requests to see our presence: True grants them, False refuses them, None leaves
        #: them to the program.
        self.auto_authorize: bool | None = True
        #: Whether a request that is granted is returned with one of our own.
        self.auto_subscribe: bool = True
        #: Ignore what the server says about the roster.
        self.ignore_updates = False
        #: The last presence that was sent to all; None: none.
        self.last_status: Any | None = None
        self.db: BackendLine | None = None
        #: What the backend keeps with us; made when there is one.
        self._db_state: dict[str, Any] | None = None
        self._version = ""
        self._items: dict[str, RosterItem] = {}
        self._strangers: dict[str, RosterItem] = {}
        self._all_strangers = Strangers() if strangers is None else strangers
        #: While the backend is asked for its entries: those that are none any more. None otherwise.
        self._gone: set[str] | None = None
        #: Whether the server has named all contacts meanwhile.
        self._complete = False
        #: While the server names all contacts: those that it has not named yet. None otherwise.
        self._unnamed: dict[str, None] | None = None
        if db is not None:
            self.set_backend(db)

    # The version and the backend

    @property
    def version(self) -> str:
        """The version of the roster that is known (RFC 6121 §2.6); empty: none."""
        return self._version

    @version.setter
    def version(self, version: str) -> None:
        self._version = version
        if self.db is not None and self.db.supports("set_version"):
            self.db.call("set_version", self.jid, version)

    def set_backend(self, db: Any | None = None, save: bool = True) -> None:
        """Keep the roster in another backend, and load what that has.

        :param db: the backend; None: none.
        :param save: write the contacts that are known now first.
        """
        self.db = line = db if db is None or isinstance(db, BackendLine) else BackendLine(db, self.xmpp)
        for item in self._items.values():
            item.set_backend(line, save)
        if line is None:
            return
        self._gone, self._complete = set(), False
        if self._db_state is None:
            self._db_state = {}
        line.call("entries", self.jid, self._db_state, then=self._entries_loaded)
        if line.supports("version"):
            line.call("version", self.jid, then=self._version_loaded)

    def _entries_loaded(self, jids: Iterable[str]) -> None:
        gone, self._gone = self._gone or set(), None
        for jid in jids:
            bare = _bare(jid)
            if bare in gone or (self._complete and bare not in self._items):
                RosterItem(self.xmpp, bare, self.jid, db=self.db).save(remove=True)
            elif bare not in self._items:
                self._items[bare] = RosterItem(self.xmpp, bare, self.jid, db=self.db, roster=self)
                if self._unnamed is not None:
                    self._unnamed[bare] = None

    def _version_loaded(self, version: str | None) -> None:
        self._version = version or ""

    async def settled(self) -> None:
        """Wait until a backend that has to be awaited has caught up."""
        if self.db is not None:
            await self.db.settled()

    # The contacts

    def __getitem__(self, key: JID | str | None) -> RosterItem:
        if type(key) is str and key in self._items:
            return self._items[key]  # what is canonical already need not be parsed
        bare = _bare(self.jid if key is None else key)
        return self._items.get(bare) or self._add(bare)

    def _add(self, bare: str) -> RosterItem:
        item = self._strangers.pop(bare, None)
        if item is not None:
            self._all_strangers.forget(self, bare)
            item.stranger = False
            item.set_backend(self.db, save=False)
        else:
            item = RosterItem(self.xmpp, bare, self.jid, db=self.db, roster=self)
        self._items[bare] = item
        if self._gone is not None:
            self._gone.discard(bare)
        return item

    def anybody(self, jid: JID | str) -> RosterItem:
        """The contact, or an item outside the roster for somebody who is none."""
        bare = _bare(jid)
        item = self._items.get(bare) or self._strangers.get(bare)
        if item is None:
            item = self._strangers[bare] = RosterItem(self.xmpp, bare, self.jid, roster=self)
            item.stranger = True
            self.note_stranger(item)
        return item

    def note_stranger(self, item: RosterItem) -> None:
        """There is more to remember of somebody who is no contact. Others may be forgotten for it."""
        self._all_strangers.note(self, item.jid, 1 + len(item.resources))

    def forget_stranger(self, jid: str) -> None:
        """Forget somebody who is no contact. May be repeated."""
        self._strangers.pop(jid, None)
        self._all_strangers.forget(self, jid)

    def forget_strangers(self) -> None:
        """Forget all who are no contacts."""
        for jid in list(self._strangers):
            self.forget_stranger(jid)

    def __delitem__(self, key: JID | str) -> None:
        """Forget the contact, here and in the backend; the server is told nothing. May be repeated."""
        bare = _bare(key)
        item = self._items.get(bare)
        if item is not None:
            item.save(remove=True)
        elif self._gone is not None:
            self._gone.add(bare)

    def discard(self, jid: str) -> None:
        """Drop an item from the node and leave the backend alone. May be repeated."""
        self._items.pop(jid, None)
        if self._gone is not None:
            self._gone.add(jid)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str | JID) and _bare(key) in self._items

    def has_jid(self, jid: JID | str) -> bool:
        """Whether the contact is in the roster."""
        return jid in self

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._items))

    def keys(self) -> list[str]:
        """The bare JIDs of the contacts."""
        return list(self._items)

    def groups(self) -> dict[str, list[str]]:
        """The bare JIDs of the contacts by group; those in no group are under ``''``."""
        result: dict[str, list[str]] = {}
        for jid, item in self._items.items():
            for group in item.group_names or ("",):
                result.setdefault(group, []).append(jid)
        return result

    def add(
        self,
        jid: JID | str,
        name: str = "",
        groups: Iterable[str] | None = None,
        afrom: bool = False,
        ato: bool = False,
        pending_in: bool = False,
        pending_out: bool = False,
        whitelisted: bool = False,
        save: bool = False,
    ) -> None:
        """Add a contact, or replace what is known of it; the server is told nothing (see `update`).

        :param afrom: it sees our presence.
        :param ato: we see its presence.
        :param pending_in: it has asked to see ours.
        :param pending_out: we have asked to see its.
        :param whitelisted: its requests are granted whatever `auto_authorize` says.
        :param save: write it to the backend.
        """
        item = self[jid]
        item["name"], item["groups"] = name, groups
        item["from"], item["to"] = afrom, ato
        item["pending_in"], item["pending_out"] = pending_in, pending_out
        item["whitelisted"] = whitelisted
        if save:
            item.save()

    def subscribe(self, jid: JID | str) -> None:
        """See `RosterItem.subscribe`."""
        self[jid].subscribe()

    def unsubscribe(self, jid: JID | str) -> None:
        """See `RosterItem.unsubscribe`."""
        self[jid].unsubscribe()

    def remove(self, jid: JID | str) -> asyncio.Future[Any]:
        """Remove a contact and end the subscriptions both ways (RFC 6121 §2.5).

        :returns: for a client a future of the server's answer, with `IqError` or `IqTimeout`; the contact
            leaves the node with the server's push. For a component it has left when this returns.
        """
        if not self.xmpp.is_component:
            return self.update(jid, subscription="remove")
        item = self[jid]
        if item["from"] or item["pending_in"]:
            item.unauthorize()
        item.remove()
        item.save(remove=True)
        return self._finished()

    def _finished(self) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = self.xmpp.loop.create_future()
        done.set_result(None)
        return done

    def update(
        self,
        jid: JID | str,
        name: str | None = None,
        subscription: str | None = None,
        groups: Iterable[str] | None = None,
        timeout: float | None = None,
        callback: Callable[[Any], Any] | None = None,
    ) -> asyncio.Future[Any]:
        """Add a contact or change its name and groups, here and at the server (RFC 6121 §2.3, §2.4).

        :param name: the name; None leaves it as it is.
        :param subscription: ``remove`` to remove the contact; nothing else is a client's to decide.
        :param groups: all groups the contact is to be in; None leaves them as they are.
        :param timeout: seconds to wait for the server's answer; None: the default of IQs.
        :param callback: called with the answer.
        :returns: a future of the answer, with `IqError` or `IqTimeout`; for a component one that is done,
            with None.
        """
        bare = _bare(jid)
        if subscription == "remove":
            change: dict[str, Any] = {"subscription": "remove"}
        else:
            item = self[bare]
            if name is not None:
                item["name"] = name
            if groups is not None:
                item["groups"] = groups
            item.save()
            change = {"name": item["name"], "groups": list(item["groups"])}
            if subscription is not None:
                change["subscription"] = subscription
        if self.xmpp.is_component:
            if subscription == "remove":
                del self[bare]
            return self._finished()
        iq = self.xmpp.make_iq_set()
        iq["roster"]["items"] = {bare: change}
        sent: asyncio.Future[Any] = iq.send(callback=callback, timeout=timeout)
        return sent

    def receive(self, items: Mapping[Any, Mapping[str, Any]], *, complete: bool = False) -> None:
        """Take over what the server says about the roster (RFC 6121 §2.1).

        :param items: by JID: ``subscription``, ``name``, ``groups``, ``ask``.
        :param complete: this is the whole roster: a contact that it does not name is no longer in it.
        """
        for _ in self.receiving(((_bare(jid), change) for jid, change in items.items()), complete=complete):
            pass

    def receiving(
        self, items: Iterable[tuple[str, Mapping[str, Any]]], *, complete: bool, version: str | None = None
    ) -> Iterator[None]:
        """`receive` in steps, of `SLICE` contacts each. Begins with the first step.

        :param items: pairs of a bare JID in its canonical form and what is said of it.
        :param version: that of the roster, which is known when all contacts are (RFC 6121 §2.6).
        """
        if not self.ignore_updates:
            unnamed = self._unnamed = dict.fromkeys(self._items) if complete else None
            try:
                yield from self._take_over(items, {} if unnamed is None else unnamed)
            finally:
                self._unnamed = None
            if unnamed is not None:
                self._complete = True
                yield from self._drop_stale(unnamed)
        if version is not None:
            self.version = version

    def _take_over(self, items: Iterable[tuple[str, Mapping[str, Any]]], unnamed: dict[str, None]) -> Iterator[None]:
        shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        for count, (bare, change) in enumerate(items, 1):
            subscription = change.get("subscription") or "none"
            if subscription == "remove":
                self._removed(bare)
            elif subscription in ("none", "to", "from", "both"):  # RFC 6121 §2.1.2.5: unknown values are ignored
                unnamed.pop(bare, None)
                groups = tuple(map(str, change.get("groups") or ()))
                item = self._items.get(bare) or self._add(bare)
                item.assign(
                    change.get("name") or "",
                    shared.setdefault(groups, groups),
                    subscription,
                    pending_out=change.get("ask") == "subscribe",
                )
                if item.db is not None:
                    item.save()
            if count % SLICE == 0:
                yield

    def _removed(self, bare: str) -> None:
        item = self._items.get(bare)
        if item is not None:
            item["subscription"] = "none"
            item.save(remove=True)
        elif self._gone is not None:
            self._gone.add(bare)

    def _drop_stale(self, unnamed: Iterable[str]) -> Iterator[None]:
        for count, bare in enumerate(unnamed, 1):
            item = self._items.get(bare)
            if item is not None and (
                item["subscription"] != "none" or item["pending_out"] or item["name"] or item.group_names
            ):
                self._removed(bare)
            if count % SLICE == 0:
                yield

    # Presence

    def presence(self, jid: JID | str, resource: str | None = None) -> Any:
        """The presence of a contact, or of anybody who sent us some.

        :param resource: None: all resources that are there, as a dict; else the `ResourceDict` of
            that one.
        """
        bare = _bare(jid)
        item = self._items.get(bare) or self._strangers.get(bare)
        resources = item.resources if item is not None else {}
        if resource is None:
            return resources
        gone: ResourceDict = {"status": "", "show": "", "priority": 0}
        return resources.get(resource, gone)

    def send_presence(self, **kwargs: Any) -> None:
        """Send presence from this address.

        :param kwargs: what `BaseXMPP.send_presence` takes.
        """
        if self.xmpp.is_component and not kwargs.get("pfrom"):
            kwargs["pfrom"] = self.jid
        self.xmpp.send_presence(**kwargs)

    def send_last_presence(self) -> None:
        """Send our presence as it is; plain availability when none was sent yet."""
        if self.last_status is None:
            self.send_presence()
        else:
            copied = self.last_status.__copy__()
            copied.stream = self.xmpp
            copied.send()

    def note_sent(self, presence: Any) -> None:
        """Remember a presence that was sent from this address, for `send_last_presence`."""
        recipient = presence["to"]
        if recipient:
            self.anybody(recipient).last_status = presence
        else:
            self.last_status = presence
            for item in (*self._items.values(), *self._strangers.values()):
                item.last_status = None

    def reset(self) -> None:
        """Forget which contacts are there, as at the end of a session; the contacts stay."""
        self.forget_strangers()
        for item in self._items.values():
            item.reset()

    def __repr__(self) -> str:
        return f"<RosterNode {self.jid}: {len(self)} contacts>"
