# SPDX-License-Identifier: MIT
"""Addresses of XMPP entities, ``local@domain/resource`` (RFC 7622)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Container
from functools import total_ordering
from typing import Any, Final

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.escaping import escape_node, unescape_node
from xmppkit.jid.prep import MAX_BYTES, prepare_domain, prepare_local, prepare_resource
from xmppkit.records import record

__all__ = ["JID", "KNOWN_ADDRESSES", "InvalidJID", "UnescapedJID", "canonical", "canonical_bare", "unescape_node"]

# Plain ASCII, which is nearly every address: RFC 7622 leaves it as it is but for the case. An "xn--" label, in
# whatever case, is left to the complete rules, and so is all that does not match.
_ASCII: Final = re.compile(
    r"(?:([A-Za-z0-9!#$%()*+,\-.;=?\[\\\]^_`{|}~]+)@)?"
    r"((?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)"
    r"(?:/([ -~]+))?"
)

# An address that is canonical as it is, if its domain is no longer than one of its labels may be: most are. No label
# begins or ends with a hyphen, or has two in a row.
_CANONICAL: Final = re.compile(r"(?:([a-z0-9._+-]++)@)?([a-z0-9]++(?:[.-][a-z0-9]++)*+)(?:/([ -~]+))?")

# A bare address that is canonical as it is, if it is no longer than a label of its domain may be.
_PLAIN_BARE: Final = re.compile(r"[a-z0-9._+-]+@[a-z0-9]+(?:\.[a-z0-9]+)*")
_PLAIN_LENGTH: Final = 63

#: local, domain, resource, bare, full
_Parts = tuple[str, str, str, str, str]
_EMPTY: Final[_Parts] = ("", "", "", "", "")

# Parsed addresses by the text they were given as. A peer can fill it, so it is bounded: emptied when full,
# which costs less than keeping an order.
_CACHE_SIZE: Final = 4096
_CACHE_LENGTH: Final = 256
_cache: dict[str, _Parts] = {"": _EMPTY}
#: Texts that are addresses, as far as it is known without a look: those that were parsed lately.
KNOWN_ADDRESSES: Final[Container[str]] = _cache

_UNCHANGED: Final[Any] = object()


def _assemble(local: str, domain: str, resource: str) -> _Parts:
    if not domain:
        if local or resource:
            raise InvalidJID("domain", "it is missing", f"{local}@" if local else f"/{resource}")
        return _EMPTY
    bare = f"{local}@{domain}" if local else domain
    return local, domain, resource, bare, f"{bare}/{resource}" if resource else bare


def _parse(text: str) -> _Parts:
    if len(text) > _CACHE_LENGTH:
        return _parse_ascii(text)
    found = _CANONICAL.fullmatch(text)
    if found is not None and len(found[2]) <= _PLAIN_LENGTH:
        local, domain, resource = found.groups("")
        parts = local, domain, resource, text[: found.end(2)] if resource else text, text
    else:
        parts = _parse_ascii(text)
    if len(_cache) >= _CACHE_SIZE:
        _cache.clear()
    _cache[text] = parts
    return parts


def _parse_ascii(text: str) -> _Parts:
    found = _ASCII.fullmatch(text) if len(text) <= MAX_BYTES else None
    if found is None or "--" in found[2]:
        return _parse_completely(text)
    local, domain, resource = found.groups("")
    return _assemble(local.lower(), domain.lower(), resource)


def canonical(text: str) -> str:
    """The canonical form of an address.

    :raises InvalidJID: `text` is none.
    """
    return (_cache.get(text) or _parse(text))[4]


def canonical_bare(text: str) -> str:
    """The canonical form of an address without its resource; `text` itself where it is that. Most addresses are not
    remembered for the next time, so that a long list of them does not displace others.

    :raises InvalidJID: `text` is none.
    """
    if len(text) <= _PLAIN_LENGTH and _PLAIN_BARE.fullmatch(text):
        return text
    return (_cache.get(text) or _parse(text))[3]


def _parse_completely(text: str) -> _Parts:
    # RFC 7622 §3.1: the resource begins behind the first slash, the local part ends at the first @ before it.
    bare, slash, resource = text.partition("/")
    local, at, domain = bare.partition("@")
    if not at:
        local, domain = "", bare
    elif not local:
        raise InvalidJID("local", "there is nothing before the @", text)
    if slash and not resource:
        raise InvalidJID("resource", "there is nothing behind the slash", text)
    return _assemble(
        prepare_local(local) if local else "",
        prepare_domain(domain) if domain else "",
        prepare_resource(resource) if resource else "",
    )


@record(frozen=True, slots=True)
class UnescapedJID:
    """An address for display: its local part with the escapes of XEP-0106 resolved. It cannot be sent."""

    local: str
    domain: str
    resource: str

    @property
    def bare(self) -> str:
        """``local@domain``."""
        return f"{self.local}@{self.domain}" if self.local else self.domain

    @property
    def full(self) -> str:
        """``local@domain/resource``."""
        return f"{self.bare}/{self.resource}" if self.resource else self.bare

    node = user = username = property(lambda self: self.local)
    server = host = property(lambda self: self.domain)
    jid = property(lambda self: self.full)

    def __str__(self) -> str:
        return self.full


@total_ordering
class JID:
    """The address of an XMPP entity.

    :param jid: text, another JID, or None for the empty address.
    :param bare: leave the resource out.
    :raises InvalidJID: when `jid` is no address; the error names the part and the reason.

    Two addresses are equal when their canonical forms are; an address equals a string that parses to it. The
    empty address is false. Addresses sort by domain, local part, resource.

    COMPAT(slixmpp 1.17): the parts can be assigned, and are checked again. Do not: an address in a set or a
    dictionary must not change. `replace` makes a new one.
    """

    __slots__ = ("_parts",)

    _parts: _Parts

    def __init__(self, jid: str | JID | UnescapedJID | None = None, bare: bool = False) -> None:
        if type(jid) is str:
            self._parts = _cache.get(jid) or _parse(jid)
        elif jid is None:
            self._parts = _EMPTY
        elif isinstance(jid, JID):
            self._parts = jid._parts
        elif isinstance(jid, (str, UnescapedJID)):
            self._parts = _parse(str(jid))
        else:
            raise TypeError(f"a JID is made of str or JID, not {type(jid).__name__}")
        if bare and self._parts[2]:
            self._set(resource="")

    @classmethod
    def _of(cls, parts: _Parts) -> JID:
        jid: JID = object.__new__(cls)
        jid._parts = parts
        return jid

    def _set(self, *, local: str | None = None, domain: str | None = None, resource: str | None = None) -> None:
        self._parts = self._changed(local, domain, resource)

    def _changed(self, local: str | None, domain: str | None, resource: str | None) -> _Parts:
        old = self._parts
        return _assemble(
            old[0] if local is None else (prepare_local(local) if local else ""),
            old[1] if domain is None else (prepare_domain(domain) if domain else ""),
            old[2] if resource is None else (prepare_resource(resource) if resource else ""),
        )

    def replace(
        self,
        *,
        local: str | None = _UNCHANGED,
        domain: str = _UNCHANGED,
        resource: str | None = _UNCHANGED,
    ) -> JID:
        """A copy with other parts; None or ``''`` removes one. Raises `InvalidJID`."""
        return self._of(
            self._changed(
                None if local is _UNCHANGED else local or "",
                None if domain is _UNCHANGED else domain,
                None if resource is _UNCHANGED else resource or "",
            )
        )

    @property
    def bare_jid(self) -> JID:
        """This address without its resource; itself when it has none."""
        parts = self._parts
        if not parts[2]:
            return self
        return self._of((parts[0], parts[1], "", parts[3], parts[3]))

    def unescape(self) -> UnescapedJID:
        """This address with the escapes of XEP-0106 resolved, for display.

        COMPAT(slixmpp 1.8): deprecated, with a warning; new programs write ``unescape_node(jid.local)``.
        """
        warnings.warn("JID.unescape() is deprecated: unescape_node(jid.local)", DeprecationWarning, stacklevel=2)
        return UnescapedJID(unescape_node(self._parts[0]), self._parts[1], self._parts[2])

    @classmethod
    def escape(cls, local: str, domain: str, resource: str = "") -> JID:
        """The address whose local part stands for `local`, escaped where it must be (XEP-0106)."""
        return cls().replace(local=escape_node(local), domain=domain, resource=resource)

    @property
    def local(self) -> str:
        """The part before the @; empty when there is none."""
        return self._parts[0]

    @local.setter
    def local(self, value: str | None) -> None:
        self._set(local=value or "")

    node = user = username = local

    @property
    def domain(self) -> str:
        """The domain; empty only in the empty address."""
        return self._parts[1]

    @domain.setter
    def domain(self, value: str) -> None:
        self._set(domain=value)

    server = host = domain

    @property
    def resource(self) -> str:
        """The part behind the slash; empty when there is none."""
        return self._parts[2]

    @resource.setter
    def resource(self, value: str | None) -> None:
        self._set(resource=value or "")

    @property
    def bare(self) -> str:
        """``local@domain`` as text."""
        return self._parts[3]

    @bare.setter
    def bare(self, value: str) -> None:
        bare = JID(value)
        self._set(local=bare.local, domain=bare.domain)

    @property
    def full(self) -> str:
        """The whole address as text."""
        return self._parts[4]

    @full.setter
    def full(self, value: str) -> None:
        self._parts = JID(value)._parts

    jid = full

    def __str__(self) -> str:
        return self._parts[4]

    def __repr__(self) -> str:
        return f"JID({self._parts[4]!r})"

    def __bool__(self) -> bool:
        return self._parts[4] != ""

    def __hash__(self) -> int:
        return hash(self._parts[4])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, JID):
            return self._parts[4] == other._parts[4]
        if isinstance(other, str):
            if other == self._parts[4]:
                return True
            try:
                return self._parts[4] == JID(other)._parts[4]
            except InvalidJID:
                return False
        return NotImplemented

    def __lt__(self, other: object) -> bool:
        if isinstance(other, str):
            other = JID(other)
        if not isinstance(other, JID):
            return NotImplemented
        mine, theirs = self._parts, other._parts
        return (mine[1], mine[0], mine[2]) < (theirs[1], theirs[0], theirs[2])

    def __copy__(self) -> JID:
        return self._of(self._parts)

    def __deepcopy__(self, memo: dict[int, object]) -> JID:
        return self._of(self._parts)

    def __reduce__(self) -> tuple[type[JID], tuple[str]]:
        return type(self), (self._parts[4],)
