# SPDX-License-Identifier: MIT
"""Extensions with PyXMPP2's surface: `xmppkit.pyxmpp2.ext.version`, the one that worked there.

All others come as the stanza classes of ``xmppkit.plugins.xep_NNNN.stanza``, which handlers may send, receive and
declare as payload.
"""
