# SPDX-License-Identifier: MIT
"""SASL upgrade tasks: the elements of both halves."""

from __future__ import annotations

import base64
from xml.etree.ElementTree import Element

import pytest
from secured import parse

from xmppkit.exceptions import SASLFailed
from xmppkit.protocol.features.upgrade import UpgradeTask, answer, tasks
from xmppkit.sasl.derivation import AT_ONCE, Pending
from xmppkit.sasl.policy import SaslPolicy
from xmppkit.sasl.scram import DEFAULT_ITERATIONS, derivation, make_scram_record

SALT = b"A_TSBSQa6sek8bf_Z"
POLICY = SaslPolicy()


def task_data(inside: str) -> Element:
    return parse(f"<task-data xmlns='urn:xmpp:sasl:2'>{inside}</task-data>")[0]


def salt(iterations: str = "4096", text: str = base64.b64encode(SALT).decode()) -> Element:
    return task_data(f"<salt xmlns='urn:xmpp:scram-upgrade:0' iterations='{iterations}'>{text}</salt>")


def test_the_names() -> None:
    assert tasks(("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")) == ["UPGR-SCRAM-SHA-512", "UPGR-SCRAM-SHA-256"]


def test_the_example_of_the_xep() -> None:
    # XEP-0480 §3. Its hash is another one: it does not say of which password.
    told = answer("UPGR-SCRAM-SHA-256", salt(text="\n QV9TWENSWFE2c2VrOGJmX1o=\n"), "pencil", POLICY)
    assert told.tag == "{urn:xmpp:sasl:2}task-data"
    assert [child.tag for child in told] == ["{urn:xmpp:scram-upgrade:0}hash"]
    assert len(base64.b64decode(told[0].text or "")) == 32


@pytest.mark.parametrize("name", ["SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_both_halves(name: str) -> None:
    task = UpgradeTask(f"UPGR-{name}", "a nonce")
    record = task.finish(answer(task.name, task.begin(), "pencil", POLICY))
    assert record is not None
    assert record == make_scram_record(name, "pencil", record.salt, DEFAULT_ITERATIONS)
    assert task.mechanism == name


def test_a_challenge_does_not_tell_who_was_upgraded() -> None:
    upgraded, *others = (
        element[0]
        for element in (UpgradeTask("UPGR-SCRAM-SHA-256", nonce).begin() for nonce in ("a nonce", "a nonce", "another"))
    )
    made = make_scram_record("SCRAM-SHA-256", "pencil")
    assert len(base64.b64decode(upgraded.text or "")) == len(made.salt)
    assert upgraded.get("iterations") == str(made.iterations)
    assert [upgraded.text == other.text for other in others] == [True, False]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (task_data(""), "no salt"),
        (salt(text=""), "no salt"),
        (salt(text="!"), "no salt"),
        (salt("many"), "not how many rounds"),
        (salt("-4096"), "not how many rounds"),
        (salt("٤٠٩٦"), "not how many rounds"),
        (salt("9" * 5000), "not how many rounds"),
        (salt("4095"), "allowed are 4096 to"),
        (salt("1000001"), "to 1000000"),
    ],
)
def test_what_a_server_may_not_ask_for(element: Element, reason: str) -> None:
    with pytest.raises(SASLFailed, match=reason):
        answer("UPGR-SCRAM-SHA-256", element, "pencil", POLICY)


@pytest.mark.parametrize("text", ["", "<hash xmlns='urn:xmpp:scram-upgrade:0'/>", "short", "!"])
def test_what_a_client_may_not_answer(text: str) -> None:
    inside = text if text.startswith("<") else f"<hash xmlns='urn:xmpp:scram-upgrade:0'>{text}</hash>"
    assert UpgradeTask("UPGR-SCRAM-SHA-256", "a nonce").finish(task_data(inside)) is None


def test_many_rounds_are_left_to_the_caller() -> None:
    told = answer("UPGR-SCRAM-SHA-256", salt(str(AT_ONCE + 1)), "pencil", POLICY)
    assert isinstance(told, Pending)
    assert told.derivation == derivation("SCRAM-SHA-256", "pencil", SALT, AT_ONCE + 1)
    element = told.then(bytes(32))
    assert base64.b64decode(element[0].text or "") == bytes(32)
