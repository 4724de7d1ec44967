# SPDX-License-Identifier: MIT
"""Settings, handlers, filters and schedules that cannot be."""

from __future__ import annotations

from xmppkit import Callback, ClientXMPP, StanzaPath
from xmppkit.settings import Settings
from xmppkit.storage.base import Storage

Settings(connect_timeout="soon")  # error: seconds
Settings(no_such_setting=True)  # error: there is none
Settings().connect_timeout = 5.0  # error: it is immutable


def nothing() -> None: ...


def use(client: ClientXMPP) -> None:
    client.register_handler(nothing)  # error: no handler
    client.register_handler(Callback("Message", "message/body", nothing))  # error: takes no stanza
    Callback(StanzaPath("message"), "Message", print)  # error: the wrong way round
    client.add_filter("in", nothing)  # error: takes no stanza
    client.schedule("tea", "soon", nothing)  # error: seconds
    client.connect(port="xmpp")  # error: a number
    storage: Storage = dict[str, str]()  # error: no storage
    print(storage)
