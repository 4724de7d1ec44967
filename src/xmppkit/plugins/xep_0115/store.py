# SPDX-License-Identifier: MIT
"""What is known of hashes, and who announces which: in memory, or in the stream's storage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final, cast

from xmppkit.exceptions import StorageFull
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza import Form, FormType
from xmppkit.plugins.xep_0030.stanza import DiscoInfo
from xmppkit.plugins.xep_0115.verification import forms_of
from xmppkit.stanza.iq import Iq
from xmppkit.storage.base import Storage
from xmppkit.storage.records import Full, Limits, Scope

__all__ = ["OPERATIONS", "Announced", "MemoryCaps", "StoredCaps"]

#: The operations that keep what is known.
OPERATIONS: Final = frozenset({"cache_caps", "get_caps"})
#: How many hashes are known at most, and how much they may weigh together: about as many bytes.
ENTRIES: Final = 1000
SIZE: Final = 8 * 1024 * 1024
#: Of how many addresses it is remembered what they announce.
ADDRESSES: Final = 10_000

Data = Mapping[str, Any]


def _info_of(data: Any) -> DiscoInfo:
    return cast(DiscoInfo, data["disco_info"]) if isinstance(data, Iq) else data


class Announced:
    """Which hash an address announces. Who was not heard of for the longest time is forgotten first."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def put(self, jid: JID, key: str | None) -> None:
        """Note what an address announces; None: it is gone."""
        self._keys.pop(jid.full, None)
        if key:
            self._keys[jid.full] = key
            if len(self._keys) > ADDRESSES:
                del self._keys[next(iter(self._keys))]

    def get(self, jid: JID) -> str | None:
        """What an address announces; None: not known."""
        return self._keys.get(jid.full)

    def clear(self) -> None:
        """Forget all."""
        self._keys.clear()


class MemoryCaps:
    """Keeps in memory what is known; what was not used for the longest time goes first.

    :param cache: COMPAT(slixmpp 1.17): an object with ``store`` and ``retrieve`` in place of the memory; None: none.
    :param proves: whether a key is the hash of an answer. What such an object returns is not believed without.
    """

    def __init__(self, cache: Callable[[], Any], proves: Callable[[str, DiscoInfo], bool]) -> None:
        self._cache = cache
        self._proves = proves
        self._known: dict[str, tuple[DiscoInfo, int]] = {}
        self._size = 0

    def cache_caps(self, jid: JID, node: str, ifrom: JID | None, args: Data) -> None:
        """Keep ``info`` under ``verstring``."""
        key, info = str(args["verstring"]), copy(_info_of(args["info"]))
        cache = self._cache()
        if cache is not None:
            cache.store(key, info)
            return
        texts = (len(each.text or "") + sum(map(len, each.attrib.values())) for each in info.xml.iter())
        weight = 500 + sum(100 + length for length in texts)
        self._drop(key)
        self._known[key] = info, weight
        self._size += weight
        while len(self._known) > ENTRIES or self._size > SIZE:
            self._drop(next(iter(self._known)))

    def get_caps(self, jid: JID, node: str, ifrom: JID | None, args: Data) -> DiscoInfo | None:
        """What is known of ``verstring``; None: nothing."""
        key = str(args["verstring"])
        cache = self._cache()
        if cache is not None:
            held = cache.retrieve(key)
            return copy(held) if isinstance(held, DiscoInfo) and self._proves(key, held) else None
        found = self._known.pop(key, None)
        if found is None:
            return None
        self._known[key] = found
        return copy(found[0])

    def _drop(self, key: str) -> None:
        _, weight = self._known.pop(key, (None, 0))
        self._size -= weight


class StoredCaps:
    """Keeps in a storage what is known, for all programs that use it.

    What is read is not believed unless the key is its hash: others may have written there.

    :param storage: the storage.
    :param proves: whether a key is the hash of an answer.
    """

    def __init__(self, storage: Storage, proves: Callable[[str, DiscoInfo], bool]) -> None:
        limits = Limits(value=SIZE // 8, entries=ENTRIES, bytes=SIZE, when_full=Full.DROP_OLDEST)
        self._place = storage.collection("xep_0115.caps", Scope(), limits=limits)
        self._proves = proves

    async def cache_caps(self, jid: JID, node: str, ifrom: JID | None, args: Data) -> None:
        """Keep ``info`` under ``verstring``, if that is its hash."""
        key, info = str(args["verstring"]), _info_of(args["info"])
        if self._proves(key, info):
            try:
                await self._place.put(key, _plain(info))
            except StorageFull:
                return  # an answer that is larger than any is, and can be asked again

    async def get_caps(self, jid: JID, node: str, ifrom: JID | None, args: Data) -> DiscoInfo | None:
        """What is known of ``verstring``; None: nothing."""
        key = str(args["verstring"])
        if len(key) > _LONGEST or "\0" in key:
            return None
        try:
            info = _read(await self._place.get(key))
        except (TypeError, ValueError, KeyError):
            return None
        return info if info is not None and self._proves(key, info) else None


#: Characters of a hash, with its node.
_LONGEST: Final = 200


def _plain(info: DiscoInfo) -> dict[str, Any]:
    forms = {
        form_type: [[field["var"], field.texts] for field in form.fields if field["var"] != "FORM_TYPE"]
        for form_type, form in forms_of(info).items()
    }
    return {"identities": [list(each) for each in info.identities], "features": info.features, "forms": forms}


def _read(value: Any) -> DiscoInfo | None:
    if value is None:
        return None
    info = DiscoInfo()
    info.identities = value["identities"]
    info.features = value["features"]
    for form_type, fields in value["forms"].items():
        form = Form()
        form.type_ = FormType.RESULT
        form.form_type = form_type
        for var, texts in fields:
            form.add_field(var).texts = texts
        info.append(form)
    return info
