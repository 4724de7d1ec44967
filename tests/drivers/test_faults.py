# SPDX-License-Identifier: MIT
"""xmppkit.drivers.faults."""

from __future__ import annotations

import pytest

from xmppkit.drivers.faults import Faults


def fail() -> None:
    raise ZeroDivisionError("by design")


def test_nothing_happens_when_nothing_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    faults = Faults("owner")
    assert faults.guard(lambda: 1) is None
    assert faults.first is None
    assert caplog.text == ""


def test_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    faults = Faults("the owner")
    assert isinstance(faults.guard(fail), ZeroDivisionError)
    assert "'the owner' failed" in caplog.text
    assert "by design" in caplog.text


def test_is_reported_instead(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Exception] = []
    faults = Faults("owner", told.append)
    fault = faults.guard(fail)
    assert told == [fault]
    assert caplog.text == ""


def test_the_first_is_kept() -> None:
    faults = Faults("owner", lambda fault: None)
    first, second = ValueError(), KeyError()
    faults.note(first)
    faults.note(second)
    assert faults.first is first


def test_a_report_that_fails_is_logged_beside_what_it_was_to_report(caplog: pytest.LogCaptureFixture) -> None:
    def report(fault: Exception) -> None:
        raise KeyError("report")

    faults = Faults("owner", report)
    assert isinstance(faults.guard(fail), ZeroDivisionError)
    assert "reporting a fault failed" in caplog.text
    assert "by design" in caplog.text


def test_what_ends_the_program_passes() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Faults("owner").guard(interrupt)
