# SPDX-License-Identifier: MIT
"""The examples on the pages of plugins run as they stand, against a real server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs_blocks import ROOT, chapter_blocks, page_of
from servers.base import Server

#: Seconds that a page may take.
TIMEOUT = 180.0
PAGES = sorted((ROOT / "docs" / "plugins").glob("xep_*.rst"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page(prosody: Server, path: Path, tmp_path: Path) -> None:
    page = page_of(path, chapter_blocks(path, path.read_text(encoding="utf-8")))
    assert page, "the page has no example"
    about = {"host": prosody.host, "port": prosody.port, "ca_file": str(prosody.ca_file), "users": prosody.users}
    (tmp_path / "server.json").write_text(json.dumps(about), encoding="utf-8")
    result = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "docs_page.py"), "server.json"],
        cwd=tmp_path,
        input=json.dumps(page),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.findall(r"^executed (.*)$", result.stdout, re.MULTILINE) == [one["name"] for one in page]
