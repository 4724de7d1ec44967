# SPDX-License-Identifier: MIT
"""What the server passes on once, although it was sent twice; and what it passes on each time."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from xmppkit.server import doubles
from xmppkit.server.doubles import Sent

JULIET, ROMEO = "juliet@localhost", "romeo@localhost"
DELAY = "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>"


def message(*, id: str = "1", body: str = "Hark!", to: str = ROMEO, again: bool = False) -> Element:
    origin = f"<origin-id xmlns='urn:xmpp:sid:0' id='{id}'/>" if id else ""
    return fromstring(
        f"<message xmlns='jabber:client' to='{to}'><body>{body}</body>{origin}{DELAY if again else ''}</message>"
    )


def test_what_is_sent_again_was_sent_before() -> None:
    sent = Sent()
    assert sent.before(JULIET, message()) is False
    assert sent.before(JULIET, message(again=True)) is True
    assert sent.before(JULIET, message(again=True)) is True


@pytest.mark.parametrize(
    ("account", "again"),
    [
        (JULIET, message()),  # it does not say that it is sent again
        (JULIET, message(again=True, body="Something else")),
        (JULIET, message(again=True, to="nurse@localhost")),
        (JULIET, message(again=True, id="2")),
        (JULIET, message(again=True, id="")),
        (ROMEO, message(again=True)),  # an id says nothing without its author
    ],
)
def test_what_is_another_message(account: str, again: Element) -> None:
    sent = Sent()
    assert sent.before(JULIET, message()) is False
    assert sent.before(account, again) is False


def test_what_asks_for_a_receipt() -> None:
    """It is the recipient who is to answer."""
    sent, asking = Sent(), message(again=True)
    asking.append(Element("{urn:xmpp:receipts}request"))
    assert sent.before(JULIET, asking) is False
    assert sent.before(JULIET, asking) is False


def test_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubles, "EACH", 2)
    monkeypatch.setattr(doubles, "ACCOUNTS", 2)
    sent = Sent()
    for id in "123":
        sent.before(JULIET, message(id=id))
    assert sent.before(JULIET, message(id="1", again=True)) is False
    assert sent.before(JULIET, message(id="3", again=True)) is True
    for account in ("a@localhost", "b@localhost"):
        sent.before(account, message())
    assert sent.before(JULIET, message(id="3", again=True)) is False


def test_an_account_that_is_no_more_is_forgotten() -> None:
    sent = Sent()
    sent.before(JULIET, message())
    sent.drop(JULIET)
    sent.drop(JULIET)
    assert sent.before(JULIET, message(again=True)) is False
