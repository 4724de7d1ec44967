# SPDX-License-Identifier: MIT
"""XMPP for Python: clients, components and the server end of a stream."""
