# SPDX-License-Identifier: MIT
"""Run somebody's command (XEP-0050): a bot's, a server's. Without a command, list those that there are.

python examples/run_command.py me@example.org bot@example.org/kitchen                      (asks for the password)
python examples/run_command.py me@example.org bot@example.org/kitchen tea kind=green cups=2 sugar=1
XMPP_PASSWORD=… python examples/run_command.py me@example.org example.org --host 127.0.0.1 --ca-file ca.pem

What a form asks for is taken from the command line; what is not there, the form itself proposes.
``command_provider.py`` is the other end.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import sys

from xmppkit import ClientXMPP
from xmppkit.exceptions import XMPPKitError
from xmppkit.plugins.xep_0004 import Form

#: Seconds for each answer.
PATIENCE = 30.0


def show(form: Form) -> None:
    """Print a form, or a result."""
    if form["title"]:
        print(form["title"])
    for field in form.fields:
        if field["type"] not in ("hidden", "fixed"):
            print(f"  {field['label'] or field['var']}: {', '.join(field.texts)}")
    for item in form["items"]:
        print("  " + ", ".join(f"{name}: {value}" for name, value in item.items()))


def fill_in(form: Form, answers: dict[str, str]) -> Form:
    """The submission of a form, with those answers that it asks for."""
    return form.submission({name: answer for name, answer in answers.items() if name in form.field})


async def run(client: ClientXMPP, target: str, node: str | None, answers: dict[str, str]) -> None:
    """Log in, run the command to its end, log out."""
    commands = client.plugin["xep_0050"]
    async with client:
        if node is None:
            for offered in await commands.list_commands(target, timeout=PATIENCE):
                print(f"{offered.node}: {offered.name}")
            return
        async with await commands.execute(target, node, timeout=PATIENCE) as command:
            while True:
                for note in command.notes:
                    print(f"{note.type}: {note.text}")
                if command.form is not None:
                    show(command.form)
                if not command.executing:
                    return
                await command.submit(None if command.form is None else fill_in(command.form, answers))


def main() -> int:
    parser = argparse.ArgumentParser(description="Run somebody's command, or list their commands.")
    parser.add_argument("jid", help="your address, as me@example.org")
    parser.add_argument("target", help="whose command, as bot@example.org/kitchen or example.org")
    parser.add_argument("command", nargs="?", help="which one; left out: list them")
    parser.add_argument("answers", nargs="*", metavar="name=value", help="what to fill in where a form asks for it")
    parser.add_argument("--host", help="connect to this host instead of asking the DNS")
    parser.add_argument("--port", type=int, default=5222, help="port for --host (default: 5222)")
    parser.add_argument("--ca-file", help="PEM file of the CA that signed the server's certificate")
    arguments = parser.parse_args()
    if not all("=" in answer for answer in arguments.answers):
        parser.error("answers are written name=value")
    answers = dict(answer.split("=", 1) for answer in arguments.answers)
    password = os.environ.get("XMPP_PASSWORD") or getpass.getpass(f"Password of {arguments.jid}: ")
    logging.basicConfig(level=logging.CRITICAL)  # what ends the program is told below
    client = ClientXMPP(arguments.jid, password)
    client.register_plugin("xep_0050")
    client.auto_reconnect = False
    if arguments.ca_file:
        client.ca_certs = arguments.ca_file
    if arguments.host:
        client.custom_address = (arguments.host, arguments.port)
    try:
        asyncio.run(run(client, arguments.target, arguments.command, answers))
    except XMPPKitError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
