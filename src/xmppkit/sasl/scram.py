# SPDX-License-Identifier: MIT
"""SCRAM-SHA-1, -SHA-256 and -SHA-512, each also as -PLUS with channel binding (RFC 5802, RFC 7677), with the hash of
what the server offers (XEP-0474).

Neither side shows the password: the client proves that it knows it, and so does the server.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import hmac
import re
import secrets
from typing import Final

from xmppkit.exceptions import SASLFailed, SASLMutualAuthFailed
from xmppkit.sasl.base import (
    Attempt,
    Challenge,
    ClientMechanism,
    Failure,
    NeedAccount,
    PendingStep,
    ServerMechanism,
    ServerStep,
    Success,
)
from xmppkit.sasl.channel_binding import KINDS, available, offer_hash
from xmppkit.sasl.credentials import AccountRecord, Credentials, ScramRecord
from xmppkit.sasl.derivation import Derivation, Pending, derive
from xmppkit.sasl.prep import saslprep
from xmppkit.sasl.rules import Refusal, Rule

__all__ = [
    "DEFAULT_ITERATIONS",
    "HASHES",
    "SALT_SIZE",
    "ScramClient",
    "ScramServer",
    "check_password",
    "derivation",
    "make_scram_record",
    "record_from_salted",
    "unknown_record",
]

#: Name of the mechanism to name of the hash, strongest first.
HASHES: Final = {"SCRAM-SHA-512": "sha512", "SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}

#: Rounds of PBKDF2 for records made here: more than the 4096 of RFC 7677 §4, some milliseconds of work. Accounts
#: that do not exist are announced with it; a server whose records have another number uses `unknown_record` for them.
DEFAULT_ITERATIONS: Final = 10_000
#: Bytes of a salt that is made here.
SALT_SIZE: Final = 16

_NONCE: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]+\Z")  # RFC 5802 §7, printable: no comma
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}\Z")
_MESSAGE_LIMIT: Final = 8 * 1024  # bytes; real messages have some hundred

# Salts for accounts without a record are made from this, so that asking twice gives the same one, and whether
# there is a password in the clear or no account at all does not show.
_SALTS: Final = secrets.token_bytes(32)


def _hmac(name: str, key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, name)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def derivation(mechanism: str, password: str, salt: bytes, iterations: int) -> Derivation:
    """What gives the SaltedPassword of RFC 5802 §3, from which everything follows that a login by `mechanism` needs.

    :raises SASLFailed: when SASLprep does not allow the password.
    """
    return _derivation(HASHES[mechanism], saslprep(password), salt, iterations)


def _derivation(name: str, prepared: str, salt: bytes, iterations: int) -> Derivation:
    return Derivation(name, prepared.encode("utf-8"), salt, iterations)


def _keys_of(name: str, salted: bytes) -> tuple[bytes, bytes, bytes]:
    """ClientKey, StoredKey and ServerKey of RFC 5802 §3."""
    client_key = _hmac(name, salted, b"Client Key")
    return client_key, hashlib.new(name, client_key).digest(), _hmac(name, salted, b"Server Key")


def record_from_salted(mechanism: str, salted: bytes, salt: bytes, iterations: int) -> ScramRecord | None:
    """What a server keeps for `mechanism` of what `derivation` has given; None if this can be none."""
    name = HASHES[mechanism]
    if len(salted) != hashlib.new(name).digest_size:
        return None
    _, stored, server = _keys_of(name, salted)
    return ScramRecord(salt, iterations, stored, server)


def make_scram_record(
    mechanism: str, password: str, salt: bytes | None = None, iterations: int = DEFAULT_ITERATIONS
) -> ScramRecord:
    """What a server keeps of `password` for `mechanism`, as ``SCRAM-SHA-256``.

    :param salt: None for `SALT_SIZE` random bytes.
    :raises SASLFailed: when SASLprep does not allow the password.
    """
    salt = secrets.token_bytes(SALT_SIZE) if salt is None else salt
    salted = derivation(mechanism, password, salt, iterations).compute()
    _, stored, server = _keys_of(HASHES[mechanism], salted)
    return ScramRecord(salt, iterations, stored, server)


def unknown_record(
    mechanism: str, username: str, iterations: int = DEFAULT_ITERATIONS, salt_size: int = SALT_SIZE
) -> ScramRecord:
    """What looks like the record of an account that there is not, to whoever tries to log in to it: the same salt each
    time. No password opens it.

    :param iterations: those of the server's records, so that nobody can tell the difference.
    :param salt_size: theirs, in bytes, at most 64.
    """
    # Names of accounts do not differ by their case (RFC 7622 §3.3.1), so no salt may show a difference.
    salt = _hmac("sha512", _SALTS, f"{mechanism} {username.lower()}".encode())[:salt_size]
    size = hashlib.new(HASHES[mechanism]).digest_size
    return ScramRecord(salt, iterations, secrets.token_bytes(size), secrets.token_bytes(size))


def check_password(mechanism: str, password: str, record: ScramRecord) -> bool | Pending[bool]:
    """Whether `password`, prepared already, is the one that `record` was made of."""
    name = HASHES[mechanism]

    def compare(salted: bytes) -> bool:
        return hmac.compare_digest(_keys_of(name, salted)[1], record.stored_key)

    return derive(_derivation(name, password, record.salt, record.iterations), compare)


def _escape(name: str) -> str:
    return name.replace("=", "=3D").replace(",", "=2C")


def _unescape(name: str) -> str | None:
    if re.search("=(?!2C|3D)", name):
        return None
    return name.replace("=2C", ",").replace("=3D", "=")


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def _attributes(message: bytes, expected: str) -> list[str] | None:
    """The values of the attributes with the letters `expected`, in order; None when they are not there.

    What follows them are extensions, which a receiver skips, but for ``m=``, on which it must fail wherever it
    finds one (RFC 5802 §5.1).
    """
    if len(message) > _MESSAGE_LIMIT:
        return None
    try:
        parts = message.decode("utf-8").split(",")
    except UnicodeDecodeError:
        return None
    if len(parts) < len(expected):
        return None
    for part, letter in zip(parts, expected, strict=False):
        if part[:2] != f"{letter}=":
            return None
    if any(part[:2] == "m=" for part in parts[len(expected) :]):
        return None
    return [part[2:] for part in parts[: len(expected)]]


def _prepare_username(username: str) -> str:
    """`username` prepared; raises `SASLFailed`, for one of which nothing is left too (RFC 5802 §5.1)."""
    prepared = saslprep(username)
    if not prepared:
        raise SASLFailed("SASLprep leaves nothing of this user name")
    return prepared


class ScramClient(ClientMechanism):
    """The client's half.

    The GS2 header says what we know of channel binding: ``p=`` it is used, ``y`` we could, but the server did not
    offer it (who took the offer away is found out by the server), ``n`` we cannot (RFC 5802 §6).
    """

    def __init__(self, name: str, credentials: Credentials, attempt: Attempt) -> None:
        super().__init__(name, credentials, attempt)
        self._hash = HASHES[name.removesuffix("-PLUS")]
        self._nonce = attempt.nonce()
        self._binding = b""
        self._header = "n"
        self._first = ""
        self._signature = b""  # what the server has to show
        self._verified = False

    def initial_response(self) -> bytes | None:
        if self.credentials.password is None:
            raise SASLFailed(f"{self.name} needs a password")
        if self.name.endswith("-PLUS"):
            channel = self.attempt.bound or available(self.attempt.binding)
            if channel is None:
                raise SASLFailed(f"{self.name} needs channel binding, which this connection does not have")
            self._header, self._binding = f"p={channel[0]}", channel[1]
        elif self.attempt.binding is not None and not self.attempt.peer_binds:
            self._header = "y"
        authzid = f"a={_escape(self.credentials.authzid)}" if self.credentials.authzid else ""
        self._header = f"{self._header},{authzid},"
        self._first = f"n={_escape(_prepare_username(self.credentials.username))},r={self._nonce}"
        return (self._header + self._first).encode("utf-8")

    def respond(self, challenge: bytes) -> bytes | Pending[bytes]:
        if challenge[:2] == b"v=" and self._signature:
            # The signature may come as a challenge too, which is answered with nothing (RFC 4422 §5).
            self._verify(challenge)
            return b""
        if self._signature:
            raise SASLFailed(f"{self.name}: the server sent a second challenge")
        if challenge[:2] == b"m=" or b",m=" in challenge:
            raise SASLFailed(f"{self.name}: the server demands an extension")
        values = _attributes(challenge, "rsi")
        salt = _decode(values[1]) if values is not None else None
        if values is None or not salt or not _NUMBER.match(values[2]):
            raise SASLFailed(f"{self.name}: the server's challenge is malformed")
        nonce, iterations = values[0], int(values[2])
        if not nonce.startswith(self._nonce) or len(nonce) == len(self._nonce) or not _NONCE.match(nonce):
            raise SASLFailed(f"{self.name}: the server's nonce does not extend ours")
        server_first = challenge.decode("utf-8")
        self._check_rounds(iterations)
        self._check_offer(server_first)
        return self._prove(server_first, nonce, salt, iterations)

    def _check_rounds(self, iterations: int) -> None:
        policy = self.attempt.policy
        if iterations < policy.min_iterations:
            said = f"the server asks for {iterations} rounds, and {policy.min_iterations} are the fewest"
            raise SASLFailed(str(Refusal(self.name, Rule.MIN_ITERATIONS, said)))
        if iterations > policy.max_iterations:
            said = f"the server asks for {iterations} rounds, and {policy.max_iterations} are the most"
            raise SASLFailed(str(Refusal(self.name, Rule.MAX_ITERATIONS, said)))

    def _check_offer(self, server_first: str) -> None:
        """Whether the server has offered what we have received, if it says so (XEP-0474 §6.2). What it says is part of
        what is proved: who changes it makes the login fail."""
        said = next((part[2:] for part in server_first.split(",")[3:] if part[:2] == "h="), None)
        if said is None and self.attempt.doubtful:
            why = "the server announces no kind of channel binding that we have, and does not prove that it is so"
            raise SASLFailed(str(Refusal(self.name, Rule.ANNOUNCED_BINDINGS, why)))
        if said is None or not self.attempt.offered:
            return
        ours = offer_hash(self._hash, self.attempt.offered, self.attempt.announced)
        if _decode(said) != ours:
            why = "somebody has changed the mechanisms, or the kinds of channel binding, that the server offers"
            raise SASLFailed(str(Refusal(self.name, Rule.OFFER_HASH, why)))

    def _prove(self, server_first: str, nonce: str, salt: bytes, iterations: int) -> bytes | Pending[bytes]:
        password = saslprep(self.credentials.password or "")
        long = _derivation(self._hash, password, salt, iterations)
        return derive(long, lambda salted: self._sign(server_first, nonce, salted))

    def _sign(self, server_first: str, nonce: str, salted: bytes) -> bytes:
        client_key, stored_key, server_key = _keys_of(self._hash, salted)
        without_proof = f"c={_encode(self._header.encode('utf-8') + self._binding)},r={nonce}"
        message = ",".join((self._first, server_first, without_proof)).encode("utf-8")
        proof = _xor(client_key, _hmac(self._hash, stored_key, message))
        self._signature = _hmac(self._hash, server_key, message)
        return f"{without_proof},p={_encode(proof)}".encode()

    def success(self, data: bytes | None) -> None:
        if data:
            self._verify(data)
        if not self._verified:
            raise SASLMutualAuthFailed(f"{self.name}: the server did not show that it knows the password")

    def _verify(self, data: bytes) -> None:
        if not self._signature or self._verified:
            raise SASLMutualAuthFailed(f"{self.name}: the server ended the exchange too early or twice")
        values = _attributes(data, "v")
        signature = _decode(values[0]) if values is not None else None
        if signature is None or not hmac.compare_digest(signature, self._signature):
            raise SASLMutualAuthFailed(f"{self.name}: the server does not know the password")
        self._verified = True


class _State(enum.Enum):
    """What a server half waits for."""

    START = enum.auto()  # the first message, or its absence
    FIRST = enum.auto()  # the first message, which was asked for with an empty challenge
    ACCOUNT = enum.auto()  # the host's answer to `NeedAccount`
    FINAL = enum.auto()  # the proof
    OVER = enum.auto()


class ScramServer(ServerMechanism):
    """The server's half.

    What a client that may not log in sees does not tell it whether there is such an account: the challenges are
    of one form and stay the same, and each refused proof costs one derivation of a key.
    """

    def __init__(self, name: str, attempt: Attempt) -> None:
        super().__init__(name, attempt)
        self._plain_name = name.removesuffix("-PLUS")
        self._hash = HASHES[self._plain_name]
        self._state = _State.START
        self._header = self._first = self._server_first = ""
        self._username = self._authzid = self._nonce = ""
        self._binding = b""
        self._salt = b""
        self._iterations = DEFAULT_ITERATIONS
        self._record: ScramRecord | None = None
        self._password: str | None = None  # the account's, when there is no record

    def receive(self, data: bytes | None) -> ServerStep | PendingStep:
        if self._state is _State.START and data is None:
            self._state = _State.FIRST
            return Challenge(b"")
        if self._state in (_State.START, _State.FIRST):
            return self._client_first(data or b"")
        if self._state is _State.FINAL:
            self._state = _State.OVER
            return self._client_final(data or b"")
        return self._malformed()

    def _client_first(self, data: bytes) -> ServerStep:
        try:
            flag, authzid, rest = data[: _MESSAGE_LIMIT + 1].decode("utf-8").split(",", 2)
        except ValueError:
            return self._malformed()
        refused = self._check_flag(flag)
        if refused is not None:
            self._state = _State.OVER
            return refused
        values = _attributes(rest.encode("utf-8"), "nr")
        name = _unescape(values[0]) if values is not None else None
        identity = _unescape(authzid[2:]) if authzid[:2] == "a=" or not authzid else None
        if values is None or name is None or identity is None or not _NONCE.match(values[1]):
            return self._malformed()
        try:
            self._username = _prepare_username(name)
        except SASLFailed:
            return self._malformed()
        self._authzid = identity
        self._header = f"{flag},{authzid},"
        self._first = rest
        self._nonce = values[1] + self.attempt.nonce()
        self._state = _State.ACCOUNT
        return NeedAccount(self._username)

    def _check_flag(self, flag: str) -> Failure | None:
        """What the client says of channel binding against what is so (RFC 5802 §6)."""
        plus = self.name.endswith("-PLUS")
        if flag[:2] == "p=":
            kind = flag[2:]
            data = self.attempt.binding(kind) if plus and self.attempt.binding and kind in KINDS else None
            if not data:
                return Failure("malformed-request", "this channel binding is not supported")
            self._binding = data
            return None
        if plus or flag not in ("n", "y"):
            return self.MALFORMED
        if flag == "y" and self.attempt.peer_binds:
            # The client saw no -PLUS where we offered one: somebody between us took it away.
            return Failure("not-authorized", "the offer of channel binding was tampered with")
        return None

    def _malformed(self) -> Failure:
        self._state = _State.OVER
        return self.MALFORMED

    def account(self, record: AccountRecord | None) -> ServerStep:
        if self._state is not _State.ACCOUNT:
            return self._malformed()
        self._state = _State.FINAL
        if record is not None:
            self._record = record.scram.get(self._plain_name)
            self._password = record.password
        if self._record is not None:
            self._salt, self._iterations = self._record.salt, self._record.iterations
        else:
            self._salt = unknown_record(self._plain_name, self._username).salt
        self._server_first = f"r={self._nonce},s={_encode(self._salt)},i={self._iterations}"
        if self.attempt.offered:
            offer = offer_hash(self._hash, self.attempt.offered, self.attempt.announced)
            self._server_first += f",h={_encode(offer)}"  # XEP-0474
        return Challenge(self._server_first.encode("utf-8"))

    def _client_final(self, data: bytes) -> ServerStep | PendingStep:
        values = _attributes(data, "cr")
        without_proof, _, proof_text = data.decode("utf-8", "replace").rpartition(",p=")
        proof = _decode(proof_text)
        if values is None or proof is None or len(proof) != hashlib.new(self._hash).digest_size:
            return self.MALFORMED
        bound = _decode(values[0])
        if bound is None or not hmac.compare_digest(bound, self._header.encode("utf-8") + self._binding):
            return Failure("malformed-request", "the channel binding does not match")
        if not hmac.compare_digest(values[1].encode("utf-8"), self._nonce.encode("utf-8")):
            return self.MALFORMED
        record = self._record
        message = ",".join((self._first, self._server_first, without_proof)).encode("utf-8")
        if record is None:
            return derive(self._long(), lambda salted: self._judge(proof, message, *_keys_of(self._hash, salted)[1:]))
        step = self._judge(proof, message, record.stored_key, record.server_key)
        return step if isinstance(step, Success) else derive(self._long(), lambda _: step)

    def _judge(self, proof: bytes, message: bytes, stored_key: bytes, server_key: bytes) -> ServerStep:
        client_key = _xor(proof, _hmac(self._hash, stored_key, message))
        if not hmac.compare_digest(hashlib.new(self._hash, client_key).digest(), stored_key):
            return self.REFUSED
        signature = _hmac(self._hash, server_key, message)
        return Success(self._username, self._authzid, f"v={_encode(signature)}".encode())

    def _long(self) -> Derivation:
        """What gives the keys of the account's password, or of one that nobody knows."""
        unknown = secrets.token_hex(16)
        try:
            password = unknown if self._password is None else saslprep(self._password)
        except SASLFailed:
            password = unknown
        return _derivation(self._hash, password, self._salt, self._iterations)
