# SPDX-License-Identifier: MIT
"""Keep bits of binary (XEP-0231) as files: how a plugin's storage is replaced through the API registry.

    python examples/bob_on_disk.py [DIRECTORY]

Plugins keep what they remember behind *operations* of the internal API. xep_0231 has three: ``set_bob``,
``get_bob`` and ``del_bob``, and its default keeps everything in memory. `BobDirectory` below takes their place
and stores each bit of binary as a JSON file. The program starts an embedded server with two accounts; juliet
stores a bit of binary in the directory, and romeo fetches it from her over the wire.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sys
import tempfile
from pathlib import Path

from xmppkit import JID, ClientXMPP
from xmppkit.plugins.xep_0231.stanza import BitsOfBinary
from xmppkit.server import EmbeddedServer


class BobDirectory:
    """Bits of binary as JSON files in a directory, one each.

    The methods are handlers of API operations: they are called with the JID that owns the data, a node (unused
    here), the JID that asks, and the operation's argument. They may be coroutines; these need not be.

    A content id comes from another party in the end. The plugin refuses malformed ones before a handler sees
    them; the file's name is a hash all the same, so that no id can ever name a path. The owner is part of it, because
    what was fetched from somebody is kept here too, as theirs, and must not be handed out as ours.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def path(self, jid: JID, cid: str) -> Path:
        """The file that holds `cid` of `jid`, whichever resource that has."""
        return self.directory / (hashlib.sha256(f"{jid.bare} {cid}".encode()).hexdigest() + ".json")

    def set_bob(self, jid: JID, node: str | None, ifrom: JID | None, bob: BitsOfBinary) -> None:
        """Write `bob` to its file."""
        content = {
            "cid": bob["cid"],
            "type": bob["type"],
            "max_age": bob["max_age"],
            "data": base64.b64encode(bob["data"]).decode(),
        }
        self.path(jid, bob["cid"]).write_text(json.dumps(content))

    def get_bob(self, jid: JID, node: str | None, ifrom: JID | None, cid: str) -> BitsOfBinary | None:
        """Read the bit of binary `cid` back; None when there is no such file."""
        try:
            content = json.loads(self.path(jid, cid).read_text())
        except FileNotFoundError:
            return None
        bob = BitsOfBinary()
        bob["cid"] = content["cid"]
        bob["type"] = content["type"]
        bob["max_age"] = content["max_age"]
        bob["data"] = base64.b64decode(content["data"])
        return bob

    def del_bob(self, jid: JID, node: str | None, ifrom: JID | None, cid: str) -> None:
        """Delete the file of `cid`, if there is one."""
        self.path(jid, cid).unlink(missing_ok=True)


def keep_on_disk(xmpp: ClientXMPP, directory: Path) -> BobDirectory:
    """Make the xep_0231 plugin of `xmpp` store in `directory`."""
    store = BobDirectory(directory)
    bob = xmpp.plugin["xep_0231"]
    bob.api.register(store.set_bob, "set_bob")
    bob.api.register(store.get_bob, "get_bob")
    bob.api.register(store.del_bob, "del_bob")
    return store


def show_files(directory: Path) -> None:
    """Print what is stored in `directory`."""
    for file in sorted(directory.iterdir()):
        print(f"  {file.name[:16]}….json: {file.read_text()}")


async def main(directory: Path) -> None:
    users = {"juliet": "balcony", "romeo": "orchard"}
    async with EmbeddedServer(domain="localhost", users=users) as server:
        clients: list[ClientXMPP] = []
        for name, password in users.items():
            client = ClientXMPP(f"{name}@{server.domain}", password)
            client.ca_certs = server.ca_file
            client.register_plugin("xep_0231")
            client.connect(server.host, server.port)
            await client.wait_until("session_start", timeout=10)
            clients.append(client)
        juliet, romeo = clients

        keep_on_disk(juliet, directory)
        cid = await juliet.plugin["xep_0231"].set_bob(b"coucou", "text/plain")
        print(f"juliet stored {cid}")
        show_files(directory)

        content = await juliet.plugin["xep_0231"].get_bob(cid=cid)
        print(f"juliet reads it back: {content['bob']['data']!r}")

        content = await romeo.plugin["xep_0231"].get_bob(juliet.boundjid, cid)
        print(f"romeo fetches it from {juliet.boundjid}: {content['bob']['data']!r}")

        for client in clients:
            await client.disconnect()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(main(Path(sys.argv[1])))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            asyncio.run(main(Path(temporary)))
