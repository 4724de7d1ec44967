# SPDX-License-Identifier: MIT
"""The stream features that are built in: one declaration each, with both ends' halves beside it."""

from __future__ import annotations

from xmppkit.protocol.features.bind import BIND
from xmppkit.protocol.features.channel_binding import CHANNEL_BINDING
from xmppkit.protocol.features.limits import LIMITS
from xmppkit.protocol.features.management import ENABLE, RESUME
from xmppkit.protocol.features.preapproval import PREAPPROVAL
from xmppkit.protocol.features.rosterver import ROSTERVER
from xmppkit.protocol.features.sasl import MECHANISMS
from xmppkit.protocol.features.sasl2 import SASL2
from xmppkit.protocol.features.session import SESSION
from xmppkit.protocol.features.starttls import STARTTLS

__all__ = ["BUILT_IN"]

BUILT_IN = (STARTTLS, CHANNEL_BINDING, SASL2, MECHANISMS, ROSTERVER, PREAPPROVAL, RESUME, BIND, LIMITS, SESSION, ENABLE)
"""Every built-in feature; the streams sort them by their order."""
