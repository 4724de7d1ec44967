# SPDX-License-Identifier: MIT
# What type checkers know of lookup.py. The overloads are generated.
from collections.abc import Callable
from typing import Any

from xmppkit.plugins.base._getter import Getter
from xmppkit.plugins.base._item import Item

__all__ = ["getter", "item"]

def item(method: Callable[..., Any], /) -> Item: ...
def getter(method: Callable[..., Any], /) -> Getter: ...
