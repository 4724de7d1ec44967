# SPDX-License-Identifier: MIT
"""Sends a message in one call, with the interface of PyXMPP2.

    python examples/pyxmpp2/simple_send_message.py me@example.org you@example.org "The backup is done."

The password is asked for, or taken from XMPP_PASSWORD.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from xmppkit.pyxmpp2.exceptions import Error
from xmppkit.pyxmpp2.settings import XMPPSettings
from xmppkit.pyxmpp2.simple import send_message


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Send a message", parents=[XMPPSettings.get_arg_parser()])
    parser.add_argument("source", metavar="FROM", help="the account to send from")
    parser.add_argument("target", metavar="TO", help="who gets the message")
    parser.add_argument("body", metavar="TEXT", help="the message")
    options = parser.parse_args(arguments)

    settings = XMPPSettings()
    settings.load_arguments(options)
    password = settings.get("password") or os.environ.get("XMPP_PASSWORD") or getpass.getpass("Password: ")
    try:
        send_message(options.source, password, options.target, options.body, settings=settings)
    except (Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
