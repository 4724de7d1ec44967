# SPDX-License-Identifier: MIT
"""How long an import takes in a fresh process. Imports nothing itself, before, that would then be there already.

python imports.py xmppkit|slixmpp|aioxmpp|stdlib import|names|client
"""

import sys
import time

from data import PLUGINS_24


def load(library, stage):
    """Import the library; ``names``: and what an echo bot needs of it; ``client``: and make a client, with the 24
    plugins or those of them that there are."""
    if library == "stdlib":
        import asyncio
        import xml.etree.ElementTree  # noqa: F401
    elif library == "aioxmpp":
        import aioxmpp  # noqa: F401
    elif library == "slixmpp":
        import slixmpp  # noqa: F401
    elif stage == "import":
        import xmppkit  # noqa: F401
    else:
        from xmppkit import JID, ClientXMPP, Iq, Message, Presence  # noqa: F401
    if stage == "client":
        import asyncio

        return asyncio.run(make_client(sys.modules[library]))
    return None


async def make_client(library):
    """A client with the plugins; how many of the 24 there are."""
    import importlib.util

    client = library.ClientXMPP("bot@localhost/bench", "secret")
    name = library.__name__
    there = [each for each in PLUGINS_24 if importlib.util.find_spec(f"{name}.plugins.{each}")]
    for each in there:
        client.register_plugin(each)
    return len(there)


def main():
    """Answer as the other workers do."""
    _, library, stage = sys.argv
    print("{}", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    plugins = load(library, stage)
    took = time.perf_counter() - begun
    print(f'{{"ms": {1e3 * took:f}, "plugins": {plugins or 0}}}', flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
