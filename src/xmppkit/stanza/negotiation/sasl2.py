# SPDX-License-Identifier: MIT
"""SASL2, the extensible profile of SASL (XEP-0388): the login, and what is negotiated along with it."""

from __future__ import annotations

from typing import ClassVar, Self

from xmppkit.jid.address import JID
from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.fields import Attr, Base64Text, Child, ChildText, ChildTexts
from xmppkit.stanza.negotiation import sasl, sm
from xmppkit.stanza.registry import register_root
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import SASL, SASL2, clark, split

__all__ = [
    "Abort",
    "Authenticate",
    "Authentication",
    "Challenge",
    "Continue",
    "Failure",
    "Inline",
    "Next",
    "Response",
    "Success",
    "TaskData",
    "Tasks",
    "UserAgent",
]


class Inline(ElementBase):
    """What can be negotiated along with the login (§2.1)."""

    __slots__ = ()

    name = "inline"
    namespace = SASL2
    plugin_attrib = "inline"


class Authentication(ElementBase, parents=(StreamFeatures,)):
    """The offer: mechanisms, and what can be negotiated along with them (§2.1)."""

    __slots__ = ()

    name = "authentication"
    namespace = SASL2
    plugin_attrib = "authentication"

    mechanisms = ChildTexts(str, name="mechanism", doc="their names")
    inline = Child(Inline)


class UserAgent(ElementBase):
    """Which program logs in, from which device (§2.3). Servers show it to nobody but the user."""

    __slots__ = ()

    name = "user-agent"
    namespace = SASL2
    plugin_attrib = "user_agent"

    id = Attr(str, doc="a UUID that this installation keeps, different from all others")
    software = ChildText(str, doc="the program, in words")
    device = ChildText(str, doc="the device, in words")


@register_root
class Authenticate(StanzaBase):
    """The client's choice (§2.3)."""

    __slots__ = ()

    name = "authenticate"
    namespace = SASL2
    plugin_attrib = "authenticate"
    interfaces: ClassVar[set[str]] = set()

    mechanism = Attr(str, doc="the chosen mechanism")
    initial_response = ChildText(
        bytes, name="initial-response", absent=None, keep=True, doc="its first message; None: none"
    )
    user_agent = Child(UserAgent)
    resume = Child(sm.Resume)  # XEP-0198 §9.2


@register_root
class Challenge(StanzaBase):
    """The server's turn (§2.5)."""

    __slots__ = ()

    name = "challenge"
    namespace = SASL2
    interfaces: ClassVar[set[str]] = set()

    value = Base64Text(doc="the server's message")


@register_root
class Response(StanzaBase):
    """The client's turn (§2.5)."""

    __slots__ = ()

    name = "response"
    namespace = SASL2
    interfaces: ClassVar[set[str]] = set()

    value = Base64Text(doc="the client's message")


@register_root
class Success(sasl.Success):
    """The server lets the client in, and says what has come of the rest (§2.6.1)."""

    __slots__ = ()

    name = "success"
    namespace = SASL2

    value = ChildText(
        bytes, name="additional-data", absent=None, keep=True, doc="the mechanism's last message; None: none"
    )
    authorization_identifier = ChildText(
        JID, name="authorization-identifier", doc="who we are: the account, and with a resource if one was bound"
    )
    resumed = Child(sm.Resumed)
    failed = Child(sm.Failed)


@register_root
class Failure(sasl.Failure):
    """The server does not let the client in (§2.6.2)."""

    __slots__ = ()

    name = "failure"
    namespace = SASL2

    def get_condition(self) -> str:
        """Why; ``not-authorized`` where none of the defined conditions is said."""
        for child in self.xml:
            # Prosody 0.12 writes some of them in the other namespace.
            namespace, local = split(child.tag)
            if namespace in (SASL, SASL2) and local in self.conditions:
                return local
        return "not-authorized"

    def set_condition(self, value: str) -> Self:
        """Say why; nothing happens unless it is one of `conditions`."""
        if value in self.conditions:
            self.del_condition()
            self.xml.insert(0, self.xml.makeelement(clark(SASL, value), {}))
        return self

    def del_condition(self) -> Self:
        """Remove the condition."""
        for child in [child for child in self.xml if split(child.tag)[1] in self.conditions]:
            self.xml.remove(child)
        return self


class Tasks(ElementBase):
    """What remains to be done, one of them (§2.6.3)."""

    __slots__ = ()

    name = "tasks"
    namespace = SASL2
    plugin_attrib = "tasks"

    tasks = ChildTexts(str, name="task", doc="their names")


@register_root
class Continue(StanzaBase):
    """The mechanism is through, and something remains to be done (§2.6.3)."""

    __slots__ = ()

    name = "continue"
    namespace = SASL2
    plugin_attrib = "continue"
    interfaces: ClassVar[set[str]] = set()

    additional_data = ChildText(
        bytes, name="additional-data", absent=None, keep=True, doc="the mechanism's last message"
    )
    tasks = Child(Tasks)
    text = ChildText(str, doc="a sentence for a human")


@register_root
class Next(StanzaBase):
    """The client's choice among the tasks (§2.6.3)."""

    __slots__ = ()

    name = "next"
    namespace = SASL2
    interfaces: ClassVar[set[str]] = set()

    task = Attr(str, doc="its name")


@register_root
class TaskData(StanzaBase):
    """What a task exchanges (§2.6.3)."""

    __slots__ = ()

    name = "task-data"
    namespace = SASL2
    interfaces: ClassVar[set[str]] = set()


@register_root
class Abort(StanzaBase):
    """The client gives up (§4.5)."""

    __slots__ = ()

    name = "abort"
    namespace = SASL2
    interfaces: ClassVar[set[str]] = set()

    text = ChildText(str, doc="why, for a human")
