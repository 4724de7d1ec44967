# SPDX-License-Identifier: MIT
"""XML for human eyes: indented, coloured, with secrets masked and control characters made visible."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from typing import Final
from xml.etree.ElementTree import Element, fromstring, indent

from xmppkit.xml.serializer import serialize

__all__ = ["highlight", "mask_secrets", "pretty", "printable"]

# Elements whose text is, or leads to, a secret: SASL and SASL2 exchanges, tokens, component handshakes,
# passwords of XEP-0077 and legacy login, private fields of forms. What no expression here does is go back in the
# text: a long one takes as long as it is.
_NAMES: Final = (
    "auth|response|challenge|success|initial-response|additional-data|authenticate|handshake|"
    r"password|digest|token|access_token|secret|hash(?=\s[^<>]*scram-upgrade)"
)
_ATTRIBUTES: Final = r"""(?:[^<>"'/]|"[^"]*+"|'[^']*+'|/(?!>))*+"""
_TEXT: Final = r"(?:[^<]|<!\[CDATA\[.*?\]\]>)++"

_RESET, _TAG, _NAME, _VALUE = "\x1b[0m", "\x1b[34m", "\x1b[36m", "\x1b[32m"


# The expressions are compiled on first use: most programs never show XML to anybody.
@cache
def _secrets() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """An element whose text is secret, a field whose value is, an attribute whose value is."""
    return (
        re.compile(rf"<((?:[\w.\-]++:)?(?:{_NAMES})(?=[\s/>]){_ATTRIBUTES})>{_TEXT}", re.DOTALL),
        re.compile(
            rf"""(<field\b(?=[^<>]*\b(?:type=["']text-private|var=["'](?:\w*password|secret)["'])){_ATTRIBUTES}>"""
            rf"""\s*+<value>){_TEXT}"""
        ),
        re.compile(r"""(\b(?:token|password|secret)=)("[^"]*"|'[^']*')"""),
    )


@cache
def _controls() -> re.Pattern[str]:
    return re.compile(
        "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    )


@cache
def _tokens() -> re.Pattern[str]:
    return re.compile(r"<[/?]?[\w:.\-]++|(?<![\w:.\-])[\w:.\-]++=(?:\"[^\"]*\"|'[^']*')|[/?]?>")


def pretty(xml: Element | str) -> str:
    """`xml` with a line and an indentation for each element; `xml` itself is left as it is.

    :raises xml.etree.ElementTree.ParseError: when given text that is not well-formed by itself.
    """
    copy = deepcopy(xml) if isinstance(xml, Element) else fromstring(xml)  # noqa: S314 (our own text)
    indent(copy)
    return serialize(copy)


def highlight(text: str) -> str:
    """`text`, which should be XML, with ANSI colours for a terminal."""

    def colour(found: re.Match[str]) -> str:
        token = found[0]
        if token[0] == "<" or token[-1] == ">":
            return f"{_TAG}{token}{_RESET}"
        name, _, value = token.partition("=")
        return f"{_NAME}{name}{_RESET}={_VALUE}{value}{_RESET}"

    return _tokens().sub(colour, text)


def mask_secrets(xml: str) -> str:
    """`xml` with passwords, tokens and authentication exchanges replaced by ``***``, for logs."""
    element, field, attribute = _secrets()
    xml = element.sub(r"<\1>***", xml)
    xml = field.sub(r"\1***", xml)
    return attribute.sub(r'\1"***"', xml)


def printable(text: str) -> str:
    """`text` in one line, with control characters and direction marks written as escapes, for logs."""
    return _controls().sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
