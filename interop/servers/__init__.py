# SPDX-License-Identifier: MIT
"""Real XMPP servers as plain processes on loopback, each with its own configuration, data and certificates."""
