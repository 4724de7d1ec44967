# SPDX-License-Identifier: MIT
"""Those of one process that have lost the same server: they do not come back all at once.

A server that is restarted has lost everybody in one moment. Each client draws its pause by itself, and a second is
little for a thousand of them; so the pause of whoever loses the server after others is drawn from a longer time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

if TYPE_CHECKING:
    import asyncio

__all__ = ["pause_after"]

#: How many are let come back in each second, as long as the time is not drawn out to `_LONGEST`.
_RATE = 4.0
#: Seconds over which a crowd is spread, at most.
_LONGEST = 25.0
#: Seconds after which one who loses a server is the first again.
_FORGOTTEN = 60.0

#: By event loop and server: who has lost it, and when the last of them.
_lost: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, tuple[WeakSet[object], float]]] = WeakKeyDictionary()


def pause_after(who: object, loop: asyncio.AbstractEventLoop, server: str, pause: float) -> float:
    """Somebody has lost a server: the time from which the pause before connecting again is drawn, in seconds.

    :param who: counts once, however often it loses the server in a row.
    :param server: its name.
    :param pause: what it would be for one alone.
    """
    places, now = _lost.setdefault(loop, {}), loop.time()
    for place in [place for place, (_, last) in places.items() if now - last > _FORGOTTEN]:
        del places[place]
    crowd = places[server][0] if server in places else WeakSet()
    crowd.add(who)
    places[server] = (crowd, now)
    return max(pause, min(_LONGEST, len(crowd) / _RATE))
