# SPDX-License-Identifier: MIT
"""Forms that a program knows, as classes with typed attributes: `TypedForm`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from xmppkit.exceptions import InvalidForm
from xmppkit.plugins.xep_0004.stanza.form import Form, FormType
from xmppkit.plugins.xep_0004.typedfields import TypedField

__all__ = ["TypedForm"]


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
