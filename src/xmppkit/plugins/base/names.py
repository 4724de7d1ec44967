# SPDX-License-Identifier: MIT
"""The names of the library's plugins."""

from __future__ import annotations

__all__ = ["PLUGINS"]

#: The plugins that are enabled by `BaseXMPP.register_plugins` without a whitelist.
PLUGINS: list[str] = [
    "xep_0004",  # Data Forms
    "xep_0030",  # Service Discovery
    "xep_0045",  # Multi-User Chat
    "xep_0050",  # Ad-Hoc Commands
    "xep_0054",  # vcard-temp
    "xep_0059",  # Result Set Management
    "xep_0060",  # Publish-Subscribe
    "xep_0066",  # Out of Band Data
    "xep_0077",  # In-Band Registration
    "xep_0082",  # XMPP Date and Time Profiles
    "xep_0085",  # Chat State Notifications
    "xep_0092",  # Software Version
    "xep_0115",  # Entity Capabilities
    "xep_0122",  # Data Forms Validation
    "xep_0128",  # Service Discovery Extensions
    "xep_0131",  # Stanza Headers and Internet Metadata
    "xep_0153",  # vCard-Based Avatars
    "xep_0163",  # Personal Eventing Protocol (PEP)
    "xep_0172",  # User Nickname
    "xep_0184",  # Message Delivery Receipts
    "xep_0198",  # Stream Management
    "xep_0199",  # XMPP Ping
    "xep_0202",  # Entity Time
    "xep_0203",  # Delayed Delivery
    "xep_0231",  # Bits of Binary
    "xep_0249",  # Direct MUC Invitations
    "xep_0280",  # Message Carbons
    "xep_0297",  # Stanza Forwarding
    "xep_0300",  # Use of Cryptographic Hash Functions in XMPP
    "xep_0308",  # Last Message Correction
    "xep_0313",  # Message Archive Management
    "xep_0333",  # Displayed Markers
    "xep_0334",  # Message Processing Hints
    "xep_0359",  # Unique and Stable Stanza IDs
    "xep_0363",  # HTTP File Upload
    "xep_0410",  # MUC Self-Ping (Schrödinger's Chat)
    "xep_0421",  # Occupant identifiers for semi-anonymous MUCs
    "xep_0424",  # Message Retraction
    "xep_0425",  # Moderated Message Retraction
    "xep_0428",  # Fallback Indication
    "xep_0441",  # Message Archive Management Preferences
]
