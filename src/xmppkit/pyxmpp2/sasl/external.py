# SPDX-License-Identifier: MIT
"""EXTERNAL (RFC 4422 appendix A): a client certificate has shown who it is."""

from __future__ import annotations

from xmppkit.pyxmpp2.sasl.core import EngineClientAuthenticator, sasl_mechanism

__all__ = ["ExternalClientAuthenticator"]


@sasl_mechanism("EXTERNAL", False, 40)
class ExternalClientAuthenticator(EngineClientAuthenticator):
    """The client's half. It needs TLS, and nothing else."""

    mechanism = "EXTERNAL"
    needs = ("security-layer",)
