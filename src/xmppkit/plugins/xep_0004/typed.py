# SPDX-License-Identifier: MIT
"""Forms that a program knows, as classes with typed attributes: `TypedForm`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar, cast, overload

from xmppkit.exceptions import InvalidForm, InvalidValue
from xmppkit.jid.address import JID
from xmppkit.plugins.xep_0004.stanza.field import FieldType, texts_of
from xmppkit.plugins.xep_0004.stanza.form import Form, FormType
from xmppkit.stanza.codecs import ADDRESS, BOOLEAN_DIGIT, TEXT, Codec, IntegerCodec

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
    "TypedForm",
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


class TypedForm:
    """A form that the program knows::

        class RoomConfig(TypedForm, form_type="http://jabber.org/protocol/muc#roomconfig"):
            name = TextField("muc#roomconfig_roomname", "Name")
            persistent = BooleanField("muc#roomconfig_persistentroom", "It stays when all have left")

    ``RoomConfig(persistent=True)`` has answers. `form` is the form to be filled in, with them as what is proposed;
    `submission` is what is sent, and `read` makes the object of either.

    :param values: answers, by the names of attributes. Raises `InvalidValue` for one that its field cannot hold.
    """

    #: The FORM_TYPE of the forms (XEP-0068); None: they have none.
    form_type: ClassVar[str | None] = None
    #: The fields by the names of attributes.
    typed_fields: ClassVar[Mapping[str, TypedField[Any]]] = {}

    def __init_subclass__(cls, *, form_type: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if form_type is not None:
            cls.form_type = form_type
        own = {name: value for name, value in vars(cls).items() if isinstance(value, TypedField)}
        cls.typed_fields = {**cls.typed_fields, **own}

    def __init__(self, **values: Any) -> None:
        #: The answers by the fields' names in the form.
        self.answers: dict[str, Any] = {}
        for name, value in values.items():
            if name not in self.typed_fields:
                raise TypeError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(self.typed_fields)}")
            setattr(self, name, value)

    @classmethod
    def read(cls, form: Form) -> Self:
        """The answers in a form. Fields that the class does not have are passed over (XEP-0004 §3.1).

        A submission is checked. In forms of other types what cannot be read counts as not said.

        :raises InvalidForm: an answer does not fit its field, a required one is missing, or it is another form.
        """
        if form.form_type not in (None, cls.form_type):
            raise InvalidForm({"FORM_TYPE": f"it takes {cls.form_type}"})
        is_submitted = form.type_ is FormType.SUBMIT
        if is_submitted:
            cls().form().check(form)
        made = cls()
        faults: dict[str, str] = {}
        answers = form.field
        for field in cls.typed_fields.values():
            answer = answers.get(field.var)
            texts = answer.texts if answer is not None else []
            if not any(texts):
                continue
            try:
                made.answers[field.var] = field.read(texts)
            except ValueError as error:
                faults[field.var] = str(error)
        if faults and is_submitted:
            raise InvalidForm(faults)
        return made

    def form(self, title: str = "", instructions: str = "") -> Form:
        """The form to be filled in; the answers are what it proposes.

        :param title: its title.
        :param instructions: what people are to do.
        """
        made = Form()
        made["title"], made["instructions"] = title, instructions
        if self.form_type is not None:
            made.form_type = self.form_type
        for field in self.typed_fields.values():
            options = [{"value": value, "label": label} for value, label in field.options.items()]
            value = self._texts(field)
            made.add_field(field.var, field.kind, field.label, field.desc, field.required, value, options)
        return made

    def submission(self, to: Form | None = None) -> Form:
        """What is sent: the answers that there are.

        :param to: the form that is answered. What it proposes is sent where there is no answer, and answers that it
            does not allow raise `InvalidForm`.
        """
        texts = {field.var: self._texts(field) for field in self.typed_fields.values() if field.var in self.answers}
        if to is not None:
            return to.submission(texts)
        made = Form()
        made.type_ = FormType.SUBMIT
        if self.form_type is not None:
            made.form_type = self.form_type
        for var, value in texts.items():
            made.add_field(var, value=value)
        return made

    def result(self) -> Form:
        """The answers as a form of the type ``result``."""
        made = self.submission()
        made.type_ = FormType.RESULT
        return made

    def _texts(self, field: TypedField[Any]) -> list[str] | None:
        value = self.answers.get(field.var)
        return None if value is None else field.write(value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.answers == other.answers

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        said = [name for name, field in self.typed_fields.items() if field.var in self.answers]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in said)})"
