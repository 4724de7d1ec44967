# SPDX-License-Identifier: MIT
"""PyXMPP2's surface over xmppkit's engine: its programs run after ``import xmppkit.pyxmpp2 as pyxmpp2``.

Protocol objects without I/O, handler objects with decorated methods, main loops that need no asyncio, and events. Start
with `xmppkit.pyxmpp2.client`; ``docs/migrating-from-pyxmpp2.md`` says what differs. Nothing is imported here.
"""
