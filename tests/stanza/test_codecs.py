# SPDX-License-Identifier: MIT
"""Text to value and back."""

from __future__ import annotations

import datetime
import math
from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppkit.exceptions import InvalidJID
from xmppkit.jid.address import JID
from xmppkit.stanza import codecs
from xmppkit.stanza.codecs import (
    ADDRESS,
    BASE64,
    BOOLEAN,
    BOOLEAN_DIGIT,
    DATETIME,
    FLOAT,
    INTEGER,
    LANGUAGE,
    STRICT_ADDRESS,
    TEXT,
    Base64Codec,
    Codec,
    EnumCodec,
    IntegerCodec,
    codec_for,
)

UTC = datetime.UTC


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Plain(Enum):
    RED = "red"
    EMPTY = ""


class Number(IntEnum):
    ONE = 1


class Odd(Enum):
    NOTHING = ("no", "text")


def moment(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]  # the parts are numbers


#: What each codec reads: the text and the value.
READ: list[tuple[Codec[Any], str, Any]] = [
    (TEXT, "", ""),
    (TEXT, " a ", " a "),
    (INTEGER, "0", 0),
    (INTEGER, " \t\r\n-7 ", -7),
    (INTEGER, "+007", 7),
    (INTEGER, "99999999999999999999", 10**20 - 1),
    (FLOAT, "1", 1.0),
    (FLOAT, "-.5", -0.5),
    (FLOAT, "1.", 1.0),
    (FLOAT, " 2.5e-3\n", 0.0025),
    (BOOLEAN, "true", True),
    (BOOLEAN, "1", True),
    (BOOLEAN, "false", False),
    (BOOLEAN, "0", False),
    (BOOLEAN_DIGIT, "true", True),
    (ADDRESS, "Juliet@Capulet.lit/Balcony", JID("juliet@capulet.lit/Balcony")),
    (LANGUAGE, "de-AT-1996", "de-AT-1996"),
    (BASE64, "AP8=", b"\x00\xff"),
    (BASE64, " AP \n 8= ", b"\x00\xff"),
    (BASE64, "", b""),
    (Base64Codec(equals=True), "=", b""),
    (EnumCodec(Colour), "red", Colour.RED),
    (EnumCodec(Plain), "", Plain.EMPTY),
    # XEP-0082 §4, and XEP-0091's older form
    (DATETIME, "1969-07-21T02:56:15Z", moment(1969, 7, 21, 2, 56, 15)),
    (DATETIME, "1969-07-20T21:56:15-05:00", moment(1969, 7, 21, 2, 56, 15)),
    (DATETIME, "1969-07-21T04:56:15+02:00", moment(1969, 7, 21, 2, 56, 15)),
    (DATETIME, "20020910T23:08:25", moment(2002, 9, 10, 23, 8, 25)),
    (DATETIME, "1969-07-21T02:56:15.123Z", moment(1969, 7, 21, 2, 56, 15, 123000)),
    (DATETIME, "1969-07-21T02:56:15.1234567Z", moment(1969, 7, 21, 2, 56, 15, 123456)),
]

#: Texts that are none of a codec's values.
UNREADABLE: list[tuple[Codec[Any], str]] = [
    (INTEGER, ""),
    (INTEGER, "1.5"),
    (INTEGER, "1_000"),
    (INTEGER, "٣"),
    (INTEGER, "1" * 21),
    (FLOAT, ""),
    (FLOAT, "nan"),
    (FLOAT, "INF"),
    (FLOAT, "1e999"),
    (FLOAT, "1" * 41),
    (BOOLEAN, ""),
    (BOOLEAN, "True"),
    (BOOLEAN, "yes"),
    (ADDRESS, ""),
    (ADDRESS, "@b"),
    (ADDRESS, "a@b/"),
    (LANGUAGE, ""),
    (LANGUAGE, "de_AT"),
    (LANGUAGE, "a" * 9),
    (BASE64, "A"),
    (BASE64, "AP8"),
    (BASE64, "=A=="),
    (BASE64, "ä"),
    (BASE64, "="),
    (EnumCodec(Colour), "RED"),
    (DATETIME, ""),
    (DATETIME, "today"),
    (DATETIME, "1969-07-21"),
    (DATETIME, "1969-13-21T02:56:15Z"),
    (DATETIME, "1969-07-21T02:56:15+15:00"),
    (DATETIME, "1969-07-21T02:56:15+01:60"),
    (DATETIME, "0001-01-01T00:00:00+01:00"),
    (DATETIME, "9999-12-31T23:59:59-01:00"),
]

#: What each codec writes: the value and the text.
WRITTEN: list[tuple[Codec[Any], object, str]] = [
    (TEXT, "a", "a"),
    (TEXT, 5, "5"),
    (TEXT, True, "true"),
    (TEXT, False, "false"),
    (TEXT, 1.5, "1.5"),
    (TEXT, JID("a@b/c"), "a@b/c"),
    (TEXT, Colour.RED, "red"),
    (TEXT, Number.ONE, "1"),
    (INTEGER, 5, "5"),
    (INTEGER, " 5 ", "5"),
    (INTEGER, Number.ONE, "1"),
    (FLOAT, 1, "1.0"),
    (FLOAT, "2.50", "2.5"),
    (FLOAT, 1e22, "1e+22"),
    (BOOLEAN, True, "true"),
    (BOOLEAN, 0, "false"),
    (BOOLEAN, "1", "true"),
    (BOOLEAN_DIGIT, True, "1"),
    (BOOLEAN_DIGIT, "false", "0"),
    (ADDRESS, JID("a@b"), "a@b"),
    (ADDRESS, "A@B", "a@b"),
    (ADDRESS, JID(""), ""),
    (LANGUAGE, "de", "de"),
    (BASE64, b"\x00\xff", "AP8="),
    (BASE64, "ä", "w6Q="),
    (BASE64, bytearray(b"a"), "YQ=="),
    (BASE64, memoryview(b"a-b-")[::2], "YWI="),
    (BASE64, b"", ""),
    (Base64Codec(equals=True), b"", "="),
    (EnumCodec(Colour), Colour.RED, "red"),
    (EnumCodec(Colour), "green", "green"),
    (EnumCodec(Colour), Plain.RED, "red"),
    (DATETIME, moment(2024, 2, 29, 1, 2, 3), "2024-02-29T01:02:03Z"),
    (DATETIME, moment(2024, 2, 29, 1, 2, 3, 120000), "2024-02-29T01:02:03.12Z"),
    (DATETIME, datetime.datetime(2024, 2, 29, 1, 2, 3), "2024-02-29T01:02:03Z"),
    (DATETIME, "20240229T01:02:03", "2024-02-29T01:02:03Z"),
    (
        DATETIME,
        datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=30))),
        "2024-02-28T19:32:03Z",
    ),
]

#: What a codec cannot write.
UNWRITABLE: list[tuple[Codec[Any], object, type[Exception]]] = [
    (TEXT, b"a", TypeError),
    (TEXT, ["a"], TypeError),
    (TEXT, Odd.NOTHING, TypeError),
    (TEXT, math.nan, ValueError),
    (INTEGER, True, TypeError),
    (INTEGER, 1.5, TypeError),
    (INTEGER, "x", ValueError),
    (INTEGER, 10**20, ValueError),
    (FLOAT, True, TypeError),
    (FLOAT, b"1", TypeError),
    (FLOAT, math.inf, ValueError),
    (FLOAT, 10**400, ValueError),
    (BOOLEAN, 2, TypeError),
    (BOOLEAN, 1.0, TypeError),
    (BOOLEAN, "maybe", ValueError),
    (ADDRESS, 5, TypeError),
    (ADDRESS, "a@", InvalidJID),
    (LANGUAGE, 5, TypeError),
    (LANGUAGE, "", ValueError),
    (BASE64, 5, TypeError),
    (BASE64, "\ud800", ValueError),
    (EnumCodec(Colour), "blue", ValueError),
    (EnumCodec(Colour), Number.ONE, TypeError),
    (EnumCodec(Colour), 5, TypeError),
    (DATETIME, "never", ValueError),
    (DATETIME, 5, TypeError),
    (
        DATETIME,
        datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        ValueError,
    ),
]


@pytest.mark.parametrize(("codec", "text", "value"), READ)
def test_reading(codec: Codec[Any], text: str, value: Any) -> None:
    found = codec.decode(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("codec", "text"), UNREADABLE)
def test_what_is_no_value(codec: Codec[Any], text: str) -> None:
    with pytest.raises(ValueError):
        codec.decode(text)


@pytest.mark.parametrize(("codec", "value", "text"), WRITTEN)
def test_writing(codec: Codec[Any], value: object, text: str) -> None:
    written = codec.encode(value)
    assert written == text
    assert type(written) is str


@pytest.mark.parametrize(("codec", "value", "error"), UNWRITABLE)
def test_what_cannot_be_written(codec: Codec[Any], value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        codec.encode(value)


class Nowhere(datetime.tzinfo):
    """A zone that does not say where it is: Python takes the moment for naive."""

    def utcoffset(self, moment: datetime.datetime | None) -> None:
        return None


def test_a_zone_without_offset_is_no_zone() -> None:
    assert DATETIME.encode(datetime.datetime(2024, 1, 1, tzinfo=Nowhere())) == "2024-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("minimum", "maximum", "good", "bad", "said"),
    [
        (0, 255, ("0", "255"), ("-1", "256"), "a whole number from 0 to 255"),
        (1, None, ("1", "99999999999999999999"), ("0",), "a whole number from 1 on"),
        (None, 9, ("9", "-99999999999999999999"), ("10",), "a whole number up to 9"),
    ],
)
def test_bounds(
    minimum: int | None, maximum: int | None, good: tuple[str, ...], bad: tuple[str, ...], said: str
) -> None:
    codec = IntegerCodec(minimum, maximum)
    assert codec.description == said
    for text in good:
        assert codec.encode(codec.decode(text)) == text
    for text in bad:
        with pytest.raises(ValueError, match=said):
            codec.decode(text)
        with pytest.raises(ValueError, match=said):
            codec.encode(int(text))


def test_what_the_dict_view_shows() -> None:
    assert INTEGER.empty == ""
    assert INTEGER.show(5) == 5
    assert INTEGER.unreadable("x") == "x"
    assert EnumCodec(Plain).show(Plain.RED) == "red"
    assert BASE64.empty == b""
    assert BASE64.unreadable("x!") == b""
    assert ADDRESS.unreadable("@") == "@"
    with pytest.raises(InvalidJID):
        STRICT_ADDRESS.unreadable("@")


def test_the_empty_address_is_a_new_one_each_time() -> None:
    first, second = ADDRESS.empty, ADDRESS.empty
    assert first == second == ""
    assert first is not second
    first.domain = "montague.lit"  # COMPAT(slixmpp 1.17): parts can be assigned
    assert ADDRESS.empty == ""


def test_error_messages_stay_short() -> None:
    with pytest.raises(ValueError) as caught:
        INTEGER.decode("x" * 10_000)
    assert len(str(caught.value)) < 100
    assert "xxx..." in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        (str, TEXT),
        (int, INTEGER),
        (float, FLOAT),
        (bool, BOOLEAN),
        (JID, ADDRESS),
        (datetime.datetime, DATETIME),
        (bytes, BASE64),
        (LANGUAGE, LANGUAGE),
    ],
)
def test_the_codec_for_a_type(kind: Any, codec: Codec[Any]) -> None:
    assert codec_for(kind) is codec


def test_the_codec_for_an_enumeration() -> None:
    codec = codec_for(Colour)
    assert isinstance(codec, EnumCodec)
    assert codec.description == "one of red, green"


@pytest.mark.parametrize("kind", [list, object(), "str", None, Number, Odd])
def test_types_that_no_field_holds(kind: Any) -> None:
    with pytest.raises(TypeError):
        codec_for(kind)


@pytest.mark.parametrize("kind", [str, float, INTEGER])
def test_only_whole_numbers_have_bounds(kind: Any) -> None:
    with pytest.raises(TypeError, match="bounds"):
        codec_for(kind, 0)
    with pytest.raises(TypeError, match="bounds"):
        codec_for(kind, maximum=0)


def test_a_codec_of_ones_own_must_say_how() -> None:
    with pytest.raises(TypeError, match=r"abstract.*decode.*encode"):
        Codec[str]()  # type: ignore[abstract]


def test_all_names_exist() -> None:
    assert all(hasattr(codecs, name) for name in codecs.__all__)


# --- properties -----------------------------------------------------------------------------------------------------

ZONES = st.timezones() | st.just(UTC)
VALUES: list[tuple[Codec[Any], st.SearchStrategy[Any]]] = [
    (TEXT, st.text()),
    (INTEGER, st.integers(-(10**20) + 1, 10**20 - 1)),
    (FLOAT, st.floats(allow_nan=False, allow_infinity=False)),
    (BOOLEAN, st.booleans()),
    (BOOLEAN_DIGIT, st.booleans()),
    (LANGUAGE, st.from_regex(r"\A[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,3}\Z")),
    (BASE64, st.binary()),
    (Base64Codec(equals=True), st.binary()),
    (EnumCodec(Colour), st.sampled_from(Colour)),
    (EnumCodec(Plain), st.sampled_from(Plain)),
    (ADDRESS, st.sampled_from([JID("a@b"), JID("b"), JID("b/c"), JID("ß@bücher.example/ö ü")])),
    (
        DATETIME,
        st.datetimes(
            datetime.datetime(2, 1, 1), datetime.datetime(9998, 12, 31), timezones=ZONES, allow_imaginary=False
        ),
    ),
]


@given(st.data())
def test_what_is_written_is_read_back(data: st.DataObject) -> None:
    codec, values = data.draw(st.sampled_from(VALUES))
    value = data.draw(values)
    if codec is DATETIME:
        value = value.astimezone(UTC)  # what a zone has twice a year is equal to nothing in another (PEP 495)
    text = codec.encode(value)
    assert codec.decode(text) == value
    assert codec.encode(codec.decode(text)) == text


@given(st.sampled_from([codec for codec, _ in VALUES]), st.text() | st.from_regex(r"[0-9TZ:.+eE-]{1,30}"))
def test_no_text_does_worse_than_valueerror(codec: Codec[Any], text: str) -> None:
    try:
        value = codec.decode(text)
    except ValueError:
        return
    assert codec.decode(codec.encode(value)) == value


@given(
    st.sampled_from([codec for codec, _ in VALUES]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes() | st.just([]),
)
def test_no_value_does_worse_than_valueerror_or_typeerror(codec: Codec[Any], value: object) -> None:
    try:
        text = codec.encode(value)
    except (ValueError, TypeError):
        return
    assert type(text) is str
