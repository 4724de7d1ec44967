# SPDX-License-Identifier: MIT
"""What joins the engine to the world: bytes to the core and back, events to the application, time.

``pump`` is what all drivers have in common and does no I/O; ``asyncio`` drives a stream over asyncio
transports, ``blocking`` over a socket, and ``threads`` gives it a thread of its own.
"""
