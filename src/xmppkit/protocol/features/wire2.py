# SPDX-License-Identifier: MIT
"""The names of SASL2's elements (XEP-0388), and what both halves read alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xmppkit.xml import names

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = [
    "ABORT_TAG",
    "ADDITIONAL_TAG",
    "AUTHENTICATE_TAG",
    "AUTHENTICATION_TAG",
    "CHALLENGE_TAG",
    "CONTINUE_TAG",
    "DEVICE_TAG",
    "FAILURE_TAG",
    "INITIAL_TAG",
    "INLINE_TAG",
    "MECHANISM_TAG",
    "NEXT_TAG",
    "RESPONSE_TAG",
    "SOFTWARE_TAG",
    "SUCCESS_TAG",
    "TASKS_TAG",
    "TASK_TAG",
    "TEXT_TAG",
    "USER_AGENT_TAG",
    "given",
    "read_failure",
]

AUTHENTICATION_TAG = names.clark(names.SASL2, "authentication")
MECHANISM_TAG = names.clark(names.SASL2, "mechanism")
INLINE_TAG = names.clark(names.SASL2, "inline")
AUTHENTICATE_TAG = names.clark(names.SASL2, "authenticate")
INITIAL_TAG = names.clark(names.SASL2, "initial-response")
USER_AGENT_TAG = names.clark(names.SASL2, "user-agent")
SOFTWARE_TAG = names.clark(names.SASL2, "software")
DEVICE_TAG = names.clark(names.SASL2, "device")
CHALLENGE_TAG = names.clark(names.SASL2, "challenge")
RESPONSE_TAG = names.clark(names.SASL2, "response")
SUCCESS_TAG = names.clark(names.SASL2, "success")
FAILURE_TAG = names.clark(names.SASL2, "failure")
CONTINUE_TAG = names.clark(names.SASL2, "continue")
NEXT_TAG = names.clark(names.SASL2, "next")
ABORT_TAG = names.clark(names.SASL2, "abort")
ADDITIONAL_TAG = names.clark(names.SASL2, "additional-data")
TEXT_TAG = names.clark(names.SASL2, "text")
TASK_TAG = names.clark(names.SASL2, "task")
#: From the `<continue/>` down.
TASKS_TAG = f"{names.clark(names.SASL2, 'tasks')}/{TASK_TAG}"


def given(element: Element | None) -> str | None:
    """The text of an element that holds data, as `login.py` reads it: None if there is no such element, and ``=`` if it
    has no text (§2.2)."""
    return None if element is None else (element.text or "").strip() or "="


def read_failure(element: Element) -> tuple[str, str]:
    """The condition and the text of a `<failure/>`; ``not-authorized`` if it names none (§2.6.2)."""
    condition, text = "not-authorized", ""
    for child in element:
        namespace, local = names.split(child.tag)
        if child.tag == TEXT_TAG:
            text = child.text or ""
        elif namespace in (names.SASL, names.SASL2):  # COMPAT(Prosody 0.12): some have the wrong one
            condition = local
    return condition, text
