# SPDX-License-Identifier: MIT
"""Content ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidValue
from xmppkit.plugins.xep_0231.content_id import ALGORITHMS, ContentId


def test_an_id_is_the_hash_of_the_data() -> None:
    made = ContentId.of(b"coucou")
    assert str(made) == "sha1+5ed25af7b1ed23fb00122e13d7f74c4d8262acd8@bob.xmpp.org"
    assert made.fits(b"coucou")
    assert not made.fits(b"coucoU")


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_every_algorithm_is_written_and_read(algorithm: str) -> None:
    made = ContentId.of(b"data", algorithm)
    assert ContentId.parse(str(made)) == made
    assert made.fits(b"data")
    assert not made.fits(b"")


SHA1 = "8f35fef110ffc5df08d579a50083ff9308fb6242"


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"sha1+" + SHA1.encode() + b"@bob.xmpp.org",
        "",
        "../../etc/passwd",
        f"../sha1+{SHA1}@bob.xmpp.org",
        f"sha1+../{SHA1}@bob.xmpp.org",
        f"sha1+{SHA1}@bob.xmpp.org/../../x",
        f"sha1+{SHA1}@bob.xmpp.org\n",
        f"sha1+{SHA1}@bob.xmpp.org\0",
        f"sha1+{SHA1}@bobxxmpp.org",
        f"sha1+{SHA1}@example.org",
        f"sha1+{SHA1[1:]}@bob.xmpp.org",
        f"sha1+{SHA1}0@bob.xmpp.org",
        f"sha1+{SHA1.upper()}@bob.xmpp.org",
        f"sha1+{SHA1[:-1]}g@bob.xmpp.org",
        f"sha1+{SHA1[:-1]}٣@bob.xmpp.org",
        f"sha256+{SHA1}@bob.xmpp.org",
        f"md5+{SHA1[:32]}@bob.xmpp.org",
        f"rot13+{SHA1}@bob.xmpp.org",
        "x" * 1_000_000,
    ],
)
def test_what_is_none_is_refused(text: object) -> None:
    with pytest.raises(InvalidValue) as caught:
        ContentId.parse(text)
    assert len(str(caught.value)) < 400


@given(st.text())
def test_nothing_else_passes(text: str) -> None:
    try:
        found = ContentId.parse(text)
    except InvalidValue:
        return
    assert str(found) == text


@given(st.binary(), st.sampled_from(sorted(ALGORITHMS)))
def test_it_fits_its_data_and_no_other(data: bytes, algorithm: str) -> None:
    made = ContentId.parse(str(ContentId.of(data, algorithm)))
    assert made.fits(data)
    assert not made.fits(data + b"x")
