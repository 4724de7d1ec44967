# SPDX-License-Identifier: MIT
"""Bind 2 (XEP-0386): the resource and what belongs to a new session, bound along with the login."""

from __future__ import annotations

from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Child, Children, ChildText
from xmppkit.stanza.negotiation import sm
from xmppkit.stanza.negotiation.sasl2 import Authenticate, Inline, Success
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import BIND2

__all__ = ["Bind", "Bound", "Feature", "InlineFeatures"]


class Feature(ElementBase):
    """One of the features that can be asked for along with the resource (§3.1)."""

    __slots__ = ()

    name = "feature"
    namespace = BIND2
    plugin_attrib = "feature"

    var = Attr(str, doc="its namespace, or its name in service discovery")


class InlineFeatures(ElementBase):
    """The features that can be asked for along with the resource (§3.1)."""

    __slots__ = ()

    name = "inline"
    namespace = BIND2
    plugin_attrib = "inline"

    features = Children(Feature)


class Bind(ElementBase, parents=(Inline, Authenticate)):
    """The offer (§3.1), and the request (§3.2)."""

    __slots__ = ()

    name = "bind"
    namespace = BIND2
    plugin_attrib = "bind2"

    inline = Child(InlineFeatures)
    tag_ = ChildText(
        str, key="tag", name="tag", doc="what the resource begins with: the name of the program, which others can see"
    )


class Bound(ElementBase, parents=(Success,)):
    """A resource is bound (§3.2.1); the address is in the `Success`."""

    __slots__ = ()

    name = "bound"
    namespace = BIND2
    plugin_attrib = "bound"


# XEP-0198 §9.1: stream management enabled with the resource.
register_stanza_plugin(Inline, sm.StreamManagement)
register_stanza_plugin(Bind, sm.Enable)
register_stanza_plugin(Bound, sm.Enabled)
register_stanza_plugin(Bound, sm.Failed)
