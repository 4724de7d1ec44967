# SPDX-License-Identifier: MIT
"""FAST (XEP-0484): tokens that take the place of the password, so that a login takes one round trip."""

from __future__ import annotations

import datetime

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, ChildTexts
from xmppkit.stanza.negotiation.sasl2 import Authenticate, Inline, Success
from xmppkit.xml.names import FAST

__all__ = ["Fast", "RequestToken", "Token"]


class Fast(ElementBase, parents=(Inline, Authenticate)):
    """The offer (§3.1), and the mark of a login with a token (§3.4)."""

    __slots__ = ()

    name = "fast"
    namespace = FAST
    plugin_attrib = "fast"

    mechanisms = ChildTexts(str, name="mechanism", doc="the mechanisms that take a token")
    tls_0rtt = Attr(bool, name="tls-0rtt", default=False, doc="whether the login may be TLS early data")
    count = Attr(int, minimum=0, doc="how often this token was used, this time included; None: it is not said")
    invalidate = Attr(bool, default=False, doc="whether the token is to be forgotten")


class RequestToken(ElementBase, parents=(Authenticate,)):
    """The client would like to have a token (§3.2)."""

    __slots__ = ()

    name = "request-token"
    namespace = FAST
    plugin_attrib = "request_token"

    mechanism = Attr(str, doc="the mechanism with which it will be used")


class Token(ElementBase, parents=(Success,)):
    """A token for logins to come (§3.3); as good as a password."""

    __slots__ = ()

    name = "token"
    namespace = FAST
    plugin_attrib = "token"

    token = Attr(str, doc="the secret")
    expiry = Attr(datetime.datetime, doc="when it ends")
