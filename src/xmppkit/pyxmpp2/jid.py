# SPDX-License-Identifier: MIT
"""Addresses with PyXMPP2's surface, over `xmppkit.jid` (RFC 7622).

`JID.address` is the same address for the engine; a `JID` is made of one of those as of text.
"""

from __future__ import annotations

import threading
import warnings
from functools import total_ordering
from typing import Any, Final, NoReturn, TypeAlias
from weakref import WeakValueDictionary

from xmppkit.exceptions import InvalidJID
from xmppkit.jid import address as engine
from xmppkit.pyxmpp2.exceptions import JIDError

__all__ = ["JID", "are_domains_equal"]

#: The engine's class.
Address: TypeAlias = engine.JID

_interned: Final[WeakValueDictionary[str, JID]] = WeakValueDictionary()
_lock: Final = threading.Lock()


@total_ordering
class JID:
    """The address of an XMPP entity; immutable. There is one object for each address: equal ones are identical.

    :param local_or_jid: a whole address, or its local part if `domain` is given too; a `JID` is returned as it is.
    :param domain: None if the first argument is the whole address.
    :param resource: None if there is none.
    :param check: without it the parts are taken as they are, unprepared.
    :raises JIDError: it is no address, or has no domain.

    ``local`` and ``resource`` are None where there are none. An address equals text that parses to it. Addresses sort
    by their text.
    """

    __slots__ = ("__weakref__", "_text", "domain", "local", "resource")

    local: str | None
    domain: str
    resource: str | None
    _text: str

    def __new__(
        cls,
        local_or_jid: str | JID | Address | None = None,
        domain: str | None = None,
        resource: str | None = None,
        check: bool = True,
    ) -> JID:
        if isinstance(local_or_jid, JID):
            if domain is None and resource is None:
                return local_or_jid
            local_or_jid = local_or_jid._text
        if isinstance(local_or_jid, Address):
            return cls._interned(local_or_jid.local or None, local_or_jid.domain, local_or_jid.resource or None)
        if domain is None:
            if resource is not None or not local_or_jid:
                raise JIDError("an address needs a domain")
            return cls._parse(local_or_jid)
        if not check:
            # Not kept: asking for the same text must find out what is wrong with it.
            return cls._new(local_or_jid or None, domain, resource or None)
        return cls._prepared(local_or_jid or "", domain, resource or "")

    @classmethod
    def _parse(cls, text: str) -> JID:
        found = _interned.get(text)
        if found is not None:
            return found
        bare, _, resource = text.partition("/")
        local, at, domain = bare.partition("@")
        # An empty part is as good as none here, other than in RFC 7622.
        return cls._prepared(local if at else "", domain if at else bare, resource)

    @classmethod
    def _prepared(cls, local: str, domain: str, resource: str) -> JID:
        try:
            address = Address().replace(domain=domain.rstrip(".。．｡"), local=local, resource=resource)
        except InvalidJID as error:
            raise JIDError(str(error)) from error
        if not address:
            raise JIDError("an address needs a domain")
        return cls._interned(address.local or None, address.domain, address.resource or None)

    @classmethod
    def _interned(cls, local: str | None, domain: str, resource: str | None) -> JID:
        made = cls._new(local, domain, resource)
        with _lock:
            return _interned.setdefault(made._text, made)

    @classmethod
    def _new(cls, local: str | None, domain: str, resource: str | None) -> JID:
        if not domain:
            raise JIDError("an address needs a domain")
        text = f"{local}@{domain}" if local else domain
        if resource:
            text = f"{text}/{resource}"
        made = object.__new__(cls)
        for name, value in (("local", local), ("domain", domain), ("resource", resource), ("_text", text)):
            object.__setattr__(made, name, value)
        return made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise RuntimeError("a JID does not change: make a new one")

    def __delattr__(self, name: str) -> NoReturn:
        raise RuntimeError("a JID does not change: make a new one")

    @property
    def address(self) -> Address:
        """This address for the engine.

        :raises JIDError: it was made without a check, and is none.
        """
        try:
            return Address(self._text)
        except InvalidJID as error:
            raise JIDError(str(error)) from error

    def bare(self) -> JID:
        """This address without its resource; itself when it has none."""
        if self.resource is None:
            return self
        make = self._interned if _interned.get(self._text) is self else self._new
        return make(self.local, self.domain, None)

    def as_unicode(self) -> str:
        """The address as text."""
        return self._text

    def as_utf8(self) -> bytes:
        """The address as text in UTF-8."""
        return self._text.encode("utf-8")

    def as_string(self) -> bytes:
        """Deprecated: `as_utf8`."""
        warnings.warn("JID.as_string() is deprecated: as_utf8()", DeprecationWarning, stacklevel=2)
        return self.as_utf8()

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"JID({self._text!r})"

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (str, Address)):
            try:
                other = JID(other)
            except JIDError:
                return False
        if not isinstance(other, JID):
            return False
        if other is self:
            return True
        same = (self.local, self.resource) == (other.local, other.resource)
        return same and are_domains_equal(self.domain, other.domain)

    def __lt__(self, other: object) -> bool:
        if other is None:
            return False
        if not isinstance(other, (str, JID, Address)):
            return NotImplemented
        return self._text < str(other)

    def __gt__(self, other: object) -> bool:
        # Not left to total_ordering: None comes before every address.
        if other is None:
            return True
        if not isinstance(other, (str, JID, Address)):
            return NotImplemented
        return self._text > str(other)

    def __copy__(self) -> JID:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> JID:
        return self

    def __reduce__(self) -> tuple[type[JID], tuple[str | None, str, str | None, bool]]:
        return JID, (self.local, self.domain, self.resource, _interned.get(self._text) is self)


def are_domains_equal(domain1: str, domain2: str) -> bool:
    """Whether two domains are the same, in whatever case and whether in Unicode or in ASCII (IDNA)."""
    return _comparable(domain1) == _comparable(domain2)


def _comparable(domain: str) -> str:
    try:
        return Address().replace(domain=domain.rstrip(".")).domain
    except InvalidJID:
        return domain.lower()  # one that was not checked
