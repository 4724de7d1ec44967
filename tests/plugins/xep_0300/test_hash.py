# SPDX-License-Identifier: MIT
"""Hashes: the wire, computing, and what is believed."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from xmppkit.exceptions import ConfigurationError, InvalidValue
from xmppkit.plugins.xep_0300 import XEP_0300, Hash, HashUsed

ROMEO = "romeo@montague.lit/home"
JULIET = "juliet@capulet.lit/chamber"
DATA = b"Thrice the brinded cat hath mew'd."


def made(algo: str, data: bytes = DATA) -> Hash:
    found = Hash()
    found.algo = algo
    found.digest = hashlib.new(algo.replace("-", "") if algo != "sha3-256" else "sha3_256", data).digest()
    return found


@pytest.fixture
def plugin(network: Any) -> XEP_0300:
    return network.join(ROMEO, "xep_0300").plugin["xep_0300"]  # type: ignore[no-any-return]


def test_the_wire() -> None:
    """XEP-0300 §3"""
    found = Hash()
    found["algo"], found["value"] = "sha-1", "2AfMGH8O7UNPTvUVAM9aK13mpCY="
    assert str(found) == '<hash xmlns="urn:xmpp:hashes:2" algo="sha-1">2AfMGH8O7UNPTvUVAM9aK13mpCY=</hash>'
    assert found.digest == bytes.fromhex("d807cc187f0eed434f4ef51500cf5a2b5de6a426")
    found["value"] = "no base64!"
    assert (found.digest, found["value"]) == (None, "no base64!")
    used = HashUsed()
    used.algo = "sha-256"
    assert str(used) == '<hash-used xmlns="urn:xmpp:hashes:2" algo="sha-256" />'


def test_computing(plugin: XEP_0300, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    expected = made("sha-256")
    assert plugin.compute_hash(str(path)) == expected
    assert plugin.compute_hash(data=DATA) == expected
    file = io.BytesIO(b"skipped" + DATA)
    file.seek(7)
    assert plugin.compute_hash(file=file) == expected
    assert plugin.compute_hash(path, "sha3-256") == made("sha3-256")
    blake = plugin.compute_hash(data=b"hello", function="BLAKE2b256")
    assert (blake["algo"], blake["value"]) == ("BLAKE2b256", "Mk3PAn3UowqTLEQfNlol6GsXPe+kuOWJSCU0cbgbcs8=")
    plugin.preferred = "sha-512"
    assert plugin.compute_hash(data=b"") == made("sha-512", b"")


@pytest.mark.parametrize("what", [{}, {"filename": "a", "data": b""}, {"data": b"", "function": "md5"}])
def test_what_cannot_be_computed(plugin: XEP_0300, what: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        plugin.compute_hash(**what)
    with pytest.raises(ConfigurationError, match="preferred"):
        plugin.preferred = "md5"


async def test_files(plugin: XEP_0300, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    plugin.block_size = 5
    hashes = await plugin.hash_file(path, "sha-512", "sha-256")
    assert hashes == [made("sha-512"), made("sha-256")]
    assert await plugin.hash_file(path) == [made("sha-256")]
    assert await plugin.verify_file(hashes, path)
    assert not await plugin.verify_file([], path)
    path.write_bytes(DATA + b"!")
    assert not await plugin.verify_file(hashes, path)


def test_spoof_hashes(plugin: XEP_0300) -> None:
    good, unknown = made("sha-256"), made("sha-256")
    unknown.algo = "md5"
    assert plugin.verify(good, DATA)
    assert plugin.verify([good, unknown, made("sha-384")], DATA)
    assert not plugin.verify(good, DATA + b"!")
    assert not plugin.verify([], DATA)
    assert not plugin.verify(unknown, DATA)
    assert not plugin.verify([good, made("sha3-256", b"other")], DATA), "one of them is wrong"
    assert not plugin.verify([good, made("sha-256", b"other")], DATA), "they contradict each other"
    assert not plugin.verify(made("sha-1"), DATA), "it is switched off"
    broken, empty = made("sha-256"), Hash()
    broken.value = "no base64!"
    empty.algo = "sha-256"
    assert not plugin.verify(broken, DATA)
    assert not plugin.verify(empty, DATA)
    assert not plugin.verify(Hash(), DATA)


def test_switches(network: Any) -> None:
    config = {"enable_sha-1": True, "enable_sha-256": False, "enable_BLAKE2b256": False}
    plugin = network.join(ROMEO, "xep_0300", xep_0300=config).plugin["xep_0300"]
    assert plugin.verify(made("sha-1"), DATA)
    assert not plugin.verify(made("sha-256"), DATA)
    assert not plugin.verify(plugin.compute_hash(data=DATA, function="blake2b-256"), DATA)
    assert plugin.verify(plugin.compute_hash(data=DATA, function="blake2b-512"), DATA)


async def test_what_is_announced(network: Any) -> None:
    romeo, juliet = (
        network.join(ROMEO, "xep_0300"),
        network.join(JULIET, "xep_0300", xep_0300={"enable_sha-512": False}),
    )
    info = await romeo.plugin["xep_0030"].get_info(JULIET)
    names = {each[34:] for each in info["disco_info"]["features"] if each.startswith("urn:xmpp:hash-function")}
    assert names == {"sha-256", "sha3-256", "sha3-512", "BLAKE2b256", "BLAKE2b512", "blake2b-256", "blake2b-512"}
    assert "urn:xmpp:hashes:2" in info["disco_info"]["features"]
    juliet.plugin.disable("xep_0300")
    info = await romeo.plugin["xep_0030"].get_info(JULIET)
    assert not [each for each in info["disco_info"]["features"] if "hash" in each]
