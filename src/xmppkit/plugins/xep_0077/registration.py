# SPDX-License-Identifier: MIT
"""What a host wants to know of those who register, and the answer to that (XEP-0077 §3.1, §4-§6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from xmppkit.exceptions import InvalidForm, XMPPKitError
from xmppkit.exceptions.root import in_one_line
from xmppkit.plugins.xep_0004.stanza import Form, FormType
from xmppkit.plugins.xep_0077.stanza import FIELDS, Register
from xmppkit.records import record
from xmppkit.stanza.iq import Iq

__all__ = ["Registration", "RegistrationElsewhere", "values_of"]


class RegistrationElsewhere(XMPPKitError):
    """The host registers nobody over XMPP (XEP-0077 §5).

    :param instructions: what it says to people; empty: nothing.
    :param url: where to go; empty: it does not say.
    """

    def __init__(self, instructions: str = "", url: str = "") -> None:
        super().__init__(instructions, url)
        self.instructions = instructions
        self.url = url

    def __str__(self) -> str:
        said = " ".join(part for part in (self.instructions.strip(), self.url) if part)
        return in_one_line(f"the host takes no registrations over XMPP{f': {said}' if said else ''}")


@record(frozen=True, slots=True)
class Registration:
    """What a host answers to who wants to register.

    :ivar registered: who asks is registered already; registering again changes what the host knows.
    :ivar instructions: what people are to do; empty: nothing is said.
    :ivar fields: what is asked for, with what the host knows of it: by name, ``''`` where it knows nothing. With a
        form, the names are those of the form.
    :ivar form: the form, which counts before all else; None: there is none.
    :ivar url: where people can register instead; empty: nowhere. It is the host's word: look before it is opened.
    """

    registered: bool
    instructions: str
    fields: Mapping[str, str]
    form: Form | None
    url: str

    @classmethod
    def of(cls, iq: Iq) -> Self:
        """What an answer says; an error may have a form, too, for what else is needed (§3.2, §3.3)."""
        register = Register.of(iq)
        if register is None:
            return cls(False, "", {}, None, "")
        form = register.form
        if form is not None and form.type_ is not FormType.FORM:
            form = None
        if form is None:
            fields = {name: register[name] for name in sorted(register.fields)}
        else:
            fields = {name: "\n".join(field.texts) for name, field in form.field.items() if name != "FORM_TYPE"}
        instructions = (form is not None and form.instructions) or register.instructions or ""
        url = (register.oob is not None and register.oob.url) or ""
        return cls(register.registered, instructions.strip(), fields, form, url)

    def answer(self, values: Mapping[str, Any]) -> Register:
        """What is sent back: the form filled in, or else the fields, never both (§4).

        :param values: answers by name. What the host knows, and is not among them, stays as it is.
        :raises InvalidForm: an answer is missing, does not fit its field, or is to no field that there is.
        :raises RegistrationElsewhere: nothing can be answered.
        """
        made = Register()
        if self.form is not None:
            made.append(self.form.submission(values))
            return made
        if not self.fields:
            raise RegistrationElsewhere(self.instructions, self.url)
        faults = {name: "the host does not ask for it" for name in values if name not in self.fields}
        for name, known in self.fields.items():
            value = str(values.get(name, known))
            if not value:
                faults[name] = "an answer is required"
            elif name not in faults:
                made[name] = value
        if faults:
            raise InvalidForm(faults)
        return made


def values_of(register: Register) -> dict[str, str]:
    """What somebody has sent who registers: the texts by name, of the form if there is one (§6), else of the fields."""
    form = register.form
    if form is not None and form.type_ is FormType.SUBMIT:
        return {name: "\n".join(field.texts) for name, field in form.field.items() if name != "FORM_TYPE"}
    return {name: register[name] for name in FIELDS if register[name]}
