# SPDX-License-Identifier: MIT
"""What the fixtures of all real servers offer to tests."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from .authority import ServerCertificate, make_server_certificate
from .process import START_TIMEOUT, ServerDidNotStart, ServerProcess, free_ports, wait_until

__all__ = ["Server"]

#: Accounts that each server has from the start. Tests that change rosters make accounts of their own.
USERS = {"alice": "alice's password", "bob": "pass,word=ü", "bot": "secret", "admin": "admin's password"}
#: The largest file that a server takes, in bytes; small, so that a test may send one that is larger.
UPLOAD_LIMIT = 4 * 1024 * 1024
#: How often new ports are tried if another program took one between choosing and starting.
ATTEMPTS = 3
#: As much of a log's end as an error shows, in bytes.
LOG_TAIL = 3000


class Server(ABC):
    """A server with accounts on `domain`, a host for anonymous logins and a component's port, on 127.0.0.1.

    It has rooms with archives at `muc_domain`, publish-subscribe at `pubsub_domain` and for each account, upload of
    files at `upload_domain`, an archive for each account, and whatever else both Prosody and ejabberd offer. The
    account `admin` may run its administrative commands.

    All methods block. Data and ports stay the same over `stop`, `start`, `restart` and `kill`.

    :param directory: an empty directory for configuration, data and logs.
    :param authority_directory: where the authority of the test session is, or is to be made.
    """

    #: What people call the program.
    name: str

    domain = "localhost"
    host = "127.0.0.1"
    #: Logs in with ANONYMOUS only.
    anonymous_domain = "anonymous.localhost"
    component_domain = "echo.localhost"
    component_secret = "component's secret"
    #: Accounts may be made there by whoever connects, and removed (XEP-0077); on `domain` they may not.
    register_domain = "register.localhost"
    #: Rooms, with archives (XEP-0045, XEP-0313).
    muc_domain = "muc.localhost"
    #: Nodes, which `alice` may create on both servers; each account has PEP too (XEP-0060, XEP-0163).
    pubsub_domain = "pubsub.localhost"
    #: Slots for files of at most `upload_limit` bytes, at https://localhost:`http_port` (XEP-0363).
    upload_domain = "upload.localhost"
    upload_limit = UPLOAD_LIMIT
    #: The name of the account that may run the commands of administrators (XEP-0050, XEP-0133).
    admin = "admin"

    #: Many connections that break, and long runs (`chaos.py`): little is logged, and nothing is written but when the
    #: connection takes it. Set before it starts.
    for_chaos = False
    #: Whether archives hold tens of thousands of messages, and need not outlive the server.
    for_many_messages = False
    #: Whether accounts have archives, which not all long runs look into. Those of ejabberd cost it up to 10 ms for each
    #: message when they have 10,000, those of Prosody three quarters of its time.
    archives = True
    #: Whether it is to say why it stops.
    for_stopping = False
    #: Seconds for which a session without a connection is kept (XEP-0198); None: as the server likes.
    resume_seconds: int | None = None

    _stops_at_end_of_input = False

    port: int
    direct_tls_port: int
    component_port: int
    #: For the fixture's own use, HTTP.
    admin_port: int
    #: HTTPS with the server's certificate: files that were uploaded, WebSocket and BOSH.
    http_port: int
    #: Where WebSocket (RFC 7395) and BOSH (XEP-0206) are on that port.
    websocket_path = "/xmpp-websocket"
    bosh_path = "/http-bind"

    def __init__(self, directory: Path, authority_directory: Path) -> None:
        self.directory = directory
        self.log_file = directory / "server.log"
        self.certificate: ServerCertificate = make_server_certificate(
            authority_directory,
            directory,
            self.domain,
            self.anonymous_domain,
            self.component_domain,
            self.register_domain,
            self.muc_domain,
            self.pubsub_domain,
            self.upload_domain,
        )
        self.ca_file = self.certificate.ca_file
        #: Password of each account by its name (the part before the ``@``).
        self.users: dict[str, str] = {}
        self._process: ServerProcess | None = None
        self._choose_ports()

    @staticmethod
    @abstractmethod
    def missing() -> str | None:
        """Why this server cannot run on this machine; None if it can."""

    @cached_property
    @abstractmethod
    def version(self) -> str:
        """The version that the program itself states, such as ``0.12.3``."""

    @abstractmethod
    def close_all(self) -> None:
        """The running server closes the stream of each client, and stays."""

    @abstractmethod
    def _write_configuration(self) -> None: ...

    @abstractmethod
    def _command(self) -> Sequence[str]: ...

    def _ready(self) -> bool:
        """Whether it has done all of its starting, when its ports accept already."""
        return True

    @abstractmethod
    def _register(self, name: str, password: str) -> None: ...

    def _environment(self) -> Mapping[str, str]:
        """Nothing of ours but the path: what the server does must not depend on who tests."""
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.directory), "LANG": "C.UTF-8"}

    @property
    def websocket_url(self) -> str:
        """Where it takes WebSockets."""
        return f"wss://{self.domain}:{self.http_port}{self.websocket_path}"

    @property
    def bosh_url(self) -> str:
        """Where it takes BOSH."""
        return f"https://{self.domain}:{self.http_port}{self.bosh_path}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def ports(self) -> tuple[int, ...]:
        return (self.port, self.direct_tls_port, self.component_port, self.admin_port, self.http_port)

    def _choose_ports(self) -> None:
        ports = free_ports(5)
        self.port, self.direct_tls_port, self.component_port, self.admin_port, self.http_port = ports

    def create(self) -> None:
        """Start for the first time, and make the accounts of `USERS`.

        :raises ServerDidNotStart: with the end of its log.
        """
        for attempt in range(ATTEMPTS):
            try:
                self.start()
                break
            except ServerDidNotStart:
                if attempt == ATTEMPTS - 1 or "in use" not in self.log():
                    raise
                self._choose_ports()
        for name, password in USERS.items():
            self.add_user(name, password)

    def start(self) -> None:
        """Start, and return when all ports accept; nothing if it runs.

        :raises ServerDidNotStart: with the end of its log.
        """
        if self.running:
            return
        self.stop()
        self._write_configuration()
        process = ServerProcess(
            self._command(),
            self._environment(),
            self.directory,
            self.log_file,
            stops_at_end_of_input=self._stops_at_end_of_input,
        )
        if not (process.wait_for_ports(self.ports) and wait_until(self._ready, START_TIMEOUT)):
            process.kill()
            raise ServerDidNotStart(f"{self.name} in {self.directory} did not start:\n{self.log()[-LOG_TAIL:]}")
        self._process = process

    def stop(self) -> None:
        """End it in an orderly way: clients are told by a stream error, and disconnected."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """End it as a crash would: connections end, and no stream is closed."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        """`stop`, then `start` with the same ports, accounts and data."""
        self.stop()
        self.start()

    def add_user(self, name: str, password: str) -> None:
        """A new account `name`\\ ``@``\\ `domain`, at once; the server must be running.

        :raises ValueError: there is an account of that name.
        """
        if name in self.users:
            # Prosody would change its password, ejabberd would not.
            raise ValueError(f"{self.name} has an account {name!r} already")
        self._register(name, password)
        self.users[name] = password

    def log(self) -> str:
        """All that the server logged and printed so far."""
        try:
            return self.log_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
