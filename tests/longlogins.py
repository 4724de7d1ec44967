# SPDX-License-Identifier: MIT
"""Logins in memory whose keys take long to derive, at one end or the other."""

from __future__ import annotations

from typing import Any

from xmppkit.protocol.connection import Connection
from xmppkit.protocol.initiator import ClientStream
from xmppkit.protocol.logins import Sasl2Options, UserAgent
from xmppkit.protocol.options import StreamOptions, TlsPolicy
from xmppkit.protocol.receiver import ReceiverStream
from xmppkit.protocol.state import Fact, Step
from xmppkit.sasl import AccountRecord, Credentials, SaslPolicy, make_scram_record
from xmppkit.sasl.derivation import AT_ONCE, Derivation
from xmppkit.testing.pair import Answers, Pair

__all__ = ["ACCOUNT", "LONG", "MANY", "PLAIN", "SALT", "SASL", "SASL2", "deriving", "finish", "login"]

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
SASL2 = "urn:xmpp:sasl:2"
#: The fewest rounds that take long.
MANY = AT_ONCE + 1
SALT = b"salt of alice..."
ACCOUNT = AccountRecord(scram={"SCRAM-SHA-256": make_scram_record("SCRAM-SHA-256", "pencil", SALT, MANY)})
#: What gives the key of alice.
LONG = Derivation("sha256", b"pencil", SALT, MANY)
#: Of whom a server has a key to derive, even if the password is right.
PLAIN = {"mechanism": "PLAIN"}


def login(
    *,
    mechanism: str = "SCRAM-SHA-256",
    password: str = "pencil",
    credentials: tuple[Credentials, ...] = (),
    sasl2: bool = False,
    account: AccountRecord = ACCOUNT,
    upgrades: tuple[str, ...] = (),
) -> Pair:
    """A login, before its first byte.

    :param credentials: what the client gives when it is asked, instead of alice's with `password`.
    """
    policy = SaslPolicy((mechanism,), plain_without_tls=True, scram_without_tls=True)
    more = {"sasl2": Sasl2Options(user_agent=UserAgent("a-client"), upgrades=upgrades)} if sasl2 else {}
    options = StreamOptions(tls=TlsPolicy.DISABLED, domain="localhost", sasl=policy, **more)
    told = None if credentials else Credentials("alice", password)
    client = ClientStream("alice@localhost", options.replace(credentials=told), now=0.0)
    server = ReceiverStream(options, now=0.0)
    if sasl2:
        for stream in (client, server):
            stream.learn(Fact.SECURE)  # as if there were TLS
    return Pair(client, server, Answers(accounts={"alice": account}, credentials=credentials))


def deriving(end: str, **more: Any) -> tuple[Pair, Any]:
    """A login whose client, or server, has a key to derive, and that end."""
    pair = login(**more)
    stream = pair.initiator if end == "client" else pair.receiver
    stream.defer()
    pair.run()
    assert stream.state.step is Step.DERIVING
    return pair, stream


def finish(pair: Pair, stream: Connection) -> None:
    """The key is there."""
    work = stream.take_work()
    assert work is not None
    stream.provide_key(work, work.compute())
    pair.run()
