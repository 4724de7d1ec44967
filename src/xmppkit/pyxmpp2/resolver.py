# SPDX-License-Identifier: MIT
"""Looking names up, without asyncio: SRV records through dnspython, addresses through the system.

`BlockingResolver` answers before it returns, `ThreadedResolver` from threads of its own. The default of
``dns_resolver`` is the latter, so that a main loop with many streams does not stand still for one of them.
"""

from __future__ import annotations

import ipaddress
import logging
import queue
import random
import socket
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from xmppkit.protocol.tls import tls_name
from xmppkit.pyxmpp2.interfaces import Resolver
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.transports.resolver import SrvRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "HAVE_DNSPYTHON",
    "BlockingResolver",
    "DumbBlockingResolver",
    "ThreadedResolver",
    "ThreadedResolverBase",
    "is_ipv4_available",
    "is_ipv6_available",
    "reorder_srv",
    "shuffle_srv",
]

log = logging.getLogger("pyxmpp2.resolver")

#: SRV records can be looked up: dnspython is there, always.
HAVE_DNSPYTHON = True

#: Seconds after which a thread that has nothing to look up ends.
IDLE = 2.0

SrvCallback = Callable[[list[tuple[str, int]]], object]
AddressCallback = Callable[[list[tuple[int, str]]], object]


def _can_make_sockets(family: int) -> bool:
    try:
        socket.socket(family).close()
    except OSError:
        return False
    return True


def is_ipv6_available() -> bool:
    """Whether this machine has IPv6; nothing is sent."""
    return socket.has_ipv6 and _can_make_sockets(socket.AF_INET6)


def is_ipv4_available() -> bool:
    """Whether this machine has IPv4; nothing is sent."""
    return _can_make_sockets(socket.AF_INET)


def shuffle_srv(records: Iterable[Any]) -> list[Any]:
    """Records of one priority in the order to try them (RFC 2782): by chance, in proportion to their `weight`."""
    waiting = list(records)
    found: list[Any] = []
    while waiting:
        weights = [record.weight or 0.01 for record in waiting]
        found.append(waiting.pop(random.choices(range(len(waiting)), weights)[0]))  # noqa: S311  # no secret
    return found


def reorder_srv(records: Iterable[Any]) -> list[Any]:
    """Records in the order to try them: by `priority`, those of one shuffled."""
    groups: dict[int, list[Any]] = {}
    for record in records:
        groups.setdefault(record.priority, []).append(record)
    return [record for _, group in sorted(groups.items()) for record in shuffle_srv(group)]


class DumbBlockingResolver(Resolver):
    """Asks the system, which knows no SRV records.

    :param settings: ``ipv4``, ``ipv6`` and ``prefer_ipv6`` are used.
    """

    def __init__(self, settings: XMPPSettings | None = None) -> None:
        self.settings = XMPPSettings() if settings is None else settings

    def resolve_srv(self, domain: str, service: str, protocol: str, callback: SrvCallback) -> None:
        """Cannot be done.

        :raises NotImplementedError: always: use a `BlockingResolver`.
        """
        raise NotImplementedError("the system looks up no SRV records: use a BlockingResolver, or the setting server")

    def resolve_address(self, hostname: str, callback: AddressCallback, allow_cname: bool = True) -> None:
        callback(self._addresses(hostname))

    def _addresses(self, hostname: str) -> list[tuple[int, str]]:
        families = [socket.AF_INET] if self.settings["ipv4"] else []
        if self.settings["ipv6"]:
            families.insert(0 if self.settings["prefer_ipv6"] else len(families), socket.AF_INET6)
        literal = _literal(hostname)
        if literal is not None:
            return [literal] if literal[0] in families else []
        try:
            found = socket.getaddrinfo(tls_name(hostname), None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            log.warning("%s was not found: %s", hostname, error)
            return []
        known = list(dict.fromkeys((int(family), str(address[0])) for family, _, _, _, address in found))
        known = [each for each in known if each[0] in families]
        return sorted(known, key=lambda each: families.index(each[0]))  # type: ignore[arg-type]  # an int, too


def _literal(hostname: str) -> tuple[int, str] | None:
    """The address that `hostname` is, if it is one."""
    text = hostname[1:-1] if hostname.startswith("[") and hostname.endswith("]") else hostname
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (socket.AF_INET6 if address.version == 6 else socket.AF_INET), text


class BlockingResolver(DumbBlockingResolver):
    """Asks name servers for SRV records, for ``dns_timeout`` at most, and the system for addresses."""

    def resolve_srv(self, domain: str, service: str, protocol: str, callback: SrvCallback) -> None:
        records = reorder_srv(self._records(f"_{service}._{protocol}.{tls_name(domain)}."))
        callback([(record.target.rstrip(".") or ".", record.port) for record in records])

    def _records(self, name: str) -> Sequence[SrvRecord]:
        from dns.exception import DNSException
        from dns.rdatatype import SRV
        from dns.resolver import resolve

        try:
            answer = resolve(name, SRV, lifetime=self.settings["dns_timeout"], search=False)
        except (DNSException, OSError) as error:
            log.info("no SRV records for %s: %s", name, error)
            return []
        return [SrvRecord(item.priority, item.weight, item.port, item.target.to_text()) for item in answer]


class ThreadedResolverBase(Resolver):
    """Has a `Resolver` that blocks do its work in threads, from which the callbacks are called.

    :param settings: for the resolver.
    :param max_threads: how many look-ups there may be at once.
    """

    def __init__(self, settings: XMPPSettings | None = None, max_threads: int = 1) -> None:
        self.settings = XMPPSettings() if settings is None else settings
        self._max_threads = max_threads
        self._threads: list[threading.Thread] = []
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._lock = threading.Lock()

    def make_resolver(self) -> Resolver:
        """The resolver that does the work; for subclasses."""
        return BlockingResolver(self.settings)

    def resolve_srv(self, domain: str, service: str, protocol: str, callback: SrvCallback) -> None:
        self._do(lambda: self.make_resolver().resolve_srv(domain, service, protocol, callback))

    def resolve_address(self, hostname: str, callback: AddressCallback, allow_cname: bool = True) -> None:
        self._do(lambda: self.make_resolver().resolve_address(hostname, callback, allow_cname))

    def stop(self) -> None:
        """End the threads, when they have done what they were given."""
        with self._lock:
            for _ in self._threads:
                self._jobs.put(None)
            self._threads.clear()

    def _do(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._jobs.put(job)
            if len(self._threads) < self._max_threads:
                thread = threading.Thread(target=self._work, name="pyxmpp2 resolver", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            try:
                job()
            except Exception:
                log.exception("a look-up failed")

    def _next_job(self) -> Callable[[], None] | None:
        """What to do; None when there was nothing for a while, or after `stop`."""
        try:
            return self._jobs.get(timeout=IDLE)
        except queue.Empty:
            with self._lock:
                if self._jobs.empty():
                    self._threads = [each for each in self._threads if each is not threading.current_thread()]
                    return None
            return self._next_job()


class ThreadedResolver(ThreadedResolverBase):
    """A `BlockingResolver` in threads."""


XMPPSettings.add_setting(
    "dns_resolver",
    type=object,
    factory=lambda settings: ThreadedResolver(settings if isinstance(settings, XMPPSettings) else None),
    default_d="a ThreadedResolver",
    doc="What looks names up.",
)
