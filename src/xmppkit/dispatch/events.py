# SPDX-License-Identifier: MIT
"""What is known of a named event: `Event`.

Events of the stream itself are listed in `xmppkit.xmlstream.events`; a plugin lists those that it raises on its class::

    class XEP_0231(BasePlugin):
        events = (Event("bob", Message, "a message that carries bits of binary"),)

From these lists ``tools/events.py`` makes the types by which `add_event_handler` knows what a handler takes, and the
index of events in the documentation, and it checks that what is listed is raised and what is raised is listed.
"""

from __future__ import annotations

from typing import Any

from xmppkit.records import record

__all__ = ["Event"]


@record(frozen=True, slots=True)
class Event:
    """An event that programs may listen to.

    :ivar name: the name; with parts in braces, as in ``muc::{room}::message``, a family of names.
    :ivar payload: the type of what its handlers get; by default the empty dict of an event that only says "now".
    :ivar meaning: when it is raised, in one sentence without a full stop.
    :ivar section: where the occasion is specified, as ``RFC 6121 §3.1``; empty: nowhere, it is ours.
    :ivar raised_as: how the code writes the name where it is computed, as ``presence_{kind}``; empty: as it is.
    """

    name: str
    payload: object = dict[str, Any]
    meaning: str = ""
    section: str = ""
    raised_as: str = ""
