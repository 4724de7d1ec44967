# SPDX-License-Identifier: MIT
"""The end that accepts connections; see `xmppkit.pyxmpp2.server.listener`."""
