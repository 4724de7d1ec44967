# SPDX-License-Identifier: MIT
"""The time at an entity: in UTC, and how far it is from there (XEP-0202 §2)."""

from __future__ import annotations

import datetime

from xmppkit.stanza.derived import Derived
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import ChildText
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.moments import OFFSET

__all__ = ["EntityTime"]


class EntityTime(ElementBase, parents=(Iq,)):
    """The question, which is empty, and the answer. ``entity_time['time']`` is both in one: an aware datetime."""

    __slots__ = ()

    name = "time"
    namespace = "urn:xmpp:time"
    plugin_attrib = "entity_time"

    utc = ChildText(datetime.datetime, doc="the moment, in UTC")
    tzo = ChildText(OFFSET, doc="how far the entity's clock is from UTC")
    time = Derived(datetime.datetime, doc="what the entity's clock shows; None where one of the two is not said")

    def get_time(self) -> datetime.datetime | str:
        """What the entity's clock shows; ``''`` where that is not said."""
        moment, zone = self.utc, self.tzo
        if moment is None or zone is None:
            return ""
        try:
            return moment.astimezone(zone)
        except OverflowError:  # at the ends of time
            return ""

    def set_time(self, value: datetime.datetime | str) -> None:
        """Say what the clock shows, by an aware datetime, or by one without a zone or a text of XEP-0082 for UTC."""
        offset = value.utcoffset() if isinstance(value, datetime.datetime) else None
        type(self).utc.write_item(self, value)
        self.tzo = datetime.timezone(offset) if offset else datetime.UTC

    def del_time(self) -> None:
        """Say nothing."""
        self.utc = self.tzo = None
