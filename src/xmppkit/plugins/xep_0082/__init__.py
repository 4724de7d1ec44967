# SPDX-License-Identifier: MIT
"""XMPP Date and Time Profiles (XEP-0082).

How XMPP writes dates and times. Stanzas convert by themselves, ``message["delay"]["stamp"]`` is a ``datetime``; these
functions are for text elsewhere, as in a form or in a payload of your own:

.. code-block:: python

   from xmppkit.plugins import xep_0082

   moment = xep_0082.parse("1969-07-20T21:56:15-05:00")
   print(xep_0082.format_datetime(moment))       # 1969-07-21T02:56:15Z
   print(xep_0082.date(year=1776, month=7, day=4))  # 1776-07-04

A moment that is read is in UTC, and what is written is converted to UTC, so that it does not tell where somebody is
(§6). Only `time` and `datetime` write another zone, if you name one. ``bot.plugin["xep_0082"]`` has the same functions.
"""

from __future__ import annotations

from xmppkit.plugins.xep_0082.profiles import (
    XEP_0082,
    date,
    datetime,
    format_date,
    format_datetime,
    format_time,
    parse,
    parse_date,
    parse_time,
    time,
)

__all__ = [
    "XEP_0082",
    "date",
    "datetime",
    "format_date",
    "format_datetime",
    "format_time",
    "parse",
    "parse_date",
    "parse_time",
    "time",
]
