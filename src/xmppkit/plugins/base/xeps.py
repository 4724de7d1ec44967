# SPDX-License-Identifier: MIT
"""Which XEPs the library implements: in which version, and what of it is missing. The table in the documentation
(tools/xep_tables.py) and a program that wants to know read it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["XEPS", "Implementation"]


@dataclass(frozen=True, slots=True)
class Implementation:
    """How far a XEP is implemented.

    :ivar number: four digits, as ``0085``.
    :ivar title: the XEP's title.
    :ivar version: the version of the XEP that the code follows.
    :ivar missing: what of it is not there; empty: nothing.
    :ivar home: the module, where it is no plugin.
    """

    number: str
    title: str
    version: str
    missing: str = ""
    home: str = ""

    @property
    def place(self) -> str:
        """The module or package that implements it."""
        return self.home or f"xmppkit.plugins.xep_{self.number}"


#: By number. A version is that of the source whose examples are tested (tests/xeps/examples).
XEPS: Final = (
    Implementation("0004", "Data Forms", "2.13.2"),
    Implementation("0030", "Service Discovery", "2.5.0"),
    Implementation("0045", "Multi-User Chat", "1.35.5"),
    Implementation("0050", "Ad-Hoc Commands", "1.3.0"),
    Implementation("0054", "vcard-temp", "1.3.0"),
    Implementation("0059", "Result Set Management", "1.0"),
    Implementation(
        "0060",
        "Publish-Subscribe",
        "1.30.0",
        missing="asking for all that wait for approval (§8.7) has no method of its own; xep_0050 can",
    ),
    Implementation("0066", "Out of Band Data", "1.5"),
    Implementation("0071", "XHTML-IM", "1.5.4"),
    Implementation("0077", "In-Band Registration", "2.4"),
    Implementation("0082", "XMPP Date and Time Profiles", "1.1.1"),
    Implementation("0085", "Chat State Notifications", "2.1"),
    Implementation("0092", "Software Version", "1.1"),
    Implementation("0106", "JID Escaping", "1.1.1", home="xmppkit.jid.escaping"),
    Implementation("0114", "Jabber Component Protocol", "1.6", home="xmppkit.componentxmpp"),
    Implementation("0115", "Entity Capabilities", "1.6.0"),
    Implementation(
        "0122",
        "Data Forms Validation",
        "1.0.2",
        missing="regular expressions are handed to the program and not run",
    ),
    Implementation(
        "0124",
        "Bidirectional-streams Over Synchronous HTTP (BOSH)",
        "1.11.2",
        missing="several streams in one session (§16), compressed bodies",
        home="xmppkit.protocol.framing.bosh",
    ),
    Implementation("0128", "Service Discovery Extensions", "1.0.1"),
    Implementation("0131", "Stanza Headers and Internet Metadata", "1.2"),
    Implementation("0153", "vCard-Based Avatars", "1.1.1"),
    Implementation(
        "0156",
        "Discovering Alternative XMPP Connection Methods",
        "1.4.0",
        missing="DNS TXT records, which nothing protects",
        home="xmppkit.transports.hostmeta",
    ),
    Implementation("0163", "Personal Eventing Protocol", "1.2.2"),
    Implementation("0172", "User Nickname", "1.1"),
    Implementation(
        "0178", "Best Practices for Use of SASL EXTERNAL with Certificates", "1.2", home="xmppkit.sasl.external"
    ),
    Implementation("0184", "Message Delivery Receipts", "1.4.0"),
    Implementation("0198", "Stream Management", "1.6.3"),
    Implementation("0199", "XMPP Ping", "2.0.1"),
    Implementation("0202", "Entity Time", "2.0"),
    Implementation("0203", "Delayed Delivery", "2.0"),
    Implementation("0206", "XMPP Over BOSH", "1.4", home="xmppkit.protocol.framing.bosh"),
    Implementation("0231", "Bits of Binary", "1.1"),
    Implementation("0249", "Direct MUC Invitations", "1.2"),
    Implementation("0280", "Message Carbons", "1.0.1"),
    Implementation("0297", "Stanza Forwarding", "1.0"),
    Implementation("0300", "Use of Cryptographic Hash Functions in XMPP", "1.0.0"),
    Implementation("0308", "Last Message Correction", "1.2.1"),
    Implementation("0313", "Message Archive Management", "1.1.3"),
    Implementation("0333", "Displayed Markers", "1.0.0"),
    Implementation("0334", "Message Processing Hints", "1.0.0"),
    Implementation("0359", "Unique and Stable Stanza IDs", "0.7.0"),
    Implementation("0363", "HTTP File Upload", "1.2.0"),
    Implementation("0368", "SRV records for XMPP over TLS", "1.1.0", home="xmppkit.transports.endpoints"),
    Implementation(
        "0386",
        "Bind 2",
        "1.1.0",
        missing="the archive's state (§3.2.1) is not looked at; client state (XEP-0352) is left alone",
    ),
    Implementation("0388", "Extensible SASL Profile", "1.0.4", missing="tasks other than those of XEP-0480"),
    Implementation("0390", "Entity Capabilities 2.0", "0.3.2"),
    Implementation("0410", "MUC Self-Ping (Schrödinger's Chat)", "1.1.0"),
    Implementation("0421", "Occupant identifiers for semi-anonymous MUCs", "1.0.1"),
    Implementation("0424", "Message Retraction", "0.4.2"),
    Implementation("0425", "Moderated Message Retraction", "0.3.0"),
    Implementation("0428", "Fallback Indication", "0.2.1"),
    Implementation("0440", "SASL Channel-Binding Type Capability", "1.0.0", home="xmppkit.sasl.channel_binding"),
    Implementation("0441", "Message Archive Management Preferences", "0.2.0"),
    Implementation("0474", "SASL SCRAM Downgrade Protection", "0.5.0", home="xmppkit.sasl.scram"),
    Implementation("0478", "Stream Limits Advertisement", "0.2.0", home="xmppkit.features.feature_limits"),
    Implementation("0480", "SASL Upgrade Tasks", "0.2.0", home="xmppkit.protocol.features.upgrade"),
    Implementation(
        "0484", "Fast Authentication Streamlining Tokens", "0.2.0", missing="TLS early data, which Python does not have"
    ),
)
