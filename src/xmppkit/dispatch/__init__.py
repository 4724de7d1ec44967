# SPDX-License-Identifier: MIT
"""From a received stanza to the code that wants it.

Nothing here knows a connection. What is needed of the stream (to run a coroutine, to report an exception) is
injected, so that asyncio, blocking loops and tests use the same objects. Import the home modules:

- ``matchers``: conditions on a stanza
- ``handlers``: what runs when one holds
- ``index``: finds the handlers of a stanza
- ``bus``: named events
- ``filters``: what may change or drop a stanza on its way
- ``schedule``: named timers
- ``pending``: IQs that wait for their answer
- ``senders``: who may answer (RFC 6120 §8.1.2.1)
"""
