# SPDX-License-Identifier: MIT
"""What moves bytes, and where to: endpoints and their discovery, connectors, TLS contexts and certificates.

A transport knows nothing of XMPP: TLS, framing and everything above them are the engine's
(`xmppkit.protocol`). Import the home modules: ``base``, ``tcp``, ``memory``, ``endpoints``, ``resolver``,
``connecting``, ``proxy``, ``hostmeta``, ``certificates``, ``inspection``.
"""
