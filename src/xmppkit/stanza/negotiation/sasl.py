# SPDX-License-Identifier: MIT
"""SASL (RFC 6120 §6.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

from xmppkit.stanza.base import StanzaBase
from xmppkit.stanza.derived import Derived
from xmppkit.stanza.fields import Attr, Base64Text, ChildTexts, LangText
from xmppkit.stanza.registry import register_root, register_stanza_plugin
from xmppkit.stanza.stream_features import StreamFeatures
from xmppkit.xml.names import SASL, clark, split

__all__ = ["SASL_CONDITIONS", "Abort", "Auth", "Challenge", "Failure", "Mechanisms", "Response", "Success"]

#: The defined conditions of a failure (§6.5).
SASL_CONDITIONS = frozenset({
    "aborted", "account-disabled", "credentials-expired", "encryption-required", "incorrect-encoding",
    "invalid-authzid", "invalid-mechanism", "malformed-request", "mechanism-too-weak", "not-authorized",
    "temporary-auth-failure",
})  # fmt: skip


class Mechanisms(StanzaBase):
    """The mechanisms that a server offers."""

    __slots__ = ()

    name = "mechanisms"
    namespace = SASL
    plugin_attrib = "mechanisms"
    interfaces: ClassVar[set[str]] = {"mechanisms", "required"}
    is_extension = True

    mechanisms = ChildTexts(str, name="mechanism", doc="their names")

    @property
    def required(self) -> bool:
        """True: nothing goes on without authentication."""
        return self.get_required()

    def get_required(self) -> bool:
        """True: nothing goes on without authentication."""
        return True

    def set_required(self, value: object) -> Self:
        """Nothing: it always is."""
        return self

    def set_mechanisms(self, values: Iterable[str]) -> None:
        """Replace the names, in alphabetical order."""
        type(self).mechanisms.set(self, sorted(set(values)))


class Auth(StanzaBase):
    """The client's choice, with its first message if the mechanism begins with one."""

    __slots__ = ()

    name = "auth"
    namespace = SASL
    plugin_attrib = "auth"
    interfaces: ClassVar[set[str]] = set()

    mechanism = Attr(str, doc="the chosen mechanism")
    value = Base64Text(equals=True, doc="the client's first message; None: none")


@register_root
class Challenge(StanzaBase):
    """The server's turn."""

    __slots__ = ()

    name = "challenge"
    namespace = SASL
    plugin_attrib = "challenge"
    interfaces: ClassVar[set[str]] = set()

    value = Base64Text(equals=True, doc="the server's message")


class Response(StanzaBase):
    """The client's turn."""

    __slots__ = ()

    name = "response"
    namespace = SASL
    plugin_attrib = "response"
    interfaces: ClassVar[set[str]] = set()

    value = Base64Text(equals=True, doc="the client's message")


@register_root
class Success(StanzaBase):
    """The server lets the client in."""

    __slots__ = ()

    name = "success"
    namespace = SASL
    plugin_attrib = "success"
    interfaces: ClassVar[set[str]] = set()

    value = Base64Text(equals=True, doc="the server's last message; None: none")


class Abort(StanzaBase):
    """The client gives up."""

    __slots__ = ()

    name = "abort"
    namespace = SASL
    plugin_attrib = "abort"
    interfaces: ClassVar[set[str]] = set()


@register_root
class Failure(StanzaBase):
    """The server does not let the client in."""

    __slots__ = ()

    name = "failure"
    namespace = SASL
    plugin_attrib = "failure"
    interfaces: ClassVar[set[str]] = {"condition"}
    conditions: ClassVar[set[str]] = set(SASL_CONDITIONS)

    condition = Derived(str, among="conditions", doc="why")
    text = LangText(doc="a sentence for a human")

    def get_condition(self) -> str:
        """Why; ``not-authorized`` where none of the defined conditions is said."""
        for child in self.xml:
            namespace, local = split(child.tag)
            if namespace == SASL and local in self.conditions:
                return local
        return "not-authorized"

    def set_condition(self, value: str) -> Self:
        """Say why; nothing happens unless it is one of `conditions`."""
        if value in self.conditions:
            self.del_condition()
            self._set_sub_text(value, keep=True)
        return self

    def del_condition(self) -> Self:
        """Remove the condition."""
        for child in [child for child in self.xml if child.tag != clark(SASL, "text")]:
            self.xml.remove(child)
        return self


register_stanza_plugin(StreamFeatures, Mechanisms)
