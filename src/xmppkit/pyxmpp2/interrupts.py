# SPDX-License-Identifier: MIT
"""Ctrl-C at a moment when it does no harm: between two steps of a main loop, never in the middle of a write.

Python raises `KeyboardInterrupt` wherever the main thread happens to be. Between the system taking some bytes and our
noting that, it would have them sent twice, which breaks a TLS connection, and with it the goodbye.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xmppkit.pyxmpp2.mainloop.interfaces import MainLoop

__all__ = ["InterruptsBetweenSteps"]


class InterruptsBetweenSteps:
    """While it is entered, the first Ctrl-C is raised from the main loop between two steps; a second one at once.

    It does nothing in other threads than the main one, and where the program has its own handler of the signal.

    :param main_loop: the loop that runs meanwhile.
    """

    def __init__(self, main_loop: MainLoop) -> None:
        self._main_loop = main_loop
        self._came = False
        self._before: Any = None

    def __enter__(self) -> None:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._note)

    def _note(self, number: int, frame: object) -> None:
        if self._came:
            self._raise()
        self._came = True
        self._main_loop.delayed_call(0, self._raise)

    def _raise(self) -> None:
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if kind is None:
            self._raise()  # it came in the last step
        self._came = False
