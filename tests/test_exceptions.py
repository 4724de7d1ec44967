# SPDX-License-Identifier: MIT
"""The tree of errors: its shape, what each error carries, and what it says."""

from __future__ import annotations

import builtins
import inspect
import pickle
import re
import subprocess
import sys
from typing import Any

import pytest

from xmppkit import exceptions
from xmppkit.exceptions import (
    AuthenticationFailed,
    ConnectionLost,
    ConnectionRefused,
    InvalidCABundle,
    InvalidForm,
    InvalidJID,
    InvalidValue,
    IqError,
    IqTimeout,
    LocalError,
    MalformedStream,
    NegotiationFailed,
    PluginNotFound,
    PresenceError,
    RemoteError,
    SASLError,
    StreamErrorReceived,
    UnserializableXML,
    XMPPError,
    XMPPKitError,
)

CLASSES = {name: each for name, each in vars(exceptions).items() if inspect.isclass(each)}


# --- the tree ---------------------------------------------------------------------------------------------


def test_everything_is_exported_and_descends_from_the_root() -> None:
    assert set(CLASSES) == set(exceptions.__all__)
    assert all(issubclass(each, XMPPKitError) for each in CLASSES.values())


def test_the_tree_in_the_documentation_is_the_tree() -> None:
    drawn: dict[str, str] = {}
    ancestors: list[tuple[int, str]] = []
    for line in (exceptions.__doc__ or "").splitlines():
        found = re.match(r"([ │├└─]*)([A-Z]\w+)", line)
        if found is None or not (found[2] in CLASSES or found[2] == "Exception"):
            continue
        depth = len(found[1])
        while ancestors and ancestors[-1][0] >= depth:
            ancestors.pop()
        drawn[found[2]] = ancestors[-1][1] if ancestors else ""
        ancestors.append((depth, found[2]))
    assert drawn.pop("Exception") == ""
    assert drawn == {name: each.__bases__[0].__name__ for name, each in CLASSES.items()}
    said = set(re.findall(r"(\w+) +\(ValueError\)", exceptions.__doc__ or ""))
    assert said == {name for name, each in CLASSES.items() if issubclass(each, ValueError)}


def test_misuse_and_remote_faults_are_different_branches() -> None:
    assert not any(issubclass(each, LocalError) and issubclass(each, RemoteError) for each in CLASSES.values())
    assert not issubclass(SASLError, LocalError | RemoteError)
    assert not issubclass(XMPPError, LocalError | RemoteError)


def test_no_name_hides_one_of_python() -> None:
    assert not set(CLASSES) & set(dir(builtins))


def test_the_module_imports_nothing() -> None:
    program = (
        "import sys, importlib.util as u\n"
        f"spec = u.spec_from_file_location('alone', {exceptions.__file__!r})\n"
        "module = u.module_from_spec(spec)\n"
        "before = set(sys.modules)\n"
        "spec.loader.exec_module(module)\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"__future__"}


# --- stanza errors ----------------------------------------------------------------------------------------


class Element(dict[str, Any]):
    """A stanza, as far as an exception is concerned: a key that is not there is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def test_a_stanza_error_has_the_rfcs_type() -> None:
    assert len(XMPPError.default_types) == 23
    for condition, etype in XMPPError.default_types.items():
        error = XMPPError(condition)
        assert (error.condition, error.etype, error.text, error.clear, error.by) == (condition, etype, "", True, None)
        assert str(error) == f"{etype}: {condition}"
    assert XMPPError().condition == "undefined-condition"


def test_all_of_a_stanza_error() -> None:
    given = {"a": "b"}
    error = XMPPError("conflict", "taken", "wait", "mine", "urn:x", given, clear=False, by="a@b")
    assert (error.etype, error.text, error.clear, error.by) == ("wait", "taken", False, "a@b")
    assert error.extension_args == given
    assert error.extension_args is not given
    assert error.format() == str(error) == "wait: conflict: taken: {urn:x}mine"
    assert XMPPError("conflict", extension="mine").format() == "cancel: conflict: mine"


def test_a_condition_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"'teapot'.*8.3.3"):
        XMPPError("teapot")


@pytest.mark.parametrize(("make", "attribute"), [(IqError, "iq"), (PresenceError, "presence")])
def test_errors_that_somebody_answered(make: Any, attribute: str) -> None:
    error = Element(condition="forbidden", text="no", type="auth", by="b@c")
    stanza = Element({"error": error, "from": "a@b"})
    raised = make(stanza)
    assert getattr(raised, attribute) is stanza
    assert (raised.condition, raised.text, raised.etype, raised.by) == ("forbidden", "no", "auth", "b@c")
    assert raised.format() == "auth: forbidden: no"


@pytest.mark.parametrize("make", [IqError, PresenceError])
@pytest.mark.parametrize("condition", ["", "teapot"])
def test_an_answer_without_a_known_condition(make: Any, condition: str) -> None:
    raised = make(Element({"error": Element(condition=condition)}))
    assert (raised.condition, raised.text, raised.etype, raised.by) == ("undefined-condition", "", "cancel", None)


def test_what_iq_errors_say() -> None:
    assert str(IqError(Element({"error": Element(), "from": "a@b"}))) == "a@b answered: cancel: undefined-condition"
    assert str(IqError(Element({"error": Element()}))).startswith("the server answered")
    timeout = IqTimeout(Element(to="a@b", id="7"))
    assert str(timeout) == "no answer from a@b to IQ 7"
    assert (timeout.condition, timeout.etype, timeout.iq["id"]) == ("remote-server-timeout", "cancel", "7")
    assert str(IqTimeout(Element(id="7"))) == "no answer from the server to IQ 7"


def test_what_does_not_fit_a_form() -> None:
    error = InvalidForm({"a": "it takes one answer", "b": "an answer is required"})
    assert error.faults == {"a": "it takes one answer", "b": "an answer is required"}
    assert str(error) == "modify: not-acceptable: a: it takes one answer; b: an answer is required"


# --- misuse -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidJID(value="@"), "'@' is no address"),
        (InvalidJID("jid", "why", "@"), "'@' is no address: why"),
        (InvalidJID("local", "why", "@"), "'@' is no local part of an address: why"),
        (InvalidJID(value="x" * 80), f"'{'x' * 80}' is no address"),
        (InvalidJID(value="x" * 81), f"'{'x' * 77}...' is no address"),
        (InvalidValue("too large"), "too large"),
        (InvalidValue("too large", "Iq.id"), "Iq.id: too large"),
        (UnserializableXML("iq/@to", "U+0000"), "cannot write iq/@to as XML: U+0000"),
        (InvalidCABundle("/x.pem"), "no CA certificates at /x.pem: name an existing PEM file"),
        (PluginNotFound("xep_9999"), "there is no plugin 'xep_9999'"),
        (RemoteError("gone"), "gone"),
        (RemoteError("gone", where="b:5222"), "b:5222: gone"),
        (RemoteError("gone", advice="wait"), "gone (wait)"),
        (ConnectionLost("gone", where="b"), f"b: gone ({ConnectionLost.default_advice})"),
        (ConnectionLost("gone", advice=""), "gone"),
        (MalformedStream("bad", where="b", advice=""), "b: bad"),
        (StreamErrorReceived("reset"), "the server closed the stream: reset"),
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
    jid = InvalidJID("local", "why", "@")
    assert (jid.part, jid.reason, jid.value) == ("local", "why", "@")
    value = InvalidValue("why", "Iq.id")
    assert (value.field, value.reason) == ("Iq.id", "why")
    xml = UnserializableXML("iq/@to", "why")
    assert (xml.path, xml.reason) == ("iq/@to", "why")
    assert InvalidCABundle("/x").path == "/x"
    assert PluginNotFound("x").name == "x"
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


REMOTE = [each for each in CLASSES.values() if issubclass(each, RemoteError)]


@pytest.mark.parametrize("kind", REMOTE, ids=lambda each: each.__name__)
def test_every_remote_error_says_what_where_and_what_to_do(kind: type[RemoteError]) -> None:
    error = kind("what", where="where", advice="do this")
    assert re.fullmatch(r"where: .*what \(do this\)", str(error))
    assert (error.where, error.advice) == ("where", "do this")
    assert error.reason in str(error)
    assert kind("what").advice == kind.default_advice


def test_a_name_that_is_taken() -> None:
    error = exceptions.NameTaken("slixmpp")
    assert error.name == "slixmpp"
    assert str(error).startswith("slixmpp itself is imported already")
    assert "call xmppkit.install_as_slixmpp() before anything imports slixmpp" in str(error)
    assert exceptions.NameTaken().name == ""
