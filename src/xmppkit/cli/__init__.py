# SPDX-License-Identifier: MIT
"""The command line: ``python -m xmppkit COMMAND``.

``main`` finds the command and reports what went wrong; each command is a file beside it, and a `Command` in the table
there.
"""
