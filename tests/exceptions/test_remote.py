# SPDX-License-Identifier: MIT
"""What is wrong with the peer or the network: what the errors say and carry."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from xmppkit.exceptions import remote
from xmppkit.exceptions.remote import (
    AuthenticationFailed,
    ConnectionLost,
    ConnectionRefused,
    MalformedStream,
    NegotiationFailed,
    RemoteError,
    StreamErrorReceived,
)
from xmppkit.exceptions.root import XMPPKitError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RemoteError("gone"), "gone"),
        (RemoteError("gone", where="b:5222"), "b:5222: gone"),
        (RemoteError("gone", advice="wait"), "gone (wait)"),
        (ConnectionLost("gone", where="b"), f"b: gone ({ConnectionLost.default_advice})"),
        (ConnectionLost("gone", advice=""), "gone"),
        (MalformedStream("bad", where="b", advice=""), "b: bad"),
        (StreamErrorReceived("reset"), "the server closed the stream: reset"),
        (StreamErrorReceived("reset", by="peer"), "the peer closed the stream: reset"),
        (
            StreamErrorReceived("reset", "bye\nforged\x9b", where="b"),
            "b: the server closed the stream: reset, bye\\nforged\\x9b",
        ),
        (StreamErrorReceived("reset", "bye", where="b"), "b: the server closed the stream: reset, bye"),
        (AuthenticationFailed("no"), f"no ({AuthenticationFailed.default_advice})"),
        (NegotiationFailed("no"), "no"),
    ],
)
def test_what_errors_say_and_that_they_survive_pickling(error: XMPPKitError, said: str) -> None:
    assert str(error) == said
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == said
    assert vars(again) == vars(error)


def test_data_is_in_attributes() -> None:
    stream = StreamErrorReceived("see-other-host", "t", see_other_host="h:1")
    assert (stream.condition, stream.text, stream.see_other_host) == ("see-other-host", "t", "h:1")
    assert AuthenticationFailed("no", condition="account-disabled").condition == "account-disabled"
    assert AuthenticationFailed("no").condition == "not-authorized"
    assert NegotiationFailed("no", condition="conflict").condition == "conflict"
    assert NegotiationFailed("no").condition == "undefined-condition"
    assert MalformedStream("no", condition="not-well-formed").condition == "not-well-formed"
    assert MalformedStream("no").condition == "bad-format"


def test_what_programs_for_slixmpp_expect_of_a_failed_connection() -> None:
    refused = ConnectionRefused("nothing listens there", where="a:5222")
    assert isinstance(refused, OSError)
    assert str(refused) == f"a:5222: nothing listens there ({refused.advice})"
    assert refused.errno is None


REMOTE = [each for each in vars(remote).values() if inspect.isclass(each) and issubclass(each, RemoteError)]


@pytest.mark.parametrize("kind", REMOTE, ids=lambda each: each.__name__)
def test_every_remote_error_says_what_where_and_what_to_do(kind: type[RemoteError]) -> None:
    error = kind("what", where="where", advice="do this")
    assert re.fullmatch(r"where: .*what \(do this\)", str(error))
    assert (error.where, error.advice) == ("where", "do this")
    assert error.reason in str(error)
    assert kind("what").advice == kind.default_advice
