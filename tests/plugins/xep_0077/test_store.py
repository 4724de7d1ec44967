# SPDX-License-Identifier: MIT
"""Who is registered with a component, in memory and in a storage."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from xmppkit.exceptions import XMPPError
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0077 import Register
from xmppkit.plugins.xep_0077.store import MAX_TEXT, MemoryUsers, Rules, StoredUsers
from xmppkit.storage.memory import MemoryStorage

OWN = JID("gateway.lit")
ROMEO, JULIET, NURSE = (JID(f"{name}@capulet.lit/x") for name in ("romeo", "juliet", "nurse"))


class Host:
    boundjid = OWN


class Users:
    """A store, whose methods may be coroutine functions or not."""

    def __init__(self, store: Any) -> None:
        self.store = store

    async def call(self, op: str, who: JID, args: object = None) -> Any:
        result = getattr(self.store, op)(OWN, "", who, args)
        return await result if inspect.isawaitable(result) else result


@pytest.fixture(params=["memory", "stored"])
def users(request: pytest.FixtureRequest) -> Users:
    rules = Rules(lambda: {"username", "password"}, lambda: 2)
    if request.param == "memory":
        return Users(MemoryUsers(rules))
    return Users(StoredUsers(Host(), rules, MemoryStorage()))


def sent(**values: str) -> Register:
    register = Register()
    for name, value in values.items():
        register[name] = value
    return register


async def test_from_beginning_to_end(users: Users) -> None:
    assert await users.call("user_get", ROMEO) is None
    await users.call("user_validate", ROMEO, sent(username="a", password="b", email="not asked for"))
    assert await users.call("user_get", JID("romeo@capulet.lit/other")) == {"username": "a", "password": "b"}
    await users.call("user_validate", ROMEO, sent(username="a", password="c"))
    assert await users.call("user_get", ROMEO) == {"username": "a", "password": "c"}
    await users.call("user_remove", ROMEO)
    assert await users.call("user_get", ROMEO) is None
    with pytest.raises(KeyError):
        await users.call("user_remove", ROMEO)


async def test_what_is_read_changes_nothing(users: Users) -> None:
    await users.call("user_validate", ROMEO, sent(username="a", password="b"))
    (await users.call("user_get", ROMEO))["password"] = "x"
    assert (await users.call("user_get", ROMEO))["password"] == "b"


async def test_what_will_not_do(users: Users) -> None:
    with pytest.raises(ValueError, match="please fill in: password"):
        await users.call("user_validate", ROMEO, sent(username="a"))
    secret = "b" * (MAX_TEXT + 1)
    with pytest.raises(ValueError, match=r"^too long: password$"):
        await users.call("user_validate", ROMEO, sent(username="a", password=secret))
    assert await users.call("user_get", ROMEO) is None


async def test_there_is_an_end_to_the_users(users: Users) -> None:
    for who in (ROMEO, JULIET):
        await users.call("user_validate", who, sent(username="a", password="b"))
    with pytest.raises(XMPPError, match="resource-constraint"):
        await users.call("user_validate", NURSE, sent(username="a", password="b"))
    await users.call("user_validate", ROMEO, sent(username="a", password="c"))
