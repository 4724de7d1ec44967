# SPDX-License-Identifier: MIT
"""What must always hold of xmppkit's parser, on whichever Python this runs. Nothing but the parser is needed.

``rules`` counts how often a rule was broken, ``token`` takes the time of one very long token in small reads.
"""

from __future__ import annotations

import time
from xml.etree import ElementTree as ET

import common
from common import Figures, Measure, Options
from data import HEADER, one_read

from xmppkit.xml.limits import Limits
from xmppkit.xml.parser import Malformed, StreamParser

TOKEN = 4 * 2**20
READ = 4 * 1024
#: Limits are on; these let the token through, and nothing beside it.
ROOMY = Limits(stanza_bytes=TOKEN + 4096, attribute_length=TOKEN, text_length=TOKEN)

#: What must be refused with the limits as they are.
HOSTILE = {
    "DTD": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>" + HEADER,
    "comment": HEADER + b"<message><!-- x --></message>",
    "processing instruction": HEADER + b"<message><?x y?></message>",
    "undefined entity": HEADER + b"<message><body>&a;</body></message>",
    "text between stanzas": HEADER + b"<message/>text<message/>",
    "size": HEADER + b"<message><body>" + b"x" * (Limits().stanza_bytes + 1) + b"</body></message>",
    "depth": HEADER + b"<message>" + b"<a>" * Limits().depth + b"</a>" * Limits().depth + b"</message>",
    "attributes": HEADER
    + b"<message %s/>" % b" ".join(b"a%d=''" % number for number in range(Limits().attributes + 1)),
    "children": HEADER + b"<message>" + b"<a/>" * (Limits().children + 1) + b"</message>",
}


def shape(items: list[object]) -> list[object]:
    """Items in a form that can be compared."""
    return [ET.tostring(each) if isinstance(each, ET.Element) else each for each in items]


def read_in(data: bytes, size: int) -> list[object]:
    """What a new parser finds when the bytes come so many at a time."""
    parser = StreamParser()
    return [item for start in range(0, len(data), size) for item in parser.feed(data[start : start + size])]


async def rules(_: Options) -> Measure:
    stanzas = one_read()
    stream = HEADER + stanzas + b"</stream:stream>"
    whole = shape(read_in(stream, len(stream)))

    async def run(_: int) -> Figures:
        differing = sum(shape(read_in(stream, size)) != whole for size in range(1, 65))
        parser = StreamParser()
        parser.feed(HEADER)
        one = stanzas[: stanzas.index(b"</message>") + len(b"</message>")]
        held = 0
        for cut in range(1, len(one)):
            parser.feed(one[:cut])
            held += len(parser.feed(one[cut:])) != 1
        let_through = sum(
            not any(isinstance(item, Malformed) for item in read_in(data, size))
            for data in HOSTILE.values()
            for size in (len(data), READ)
        )
        return {"differing": float(differing), "held_back": float(held), "let_through": float(let_through)}

    return Measure(run, warm=0)


async def token(options: Options) -> Measure:
    value = b"x" * TOKEN
    data = b"<message a='%s'/>" % value if options.variant == "attribute" else b"<message><b>%s</b></message>" % value
    reads = [data[start : start + READ] for start in range(0, len(data), READ)]

    async def run(count: int) -> Figures:
        took = 0.0
        for _ in range(count):
            parser = StreamParser(ROOMY)
            parser.feed(HEADER)
            begun = time.perf_counter()
            found = [item for each in reads for item in parser.feed(each)]
            took += time.perf_counter() - begun
            if len(found) != 1 or isinstance(found[0], Malformed):
                raise SystemExit(f"the token was refused: {found}"[:200])
        return {"time": 1e6 * took / count, "seconds": took / count}

    return Measure(run, warm=1)


if __name__ == "__main__":
    common.main({"rules": rules, "token": token})
