# SPDX-License-Identifier: MIT
"""How Sphinx makes the documentation: `make docs`."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "xmppkit"
author = "The xmppkit authors"
copyright = "2026, The xmppkit authors"
version = release = installed_version("xmppkit")

extensions = ["sphinx.ext.autodoc", "myst_parser", "package_reference", "prepare", "sasl_policy", "settings_table"]
exclude_patterns = ["_build"]
# A name in single backticks is a thing of Python, linked where it is documented here.
default_role = "py:obj"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}
maximum_signature_line_length = 100

# Pages in Markdown link to headings, down to this level, and to things of Python, by their full names:
# [`JID`](#xmppkit.jid.address.JID).
myst_heading_anchors = 3

html_theme = "furo"
html_static_path = ["_static"]
html_title = f"xmppkit {version}"

# Chapters are found by pattern, so that one more needs no line in index.rst. A pattern that finds nothing yet is no
# fault, and Sphinx gives that warning no type by which it could be suppressed.
logging.getLogger("sphinx.sphinx.directives.other").addFilter(
    lambda record: "didn't match any documents" not in record.getMessage()
)
