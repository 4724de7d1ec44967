# SPDX-License-Identifier: MIT
"""The fields of forms that a program knows (XEP-0004 §3.3): typed attributes of a `TypedForm`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast, overload

from xmppkit.exceptions import InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza.field import FieldType, texts_of
from xmppkit.stanza.codecs import ADDRESS, BOOLEAN_DIGIT, TEXT, Codec, IntegerCodec

if TYPE_CHECKING:
    from xmppkit.plugins.xep_0004.typed import TypedForm

__all__ = [
    "BooleanField",
    "ChoiceField",
    "ChoicesField",
    "IntegerField",
    "JIDField",
    "JIDsField",
    "LinesField",
    "PasswordField",
    "TextField",
    "TypedField",
]

T = TypeVar("T")


class TypedField(Generic[T]):
    """What all fields of typed forms have in common. The attribute is None where nothing is said.

    :param var: the field's name in the form.
    :param label: its name for people.
    :param desc: an explanation for people.
    :param required: an answer must be given.
    """

    kind: ClassVar[FieldType]
    codec: Codec[Any] = TEXT
    #: What a list offers: values and their names for people.
    options: Mapping[str, str] = {}
    several = False

    def __init__(self, var: str, label: str = "", desc: str = "", *, required: bool = False) -> None:
        self.var = var
        self.label = label
        self.desc = desc
        self.required = required
        self.name = ""

    def __set_name__(self, owner: type[TypedForm], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, form: None, owner: object = None) -> Self: ...
    @overload
    def __get__(self, form: TypedForm, owner: object = None) -> T | None: ...
    def __get__(self, form: TypedForm | None, owner: object = None) -> Self | T | None:
        return self if form is None else cast("T | None", form.answers.get(self.var))

    def __set__(self, form: TypedForm, value: T | None) -> None:
        if value is None:
            form.answers.pop(self.var, None)
            return
        try:
            form.answers[self.var] = self.read(self.write(value))
        except (ValueError, TypeError) as error:
            raise InvalidValue(str(error), f"{type(form).__name__}.{self.name}") from None

    def read(self, texts: list[str]) -> T:
        """The value of texts; ValueError when it is none."""
        found = [self.codec.decode(text) for text in texts] if self.several else self.codec.decode(texts[0])
        for text in texts:
            if self.options and text not in self.options:
                raise ValueError(f"{text!r} is none of its options")
        return cast(T, found)

    def write(self, value: T) -> list[str]:
        """The texts of a value; ValueError or TypeError when there are none."""
        if not self.several:
            return [self.codec.encode(value)]
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise TypeError(f"it takes several values, not {type(value).__name__}")
        return [self.codec.encode(each) for each in value]


class BooleanField(TypedField[bool]):
    """True or False."""

    kind = FieldType.BOOLEAN
    codec = BOOLEAN_DIGIT


class TextField(TypedField[str]):
    """A line of text."""

    kind = FieldType.TEXT_SINGLE


class PasswordField(TypedField[str]):
    """A line of text that is not shown."""

    kind = FieldType.TEXT_PRIVATE


class LinesField(TypedField[str]):
    """Text with several lines."""

    kind = FieldType.TEXT_MULTI

    def read(self, texts: list[str]) -> str:
        """The lines, joined."""
        return "\n".join(texts)

    def write(self, value: str) -> list[str]:
        """The lines."""
        return texts_of(self.kind, TEXT.encode(value))


class JIDField(TypedField[JID]):
    """An address."""

    kind = FieldType.JID_SINGLE
    codec = ADDRESS


class JIDsField(TypedField["list[JID]"]):
    """Addresses, each once."""

    kind = FieldType.JID_MULTI
    codec = ADDRESS
    several = True

    def read(self, texts: list[str]) -> list[JID]:
        """The addresses."""
        return list(dict.fromkeys(super().read(texts)))


class IntegerField(TypedField[int]):
    """A whole number, which a form has as a line of text.

    :param minimum: the least allowed; None: any.
    :param maximum: the greatest allowed; None: any.
    """

    kind = FieldType.TEXT_SINGLE

    def __init__(
        self,
        var: str,
        label: str = "",
        desc: str = "",
        *,
        required: bool = False,
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> None:
        super().__init__(var, label, desc, required=required)
        self.codec = IntegerCodec(minimum, maximum)


class _Offered(TypedField[T]):
    def __init__(
        self,
        var: str,
        options: Mapping[str, str] | Iterable[str],
        label: str = "",
        desc: str = "",
        *,
        required: bool = False,
    ) -> None:
        super().__init__(var, label, desc, required=required)
        self.options = dict(options) if isinstance(options, Mapping) else dict.fromkeys(options, "")


class ChoiceField(_Offered[str]):
    """One of several values.

    :param options: the values; or a dict from values to their names for people.
    """

    kind = FieldType.LIST_SINGLE


class ChoicesField(_Offered["list[str]"]):
    """Some of several values.

    :param options: as for `ChoiceField`.
    """

    kind = FieldType.LIST_MULTI
    several = True
