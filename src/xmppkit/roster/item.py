# SPDX-License-Identifier: MIT
"""One contact of one own address: its subscription (RFC 6121 §3, Appendix A) and its presence (§4).

The tables of Appendix A, as far as a component carries them out itself, in the terms of the item's four
facts (`to`: we see their presence; `from`: they see ours; `pending_out`: we have asked; `pending_in`:
they have asked):

=====================  ===========================  ==================================================
received (A.3)         when                         then
=====================  ===========================  ==================================================
subscribe              neither from nor pending_in  pending_in; the program is asked
subscribe              from                         answered with subscribed, as nothing changes
unsubscribe            from or pending_in           neither; the program is told, they are answered
subscribed             pending_out, not to          to; the program is told
unsubscribed           to or pending_out            neither; the program is told
=====================  ===========================  ==================================================

Whatever is received in another state changes nothing and is told to nobody. A client's server keeps these
tables; there the program is told in any case, and the facts follow the roster pushes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from sys import intern
from typing import Any

from xmppkit.jid.address import JID
from xmppkit.roster.backend import BackendLine
from xmppkit.types import ResourceDict, RosterState

__all__ = ["RosterItem"]

#: How many resources of a contact are remembered; past that, those that came first are forgotten.
MAX_RESOURCES = 1000
#: How many characters of a resource's status text are remembered.
MAX_STATUS = 1024

_FLAGS = {
    "from": "_from",
    "to": "_to",
    "pending_in": "_pending_in",
    "pending_out": "_pending_out",
    "whitelisted": "_whitelisted",
    "removed": "_removed",
}
_STORED = {"name": "_name", **_FLAGS}
#: The facts that change with one of these.
_SUBSCRIPTION = {
    "from": ("from", "subscription"),
    "to": ("to", "subscription"),
    "subscription": ("from", "to", "subscription"),
}
_FALSE_TEXTS = frozenset(("", "0", "false", "False", "no", "none", "None"))


class _Load:
    """A load that is under way, or was.

    :param before: the facts when it was asked for.
    """

    __slots__ = ("before", "found")

    def __init__(self, before: RosterState) -> None:
        self.before = before
        self.found: RosterState = {}

    def outdate(self, key: str) -> None:
        """What is found of a fact is older than what is known here."""
        for each in _SUBSCRIPTION.get(key, (key,)):
            self.before.pop(each, None)

    def news(self, now: RosterState) -> RosterState:
        """What was found, apart from the facts that have changed since it was asked for."""
        before = self.before
        return {key: value for key, value in self.found.items() if before.get(key) == now.get(key)}


class RosterItem:
    """A contact. Facts are read and written as items: ``item['subscription']``, ``item['groups']``.

    ``from``, ``to``, ``pending_in``, ``pending_out``, ``whitelisted``, ``removed``
        bool; when set, texts such as ``'true'`` are understood.
    ``subscription``
        ``none``, ``to``, ``from`` or ``both``, from the first two; setting it sets them.
    ``name``
        str
    ``groups``
        list of str

    Another key raises KeyError. Nothing is saved before `save` is called.

    :param xmpp: the stream.
    :param jid: the contact's bare JID.
    :param owner: the own bare JID; None: the node's.
    :param state: facts to begin with.
    :param db: the backend.
    :param roster: the node.
    """

    __slots__ = (
        "__weakref__",
        "_db_state",
        "_from",
        "_groups",
        "_load",
        "_name",
        "_pending_in",
        "_pending_out",
        "_removed",
        "_resources",
        "_to",
        "_whitelisted",
        "db",
        "jid",
        "last_status",
        "owner",
        "roster",
        "stranger",
        "xmpp",
    )

    def __init__(
        self,
        xmpp: Any,
        jid: JID | str,
        owner: JID | str | None = None,
        state: RosterState | None = None,
        db: Any | None = None,
        roster: Any | None = None,
    ) -> None:
        self.xmpp = xmpp
        self.jid = jid if type(jid) is str else str(jid)
        self.owner: str = str(owner) if owner is not None else (roster.jid if roster is not None else "")
        self.roster = roster
        #: Whether the node only remembers it, as somebody who is no contact.
        self.stranger = False
        #: The last presence that was sent to this contact alone; None: none.
        self.last_status: Any | None = None
        self.db: BackendLine | None = None
        self._db_state: dict[str, Any] | None = None
        self._load: _Load | None = None
        self._resources: dict[str, ResourceDict] | None = None
        self._from = self._to = self._pending_in = self._pending_out = False
        self._whitelisted = self._removed = False
        self._name = ""
        # A tuple, which contacts share, until somebody asks for the list.
        self._groups: Sequence[str] = ()
        if state is not None:
            self._take(state)
        if db is not None:
            self.set_backend(db, save=False)

    # Facts

    @property
    def resources(self) -> dict[str, ResourceDict]:
        """The presence of each resource that is available."""
        if self._resources is None:
            self._resources = {}
        return self._resources

    def __getitem__(self, key: str) -> Any:
        attribute = _STORED.get(key)
        if attribute is not None:
            return getattr(self, attribute)
        if key == "subscription":
            return ("none", "to", "from", "both")[self._to + 2 * self._from]
        if key == "groups":
            if not isinstance(self._groups, list):
                self._groups = list(self._groups)
            return self._groups
        raise KeyError(key)

    def __setitem__(self, key: str, value: Any) -> None:
        if self._load is not None:
            self._load.outdate(key)
        attribute = _FLAGS.get(key)
        if attribute is not None:
            setattr(self, attribute, value not in _FALSE_TEXTS if isinstance(value, str) else bool(value))
        elif key == "subscription":
            self._to = value in ("to", "both")
            self._from = value in ("from", "both")
        elif key == "name":
            self._name = value or ""
        elif key == "groups":
            self._groups = [intern(str(group)) for group in value] if value else ()
        else:
            raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return key in _FLAGS or key in ("subscription", "name", "groups")

    @property
    def group_names(self) -> Sequence[str]:
        """The groups, to be looked at only; ``item['groups']`` is a list that may be changed."""
        return self._groups

    def assign(self, name: str, groups: tuple[str, ...], subscription: str, *, pending_out: bool) -> None:
        """Set what a server says of a contact at once. Nothing is saved."""
        if self._load is not None:
            for key in ("name", "groups", "subscription", "pending_out"):
                self._load.outdate(key)
        self._name = name
        self._groups = groups
        self._to = subscription in ("to", "both")
        self._from = subscription in ("from", "both")
        self._pending_in = self._pending_in and not self._from
        self._pending_out = pending_out

    def _take(self, state: RosterState) -> None:
        # First, because the two facts are the ones that count where a state has them too.
        for key in ("subscription", *(each for each in state if each != "subscription")):
            if key in state and key in self:
                self[key] = state[key]

    def state(self) -> RosterState:
        """A copy of all facts, as backends keep it."""
        return {
            "from": self._from,
            "to": self._to,
            "pending_in": self._pending_in,
            "pending_out": self._pending_out,
            "whitelisted": self._whitelisted,
            "subscription": self["subscription"],
            "name": self._name,
            "groups": list(self._groups),
            "removed": self._removed,
        }

    # Persistence

    def set_backend(self, db: Any | None = None, save: bool = True) -> None:
        """Keep the contact in another backend, and load what that has of it.

        :param db: the backend; None: none.
        :param save: write what is known now first.
        """
        self.db = db if db is None or isinstance(db, BackendLine) else BackendLine(db, self.xmpp)
        if self.db is not None:
            self._db_state = {}
            if save:
                self.save()
            self.load()

    def load(self) -> None:
        """Take over what the backend has of the contact. Without a backend nothing happens.

        What is changed here while a backend takes its time stays as it was changed."""
        if self.db is not None:
            self._load = load = _Load(self.state())
            self.db.call("load", self.owner, self.jid, self._db_state, then=partial(self._loaded, load))

    def _loaded(self, load: _Load, state: RosterState | None) -> None:
        if self._load is load:
            self._load = None
        if state:
            load.found = state
            self._take(load.news(self.state()))

    def _saved_state(self, state: RosterState, load: _Load) -> RosterState:
        """What to save, where it was to be saved before it was loaded."""
        merged = RosterItem(self.xmpp, self.jid, self.owner, state)
        merged._take(load.news(state))
        return merged.state()

    def save(self, remove: bool = False) -> None:
        """Write the contact to the backend, if there is one.

        :param remove: forget it there, and drop it from the node.
        """
        if remove:
            self._removed = True
        if self.db is not None:
            state, load = self.state(), self._load
            if load is None:
                self.db.call("save", self.owner, self.jid, state, self._db_state)
            else:
                self.db.call_late(
                    "save", lambda: (self.owner, self.jid, self._saved_state(state, load), self._db_state)
                )
        if remove and self.roster is not None:
            self.roster.discard(self.jid)

    # What the program asks for

    def _send(self, kind: str | None = None) -> Any:
        sender = self.owner if self.xmpp.is_component else None
        presence = self.xmpp.make_presence(pto=self.jid, pfrom=sender, ptype=kind)
        presence.send()
        return presence

    def subscribe(self) -> None:
        """Ask to see the contact's presence (RFC 6121 §3.1)."""
        if not self._to:
            self._pending_out = True
            self.save()
        self._send("subscribe")

    def unsubscribe(self) -> None:
        """Give up seeing the contact's presence, or the request to (RFC 6121 §3.3)."""
        if self.xmpp.is_component and (self._to or self._pending_out):
            self._to = self._pending_out = False
            self.save()
        self._send("unsubscribe")

    def authorize(self) -> None:
        """Let the contact see our presence, and show it (RFC 6121 §3.1.5). A client that has not been asked
        approves a later request in advance, where the server supports that (§3.4)."""
        shown = self.xmpp.is_component or self._pending_in
        if shown:
            self._from = True
            self._pending_in = False
            self.save()
        self._send("subscribed")
        if shown:
            # COMPAT(slixmpp 1.17): for a client its server does so too, if it has said that it is available.
            self.send_last_presence()

    def unauthorize(self) -> None:
        """Refuse the contact's request, or take back that they see our presence (RFC 6121 §3.2)."""
        if self._from and self.xmpp.is_component:
            self._send("unavailable")
        self._from = self._pending_in = False
        self.save()
        self._send("unsubscribed")

    def remove(self) -> None:
        """End the subscription to the contact and the trust in it. The contact stays in the roster; see
        `RosterNode.remove`."""
        if self._to or self._pending_out:
            self.unsubscribe()
        self._whitelisted = False
        self.save()

    def send_presence(self, **kwargs: Any) -> None:
        """Send presence to this contact alone.

        :param kwargs: what `BaseXMPP.send_presence` takes, but for ``pto``.
        """
        if self.xmpp.is_component and not kwargs.get("pfrom"):
            kwargs["pfrom"] = self.owner
        self.xmpp.send_presence(**{**kwargs, "pto": self.jid})

    def send_last_presence(self) -> None:
        """Send the contact our presence as it is: the last one sent to it alone, else the last one sent
        to all, else plain availability."""
        last = self.last_status
        if last is None and self.roster is not None:
            last = self.roster.last_status
        if last is None:
            self.send_presence()
            return
        copied = last.__copy__()
        copied.stream = self.xmpp
        copied["to"] = self.jid
        if self.xmpp.is_component:
            copied["from"] = self.owner
        else:
            del copied["from"]
        copied.send()

    # What is received

    def _save_contact(self) -> None:
        """Save what others have changed, but not for a client what a stranger has: that is anybody."""
        if self.xmpp.is_component or not self.stranger:
            self.save()

    def handle_available(self, presence: Any) -> None:
        """A resource of the contact is there. Events: ``got_online`` for the first one,
        ``changed_status``."""
        xml = presence.xml
        resource = JID(xml.get("from")).resource
        namespace = xml.tag[:-8]  # {jabber:client}presence
        # Most presences say nothing of these, as the thousands that a room sends: a look is cheaper than a field.
        entry: ResourceDict = {
            "status": "" if xml.find(namespace + "status") is None else presence["status"][:MAX_STATUS],
            "show": "" if xml.find(namespace + "show") is None else presence["show"],
            "priority": 0 if xml.find(namespace + "priority") is None else presence["priority"],
        }
        first = not self._resources
        resources = self.resources
        before = resources.get(resource)
        resources[resource] = entry
        if before is None:
            self._count()
        if first:
            self.xmpp.event("got_online", presence)
        if before is None or (before["show"], before["status"]) != (entry["show"], entry["status"]):
            self.xmpp.event("changed_status", presence)

    def _count(self) -> None:
        resources = self.resources
        if len(resources) > MAX_RESOURCES:
            del resources[next(iter(resources))]  # so that there are as many as before
        elif self.stranger and self.roster is not None:
            self.roster.note_stranger(self)

    def handle_unavailable(self, presence: Any) -> None:
        """A resource of the contact has left. Events: ``changed_status``, ``got_offline`` for the last
        one."""
        resource = presence["from"].resource
        resources = self.resources
        if not resource and resources:
            resources.clear()  # RFC 6121 §4.5.4: unavailable from the bare JID stands for all resources
        elif resources.pop(resource, None) is None:
            return
        self.xmpp.event("changed_status", presence)
        if not resources:
            self.xmpp.event("got_offline", presence)

    def handle_subscribe(self, presence: Any) -> None:
        """The contact asks to see our presence. Event: ``roster_subscription_request``."""
        if self.xmpp.is_component:
            if self._from:
                self._send("subscribed")
                return
            if self._pending_in:
                return
        if not self._from:
            self._pending_in = True
            self._save_contact()
        self.xmpp.event("roster_subscription_request", presence)

    def handle_subscribed(self, presence: Any) -> None:
        """The contact lets us see its presence. Event: ``roster_subscription_authorized``."""
        if self.xmpp.is_component:
            if self._to or not self._pending_out:
                return
            self._pending_out = False
            self._to = True
            self.save()
        self.xmpp.event("roster_subscription_authorized", presence)

    def handle_unsubscribe(self, presence: Any) -> None:
        """The contact no longer wants to see our presence. Event: ``roster_subscription_remove``."""
        if self.xmpp.is_component:
            if not (self._from or self._pending_in):
                return
            self._end_from()
        else:
            self._from = self._pending_in = False
            self._save_contact()
        self.xmpp.event("roster_subscription_remove", presence)

    def _end_from(self) -> None:
        if self._from:
            self._send("unavailable")  # RFC 6121 §3.3.3
        self._from = self._pending_in = False
        self.save()
        # COMPAT(slixmpp 1.17): RFC 3921 §9.3 had this answer; RFC 6121 leaves it out and lets peers
        # ignore it.
        self._send("unsubscribed")

    def handle_unsubscribed(self, presence: Any) -> None:
        """The contact does not, or no longer, let us see its presence. Event:
        ``roster_subscription_removed``."""
        if self.xmpp.is_component:
            if not (self._to or self._pending_out):
                return
            self._to = self._pending_out = False
            self.save()
        self.xmpp.event("roster_subscription_removed", presence)

    def handle_probe(self, presence: Any) -> None:
        """The contact's server asks for our presence (RFC 6121 §4.3.2), which a component answers itself."""
        if self._from:
            self.send_last_presence()
        else:
            self._send("unsubscribed")
        if self._pending_out:
            self.subscribe()

    def reset(self) -> None:
        """Forget which resources are there, and what was sent to the contact, without telling anybody."""
        self._resources = None
        self.last_status = None

    def __repr__(self) -> str:
        return f"<RosterItem {self.jid} of {self.owner}: {self['subscription']}>"
