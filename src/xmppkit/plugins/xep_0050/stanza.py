# SPDX-License-Identifier: MIT
"""A command, one step of it (XEP-0050 §4)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, ClassVar, Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from xmppkit.plugins.xep_0004.stanza import Form
from xmppkit.stanza.codecs import EnumCodec
from xmppkit.stanza.element import ElementBase
from xmppkit.stanza.error import Error
from xmppkit.stanza.fields import Attr, Child, ElementName, ElementText, Field
from xmppkit.stanza.iq import Iq
from xmppkit.stanza.registry import register_stanza_plugin
from xmppkit.xml.names import clark, split

__all__ = ["COMMANDS", "Action", "Actions", "Command", "CommandCondition", "Condition", "Note", "NoteType", "Status"]

#: The namespace, which is also the feature and the node of the list.
COMMANDS: Final = "http://jabber.org/protocol/commands"
_NOTE: Final = clark(COMMANDS, "note")


class Status(StrEnum):
    """How far a command is."""

    EXECUTING = "executing"
    COMPLETED = "completed"
    CANCELED = "canceled"


class Action(StrEnum):
    """What is to be done with a command."""

    EXECUTE = "execute"
    CANCEL = "cancel"
    PREV = "prev"
    NEXT = "next"
    COMPLETE = "complete"


class NoteType(StrEnum):
    """How grave a note is."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"


class Condition(StrEnum):
    """What is wrong with a request, in the words of XEP-0050 (§4.4)."""

    MALFORMED_ACTION = "malformed-action"
    BAD_ACTION = "bad-action"
    BAD_LOCALE = "bad-locale"
    BAD_PAYLOAD = "bad-payload"
    BAD_SESSIONID = "bad-sessionid"
    SESSION_EXPIRED = "session-expired"


class Note(NamedTuple):
    """A note for people.

    :ivar type: how grave it is; what is unknown counts as ``info``.
    :ivar text: what it says.
    """

    type: NoteType
    text: str


class _Allowed(Field["list[Action]"]):
    """The names of empty children, in the order of the XML; others are left out."""

    __slots__ = ()

    codec: ClassVar[EnumCodec[Action]] = EnumCodec(Action)
    allowed: ClassVar[frozenset[Action]] = frozenset({Action.PREV, Action.NEXT, Action.COMPLETE})

    def get(self, stanza: ElementBase) -> list[Action]:
        names = (split(element.tag) for element in stanza.xml)
        return [Action(name) for namespace, name in names if namespace == COMMANDS and name in self.allowed]

    def set(self, stanza: ElementBase, value: Iterable[Action | str]) -> None:
        try:
            actions = [Action(self.codec.encode(each)) for each in ([value] if isinstance(value, str) else value)]
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None
        if not self.allowed.issuperset(actions):
            raise self._refuse(stanza, ValueError("only prev, next and complete can be allowed"))
        self.delete(stanza)
        for action in dict.fromkeys(actions):
            SubElement(stanza.xml, clark(COMMANDS, action))

    def delete(self, stanza: ElementBase) -> None:
        for action in self.allowed:
            for element in stanza.xml.findall(clark(COMMANDS, action)):
                stanza.xml.remove(element)

    def read_item(self, stanza: ElementBase) -> Any:
        return [action.value for action in self.get(stanza)]

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        self.set(stanza, value or ())

    def present(self, stanza: ElementBase) -> bool:
        return bool(self.get(stanza))


class Actions(ElementBase):
    """What may be done next."""

    __slots__ = ()

    name = "actions"
    namespace = COMMANDS
    plugin_attrib = "allowed"

    execute = Attr(Action, doc="what ``execute`` stands for; None: ``next``")
    actions = _Allowed(doc="what may be done, beside ``cancel``, which always may")


class _Note(ElementBase):
    __slots__ = ()

    name = "note"
    namespace = COMMANDS
    plugin_attrib = "note"

    type_ = Attr(NoteType, key="type", name="type")
    text = ElementText(str)


class _Notes(Field["list[Note]"]):
    """The notes, in order."""

    __slots__ = ()

    def get(self, stanza: ElementBase) -> list[Note]:
        notes = (_Note(xml=element) for element in stanza.xml.findall(_NOTE))
        return [Note(note.type_ or NoteType.INFO, note.text or "") for note in notes]

    def set(self, stanza: ElementBase, value: Iterable[tuple[str, str]]) -> None:
        made = []
        for kind, text in value:
            note = _Note()
            note.type_, note.text = NoteType(kind), text
            made.append(note.xml)
        self.delete(stanza)
        stanza.xml.extend(made)

    def delete(self, stanza: ElementBase) -> None:
        for element in stanza.xml.findall(_NOTE):
            stanza.xml.remove(element)

    def read_item(self, stanza: ElementBase) -> Any:
        return [(note.type.value, note.text) for note in self.get(stanza)]

    def write_item(self, stanza: ElementBase, value: Any) -> None:
        try:
            self.set(stanza, value or ())
        except (ValueError, TypeError) as error:
            raise self._refuse(stanza, error) from None

    def present(self, stanza: ElementBase) -> bool:
        return stanza.xml.find(_NOTE) is not None


class Command(ElementBase, parents=(Iq,)):
    """One step of a command: what is asked for, or what came of it. Forms and other payload are its children."""

    __slots__ = ()

    name = "command"
    namespace = COMMANDS
    plugin_attrib = "command"
    interfaces: ClassVar[set[str]] = {"action", "actions", "node", "notes", "sessionid", "status"}

    node = Attr(str, doc="which command")
    sessionid = Attr(str, doc="which execution of it; None: the first step")
    action = Attr(Action, doc="what is to be done; None: execute")
    status = Attr(Status, doc="how far it is; None: not said, as in requests")
    allowed = Child(Actions, doc="what may be done next; None where nothing is said")
    notes = _Notes(doc="notes for people")

    def get_actions(self) -> list[str]:
        """The names of what may be done next, beside ``cancel``."""
        allowed = self.allowed
        return [] if allowed is None else [action.value for action in allowed.actions]

    def set_actions(self, values: Iterable[str]) -> None:
        """Say what may be done next; ``execute`` then stands for ``next``, or else for ``complete``. Without values
        nothing is said."""
        values = [values] if isinstance(values, str) else list(values)
        if not values:
            self.del_actions()
            return
        allowed = Actions()
        allowed.actions = [Action(value) for value in values]
        default = [value for value in (Action.NEXT, Action.COMPLETE) if value in values]
        allowed.execute = default[0] if default else None
        self.allowed = allowed

    def del_actions(self) -> None:
        """Say nothing of what may be done next."""
        self.allowed = None

    def add_note(self, msg: str = "", ntype: str = "info") -> None:
        """Add a note.

        :param msg: what it says.
        :param ntype: how grave it is (`NoteType`).
        """
        self.notes = [*self.notes, Note(NoteType(ntype), msg)]

    def payload_elements(self) -> list[Element]:
        """The payload: what is neither note nor actions, in the order of precedence (§3.5)."""
        return [element for element in self.xml if split(element.tag)[0] != COMMANDS]


class CommandCondition(ElementBase, parents=(Error,)):
    """The condition that an error has beside that of RFC 6120 (§4.4): ``iq['error']['command_condition']``."""

    __slots__ = ()

    name = Condition.MALFORMED_ACTION.value
    other_names = tuple(each.value for each in Condition if each is not Condition.MALFORMED_ACTION)
    namespace = COMMANDS
    plugin_attrib = "command_condition"
    is_extension = True

    command_condition = ElementName(Condition, doc="what is wrong; None: it is not said")


register_stanza_plugin(Command, Form, iterable=True)
