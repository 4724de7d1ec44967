# SPDX-License-Identifier: MIT
"""The command line, ``python -m xmppkit COMMAND``: one module for each command."""
