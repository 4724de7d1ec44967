# SPDX-License-Identifier: MIT
"""SASL upgrade tasks (XEP-0480 §3): at the end of a login the client tells the server the SaltedPassword of another
variant of SCRAM, from which the server makes what it keeps. Both halves; SASL2 carries their elements."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement

from xmppkit.exceptions import SASLFailed
from xmppkit.protocol.logins import UPGRADES
from xmppkit.sasl.derivation import derive
from xmppkit.xml import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xmppkit.sasl.credentials import ScramRecord
    from xmppkit.sasl.derivation import Pending
    from xmppkit.sasl.policy import SaslPolicy

__all__ = ["TASK_DATA_TAG", "UPGRADE_TAG", "UpgradeTask", "answer", "tasks"]

UPGRADE_TAG = names.clark(names.SASL_UPGRADE, "upgrade")
TASK_DATA_TAG = names.clark(names.SASL2, "task-data")
_SALT = names.clark(names.SCRAM_UPGRADE, "salt")
_HASH = names.clark(names.SCRAM_UPGRADE, "hash")
_PREFIX = "UPGR-"


def tasks(mechanisms: Iterable[str]) -> list[str]:
    """The names of the tasks for these mechanisms, those left out for which there is none."""
    return [_PREFIX + name for name in mechanisms if name in UPGRADES]


def _decode(element: Element | None) -> bytes:
    text = (element.text or "") if element is not None else ""
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        return b""


def answer(task: str, element: Element, password: str, policy: SaslPolicy) -> Element | Pending[Element]:
    """The client's answer to the server's `<task-data/>`.

    :param task: as ``UPGR-SCRAM-SHA-256``.
    :param policy: has the bounds of how long it may take.
    :raises SASLFailed: the server has not sent what the task needs, or demands too little, or too much.
    """
    from xmppkit.sasl.scram import derivation  # which brings the hashes along: only who upgrades pays for it

    salt = element.find(_SALT)
    data = _decode(salt)
    rounds = salt.get("iterations", "") if salt is not None else ""
    if not data or not (rounds.isascii() and rounds.isdigit() and len(rounds) <= 10):
        raise SASLFailed(f"{task}: the server sent no salt, or not how many rounds")
    if not policy.min_iterations <= int(rounds) <= policy.max_iterations:
        raise SASLFailed(
            f"{task}: the server asks for {int(rounds)} rounds; allowed are "
            f"{policy.min_iterations} to {policy.max_iterations}"
        )
    return derive(derivation(task.removeprefix(_PREFIX), password, data, int(rounds)), _tell)


def _tell(salted: bytes) -> Element:
    told = Element(TASK_DATA_TAG)
    SubElement(told, _HASH).text = base64.b64encode(salted).decode("ascii")
    return told


class UpgradeTask:
    """The server's half of one task.

    :param task: its name.
    :param nonce: a string that was never used, of which the salt is made.

    The rounds are as many as there are for accounts whose passwords are known (`DEFAULT_ITERATIONS`), and the salt is
    as long: nobody can tell from a challenge which account was upgraded.
    """

    __slots__ = ("_salt", "mechanism", "name")

    def __init__(self, task: str, nonce: str) -> None:
        self.name = task
        self.mechanism = task.removeprefix(_PREFIX)
        import hashlib  # with the first of them is soon enough

        self._salt = hashlib.sha256(nonce.encode("utf-8")).digest()[:16]

    def begin(self) -> Element:
        """What the client needs."""
        from xmppkit.sasl.scram import DEFAULT_ITERATIONS

        element = Element(TASK_DATA_TAG)
        salt = SubElement(element, _SALT, {"iterations": str(DEFAULT_ITERATIONS)})
        salt.text = base64.b64encode(self._salt).decode("ascii")
        return element

    def finish(self, element: Element) -> ScramRecord | None:
        """What to keep of what the client has answered; None if it is nothing."""
        from xmppkit.sasl.scram import DEFAULT_ITERATIONS, record_from_salted

        return record_from_salted(self.mechanism, _decode(element.find(_HASH)), self._salt, DEFAULT_ITERATIONS)
