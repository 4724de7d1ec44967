# SPDX-License-Identifier: MIT
"""How tools/make_venv.py finds pip in an index of wheels."""

from __future__ import annotations

import hashlib
import importlib.util
import zipfile
from pathlib import Path

import make_venv
import pytest

BASE = "https://index.example/simple/pip/"


def link(name: str, sha256: str = "00", attributes: str = "") -> str:
    return f'<a href="../../files/{name}#sha256={sha256}" {attributes}>{name}</a>\n'


def test_the_newest_final_release_is_taken() -> None:
    page = (
        link("pip-9.0-py3-none-any.whl")
        + link("pip-24.2.1-py3-none-any.whl", "aa", 'data-requires-python="&gt;=3.8"')
        + link("pip-24.2-py3-none-any.whl")
        + link("pip-25.0b1-py3-none-any.whl")
        + link("pip-26.0.tar.gz")
    )
    assert make_venv.newest_wheel(page, BASE) == make_venv.Wheel(
        (24, 2, 1), "https://index.example/files/pip-24.2.1-py3-none-any.whl", "aa"
    )


@pytest.mark.parametrize(
    "unfit",
    [
        link("pip-30.0-py3-none-any.whl", attributes='data-yanked="broken"'),
        link("pip-30.0-py3-none-any.whl", attributes='data-requires-python="&gt;=3.99"'),
        link("pip-30.0-py2-none-any.whl"),
        '<a href="pip-30.0-py3-none-any.whl">without a hash</a>',
        "<a>without a link</a>",
    ],
)
def test_what_is_withdrawn_too_new_or_without_a_hash_is_not_taken(unfit: str) -> None:
    with pytest.raises(make_venv.NoPip, match="offers no wheel"):
        make_venv.newest_wheel(unfit, BASE)
    assert make_venv.newest_wheel(unfit + link("pip-20.0-py3-none-any.whl"), BASE).version == (20, 0)


def index(directory: Path, wheel: bytes, sha256: str) -> str:
    """An index of one wheel in `directory`, as a URL."""
    (directory / "pip").mkdir()
    name = "pip-24.0-py3-none-any.whl"
    (directory / name).write_bytes(wheel)
    page = directory / "pip" / "index.html"
    page.write_text(f'<a href="../{name}#sha256={sha256}">{name}</a>')
    return directory.as_uri()


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a directory's URL answer with its index.html, as a web server does."""
    read = make_venv.read
    monkeypatch.setattr(make_venv, "read", lambda url: read(url + "index.html" if url.endswith("/") else url))


@pytest.mark.usefixtures("pages")
def test_a_wheel_is_checked_against_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"not really a wheel"
    monkeypatch.setenv("PIP_INDEX_URL", index(tmp_path, content, hashlib.sha256(content).hexdigest()))
    assert make_venv.fetch_pip(tmp_path / "pip").read_bytes() == content

    (tmp_path / "pip-24.0-py3-none-any.whl").write_bytes(b"another")
    with pytest.raises(make_venv.NoPip, match="not the file whose hash"):
        make_venv.fetch_pip(tmp_path / "pip")


@pytest.mark.usefixtures("pages")
def test_without_ensurepip_and_pip_the_wheel_installs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "made.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        # Stands for pip: leaves a file beside the interpreter that ran it.
        archive.writestr("pip/__main__.py", "import pathlib, sys; (pathlib.Path(sys.prefix) / 'ran').touch()")
    content = wheel.read_bytes()
    monkeypatch.setenv("PIP_INDEX_URL", index(tmp_path, content, hashlib.sha256(content).hexdigest()))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None)

    assert make_venv.main([str(tmp_path / "environment")]) == 0
    assert (tmp_path / "environment" / "ran").exists()


def test_what_cannot_be_made_is_explained_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", tmp_path.as_uri())
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, package=None: None)
    assert make_venv.main([str(tmp_path / "environment")]) == 1
    assert not (tmp_path / "environment").exists()
    assert "python3-venv" in capsys.readouterr().err
    assert make_venv.main([]) == 2


def test_the_index_is_the_one_that_the_machine_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    assert make_venv.index() == "https://index.example/simple"
    monkeypatch.delenv("PIP_INDEX_URL")
    configuration = tmp_path / "pip.conf"
    monkeypatch.setattr(make_venv, "CONFIGURATIONS", (str(configuration),))
    with pytest.raises(make_venv.NoPip, match="PIP_INDEX_URL"):
        make_venv.index()
    configuration.write_text("[global]\nindex-url = https://other.example/simple\n")
    assert make_venv.index() == "https://other.example/simple"
