# SPDX-License-Identifier: MIT
"""The workloads: their cases, and what is required of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness import Case
from report import Column, Figures, Row, divide

__all__ = ["WORKLOADS", "Workload"]

PLUGINS = {"none": "no plugins", "24": "24 plugins", "all": "all plugins"}
NEWER = ("3.12", "3.13")

_TIME = Column("time", "us each", "{:,.2f}")


@dataclass(frozen=True)
class Workload:
    """Something that is measured.

    :ivar about: what, in a sentence or two; stands above the tables.
    :ivar rows: the requirements.
    :ivar columns: of the table of the cases.
    """

    name: str
    title: str
    about: str
    cases: tuple[Case, ...]
    rows: Callable[[Figures], list[Row]]
    columns: tuple[Column, ...] = (_TIME,)


def _case(
    library: str, workload: str, setting: str, *, plugins: str = "none", variant: str = "", count: int = 0,
    quick_count: int = 0, fresh: bool = False, few: int = 0,
) -> Case:  # fmt: skip
    arguments = [workload, "--plugins", plugins, *(("--variant", variant) if variant else ())]
    return Case(library, setting, f"with_{library}.py", tuple(arguments), count, quick_count, fresh, few)


# --- echo ---------------------------------------------------------------------------------------------------


def _echo_cases(workload: str) -> Iterable[Case]:
    for plugins, setting in PLUGINS.items():
        for library in ("xmppkit", "slixmpp"):
            yield _case(library, workload, setting, plugins=plugins)


def _echo_rows(figures: Figures) -> list[Row]:
    targets = {"none": (5, "7.9"), "24": (12, "20"), "all": (20, "38")}
    rows = [
        Row(
            f"slixmpp : xmppkit, {PLUGINS[plugins]}",
            figures.ratio("slixmpp", PLUGINS[plugins]),
            target,
            prototype=prototype,
            note=figures.plugins(PLUGINS[plugins]) if plugins != "none" else "",
        )
        for plugins, (target, prototype) in targets.items()
    ]
    own = figures.get("xmppkit", "all plugins")
    bare = divide(own, figures.get("expat", "the same bytes"))
    growth = 100 * (divide(own, figures.get("xmppkit", "no plugins")) - 1)
    return [
        *rows,
        Row("aioxmpp : xmppkit, all plugins", figures.ratio("aioxmpp", "all plugins"), 18, prototype="35"),
        Row("xmppkit, all plugins : bare expat", bare, 11, at_least=False, prototype="6.8"),
        Row("growth from no plugins to all", growth, 15, at_least=False, unit="%", prototype="8"),
    ]


ECHO = Workload(
    "echo",
    "Echo in memory",
    "Microseconds for one chat message with two payloads: parsed, given to the program's handler, answered by it, the "
    "answer serialized. Twenty messages come in one read. Bare expat parses the same bytes and does nothing with them.",
    (
        Case("expat", "the same bytes", "bare_expat.py", ("echo",)),
        *_echo_cases("echo"),
        _case("aioxmpp", "echo", "no plugins"),
        _case("aioxmpp", "echo", "all plugins", plugins="all"),
    ),
    _echo_rows,
)

# --- IQ -----------------------------------------------------------------------------------------------------


def _iq_rows(figures: Figures) -> list[Row]:
    one, many = (
        figures.get("xmppkit", "1 in flight, all plugins"),
        figures.get("xmppkit", "1,000 in flight, all plugins"),
    )
    none = divide(
        figures.get("xmppkit", "1,000 in flight, no plugins"), figures.get("xmppkit", "1 in flight, no plugins")
    )
    return [
        Row("slixmpp : xmppkit, 1 in flight, no plugins", figures.ratio("slixmpp", "1 in flight, no plugins"), 4.5,
            prototype="8.5"),
        Row("slixmpp : xmppkit, 1 in flight, all plugins", figures.ratio("slixmpp", "1 in flight, all plugins"), 20,
            prototype="41", note=figures.plugins("1 in flight, all plugins")),
        Row("xmppkit, 1,000 in flight : 1 in flight", max(none, divide(many, one)), 1.2, at_least=False,
            prototype="0.94", note="the worse of no plugins and all"),
    ]  # fmt: skip


IQ = Workload(
    "iq",
    "IQ round trip",
    "Microseconds for one IQ: built, sent, its answer parsed, its future awaited. The server's own work is not "
    "counted. With 1,000 in flight the answers come twenty in a read.",
    tuple(
        _case(library, "iq", f"{shown} in flight, {PLUGINS[plugins]}", plugins=plugins, variant=window)
        for window, shown in (("1", "1"), ("1000", "1,000"))
        for plugins in ("none", "all")
        for library in ("xmppkit", "slixmpp", "aioxmpp")
    ),
    _iq_rows,
)

# --- building -----------------------------------------------------------------------------------------------

_TEXTS = {"plain": "100 KB, nothing to escape", "prose": "100 KB of prose"}


def _build_rows(figures: Figures) -> list[Row]:
    return [
        Row("slixmpp : xmppkit, body and 2 payloads", figures.ratio("slixmpp", "body and 2 payloads"), 4,
            prototype="7.3", note="the payloads are small classes that the benchmark defines for both"),
        *(
            Row(f"slixmpp : xmppkit, {setting}", figures.ratio("slixmpp", setting), 8, prototype="10-22")
            for setting in _TEXTS.values()
        ),
    ]  # fmt: skip


BUILD = Workload(
    "build",
    "Building and serializing",
    "Microseconds for one message, made by the client and turned into text. The payloads are a chat state and an "
    "origin id; those of aioxmpp are its own.",
    tuple(
        _case(library, "build", setting, variant=variant)
        for variant, setting in {"payloads": "body and 2 payloads", **_TEXTS}.items()
        for library in ("xmppkit", "slixmpp", "aioxmpp")
    ),
    _build_rows,
)

# --- roster -------------------------------------------------------------------------------------------------


def _roster_rows(figures: Figures) -> list[Row]:
    setting = "24 plugins"
    share = 100 * divide(figures.get("xmppkit", setting, "peak"), figures.get("slixmpp", setting, "peak"))
    stall = figures.get("xmppkit", setting, "stall")
    return [
        Row("slixmpp : xmppkit, time", figures.ratio("slixmpp", setting), 3.5, prototype="4.2",
            note=figures.plugins(setting)),
        Row("xmppkit's share of slixmpp's peak memory", share, 45, at_least=False, unit="%", prototype="33"),
        Row("longest stall of the loop", stall, 0.6, at_least=False, unit="s", prototype="0.4-0.6"),
    ]  # fmt: skip


ROSTER = Workload(
    "roster",
    "A roster of 100,000 contacts",
    "One answer of 13 MB comes in reads of 64 KiB and goes into `client_roster`; then the program looks at name, "
    "groups and subscription of every contact. The stall is the longest time that the event loop did not turn until "
    "the roster was there; peak memory is beyond what the process had before. xmppkit's limits are raised for it, "
    "not removed.",
    tuple(
        _case(library, "roster", "24 plugins", plugins="24", count=100_000, quick_count=10_000, fresh=True, few=3)
        for library in ("xmppkit", "slixmpp")
    ),
    _roster_rows,
    (
        Column("seconds", "s", "{:.2f}"),
        Column("time", "us/contact"),
        Column("stall", "longest stall, s", "{:.2f}"),
        Column("peak", "peak, MiB"),
    ),
)

# --- archive ------------------------------------------------------------------------------------------------


def _archive_rows(figures: Figures) -> list[Row]:
    setting = "24 plugins"
    share = 100 * divide(figures.get("xmppkit", setting, "peak"), figures.get("slixmpp", setting, "peak"))
    return [
        Row("slixmpp : xmppkit, time", figures.ratio("slixmpp", setting), 5, prototype="7.8",
            note=figures.plugins(setting)),
        Row("xmppkit's share of slixmpp's peak memory", share, 75, at_least=False, unit="%"),
    ]  # fmt: skip


ARCHIVE = Workload(
    "archive",
    "A page of 10,000 archived messages",
    "The program asks for a page with `retrieve`; the messages come in reads of 64 KiB, each in a container; "
    "then the program looks at id, date and body of every one. Peak memory is beyond what the process had before.",
    tuple(
        _case(library, "archive", "24 plugins", plugins="24", count=10_000, quick_count=2_000, fresh=True, few=5)
        for library in ("xmppkit", "slixmpp")
    ),
    _archive_rows,
    (Column("seconds", "s", "{:.2f}"), Column("time", "us/message"), Column("peak", "peak, MiB")),
)

# --- rooms ----------------------------------------------------------------------------------------------------


def _room_rows(figures: Figures) -> list[Row]:
    setting = "join_muc_wait, 24 plugins"
    share = 100 * divide(figures.get("xmppkit", setting, "peak"), figures.get("slixmpp", setting, "peak"))
    objects = divide(figures.get("slixmpp", setting), figures.get("xmppkit", "join, 24 plugins"))
    return [
        Row("slixmpp : xmppkit, join_muc_wait", figures.ratio("slixmpp", setting), 8, prototype="23",
            note=figures.plugins(setting)),
        Row("slixmpp's join_muc_wait : xmppkit's join", objects, 8),
        Row("xmppkit's share of slixmpp's peak memory", share, 75, at_least=False, unit="%"),
    ]  # fmt: skip


ROOM = Workload(
    "room",
    "Joining a room with 10,000 occupants",
    "A room is joined with `join_muc_wait`; the presences, all with the same capabilities, come in reads of 64 KiB, "
    "then our own, some history and the subject; then the program looks at affiliation, role and address of every "
    "occupant. `join` is xmppkit's own, which gives a room with its occupants as objects. Peak memory is beyond what "
    "the process had before.",
    (
        *(
            _case(library, "room", "join_muc_wait, 24 plugins", plugins="24", count=10_000, quick_count=2_000,
                  fresh=True, few=5)
            for library in ("xmppkit", "slixmpp")
        ),
        _case("xmppkit", "room", "join, 24 plugins", plugins="24", variant="object", count=10_000, quick_count=2_000,
              fresh=True, few=5),
    ),
    _room_rows,
    (Column("seconds", "s", "{:.2f}"), Column("time", "us/occupant"), Column("peak", "peak, MiB")),
)  # fmt: skip

# --- publish-subscribe and service discovery ----------------------------------------------------------------------

_SIZES = {"1000": "1,000 items", "150": "150 features"}


def _answer_rows(size: str) -> Callable[[Figures], list[Row]]:
    setting = _SIZES[size]

    def rows(figures: Figures) -> list[Row]:
        ratio = figures.ratio("slixmpp", setting)
        return [Row(f"slixmpp : xmppkit, {setting}", ratio, 4, prototype="7", note=figures.plugins(setting))]

    return rows


PUBSUB = Workload(
    "pubsub",
    "The items of a publish-subscribe node",
    "Microseconds for one of 1,000 items: asked for with `get_items`, parsed from reads of 64 KiB, and the program "
    "looks at its id and at a text in its payload.",
    tuple(_case(library, "pubsub", _SIZES["1000"], plugins="24", variant="1000") for library in ("xmppkit", "slixmpp")),
    _answer_rows("1000"),
)

DISCO = Workload(
    "disco",
    "What a service can do",
    "Microseconds for one of 150 features: asked for with `get_info`, parsed, kept by the plugin, and the program "
    "looks at the set of all.",
    tuple(_case(library, "disco", _SIZES["150"], plugins="24", variant="150") for library in ("xmppkit", "slixmpp")),
    _answer_rows("150"),
)

# --- addresses ----------------------------------------------------------------------------------------------


def _jid_rows(figures: Figures) -> list[Row]:
    return [
        Row("slixmpp (Rust) : xmppkit, hot", figures.ratio("slixmpp", "hot"), 0.8, prototype="0.9-1.1"),
        Row("slixmpp (Rust) : xmppkit, cold ASCII", figures.ratio("slixmpp", "cold"), 0.18, prototype="0.22"),
        Row("slixmpp (Python) : xmppkit, cold ASCII", figures.ratio("slixmpp", "fallback, cold", own="cold"), 30,
            prototype="55"),
        Row("xmppkit, cold non-ASCII", figures.get("xmppkit", "cold, non-ASCII"), 60, at_least=False, unit="us",
            prototype="28"),
    ]  # fmt: skip


JID = Workload(
    "jid",
    "Addresses",
    "Microseconds for `JID('user@host/resource')`. Hot: one of a hundred, again and again; cold: one that was never "
    "seen before, every part different. The fallback is slixmpp's Python where its compiled module is not installed.",
    (
        *(
            _case(library, "jid", setting, variant=variant)
            for variant, setting in (("hot", "hot"), ("cold", "cold"), ("cold-other", "cold, non-ASCII"))
            for library in ("xmppkit", "slixmpp", "aioxmpp")
        ),
        _case("slixmpp", "jid", "fallback, hot", variant="fallback hot"),
        _case("slixmpp", "jid", "fallback, cold", variant="fallback cold"),
    ),
    _jid_rows,
    (Column("time", "us each", "{:,.3f}"),),
)

# --- imports ------------------------------------------------------------------------------------------------


def _import_rows(figures: Figures) -> list[Row]:
    client = "client with 24 plugins"
    return [
        Row("`import xmppkit` : `import slixmpp`", divide(1, figures.ratio("slixmpp", "import", "ms")), 0.65,
            at_least=False, prototype="0.43-0.52", note="the package loads its parts when they are first used"),
        Row("the same, then a client with 24 plugins", divide(1, figures.ratio("slixmpp", client, "ms")), 0.45,
            at_least=False, note=figures.plugins(client)),
    ]  # fmt: skip


IMPORTS = Workload(
    "imports",
    "Imports",
    "Milliseconds in a fresh process, with compiled files on disk. “What a bot needs” is `from xmppkit import "
    "ClientXMPP` and the stanzas, which is what `import slixmpp` loads at once.",
    tuple(
        Case(library, setting, "imports.py", (library, stage), 1, fresh=True)
        for library, stage, setting in (
            ("xmppkit", "import", "import"),
            ("slixmpp", "import", "import"),
            ("aioxmpp", "import", "import"),
            ("stdlib", "import", "asyncio, ssl, logging, ElementTree"),
            ("xmppkit", "names", "import of what a bot needs"),
            ("xmppkit", "client", "client with 24 plugins"),
            ("slixmpp", "client", "client with 24 plugins"),
        )
    ),
    _import_rows,
    (Column("ms", "ms"),),
)

# --- idle clients -------------------------------------------------------------------------------------------


def _idle_rows(figures: Figures) -> list[Row]:
    setting = "24 plugins"
    created = figures.get("xmppkit", setting) / 1000
    note = figures.plugins(setting)
    return [
        Row(
            "memory", figures.get("xmppkit", setting, "kib"), 30, at_least=False, unit="KiB", prototype="18", note=note
        ),
        Row("time to create", created, 0.4, at_least=False, unit="ms", note=note),
    ]


IDLE = Workload(
    "idle",
    "An idle client",
    "What one more connected client takes, without TLS and without a socket: resident memory after a garbage "
    "collection, and the time to make it. slixmpp as shipped makes a TLS context for each client; with a shared one it "
    "is given the same for all.",
    (
        _case("xmppkit", "idle", "24 plugins", plugins="24", count=800, quick_count=200, fresh=True, few=3),
        _case("xmppkit", "idle", "no plugins", count=800, quick_count=200, fresh=True, few=3),
        _case("slixmpp", "idle", "24 plugins, shared TLS context", plugins="24", variant="shared", count=500,
              quick_count=100, fresh=True, few=3),
        _case("slixmpp", "idle", "24 plugins, as shipped", plugins="24", count=50, quick_count=10, fresh=True, few=3),
        _case("aioxmpp", "idle", "16 services", plugins="24", count=300, quick_count=100, fresh=True, few=3),
    ),
    _idle_rows,
    (Column("kib", "KiB"), Column("time", "us to create")),
)  # fmt: skip

# --- TCP ----------------------------------------------------------------------------------------------------


def _tcp_rows(figures: Figures) -> list[Row]:
    rows = [
        Row(f"slixmpp : xmppkit, {setting}", figures.ratio("slixmpp", setting), target,
            note=figures.plugins(setting) if setting != "no plugins" else "")
        for setting, target in (("no plugins", 4), ("24 plugins", 10), ("all plugins", 18))
    ]  # fmt: skip
    writes = max(figures.get("xmppkit", setting, "writes_per_read") for setting in PLUGINS.values())
    return [*rows, Row("writes per read", writes, 1, at_least=False, unit="", note="the most of the three")]


TCP = Workload(
    "tcp",
    "Echo over loopback TCP",
    "Microseconds for one message when 64 are always under way; the other end is a process of its own. The noisiest of "
    "all: two processes share the processor with whatever else runs.",
    tuple(_echo_cases("tcp")),
    _tcp_rows,
    (_TIME, Column("writes_per_read", "writes per read", "{:.2f}")),
)

# --- rules --------------------------------------------------------------------------------------------------


def _rule_rows(figures: Figures) -> list[Row]:
    def worst(name: str) -> float:
        found = [figures.get(f"python {version}" if version else "xmppkit", "rules", name) for version in ("", *NEWER)]
        return max((each for each in found if not math.isnan(each)), default=math.nan)

    token = figures.get("python 3.13", "4 MiB attribute", "seconds")
    return [
        Row("hostile streams that were let through", worst("let_through"), 0, at_least=False, unit="",
            note="DTD, comment, instruction, entity, text between stanzas, size, depth, attributes, children"),
        Row("sizes of reads, 1 to 64 bytes, that make a difference", worst("differing"), 0, at_least=False, unit=""),
        Row("stanzas held back when cut anywhere", worst("held_back"), 0, at_least=False, unit=""),
        Row("token of 4 MiB in reads of 4 KiB, Python 3.13", token, 0.1, at_least=False, unit="s", prototype="0.014"),
    ]  # fmt: skip


RULES = Workload(
    "rules",
    "What always holds",
    "xmppkit's parser with its limits on, under each Python that is there; since expat 2.6 a parser may hold finished "
    "tokens back. For the long token the limits are raised to its size.",
    tuple(
        Case(library, setting, "parser_rules.py", arguments, count, fresh=False, few=3)
        for library in ("xmppkit", *(f"python {version}" for version in NEWER))
        for setting, arguments, count in (
            ("rules", ("rules",), 1),
            ("4 MiB attribute", ("token", "--variant", "attribute"), 1),
            ("4 MiB text", ("token", "--variant", "text"), 1),
        )
    ),
    _rule_rows,
    (
        Column("seconds", "s", "{:.3f}"),
        Column("differing", "differing", "{:.0f}"),
        Column("held_back", "held back", "{:.0f}"),
        Column("let_through", "let through", "{:.0f}"),
    ),
)

WORKLOADS = {
    each.name: each for each in (ECHO, IQ, BUILD, ROSTER, ARCHIVE, ROOM, PUBSUB, DISCO, JID, IMPORTS, IDLE, TCP, RULES)
}
