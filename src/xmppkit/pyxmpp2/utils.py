# SPDX-License-Identifier: MIT
"""Comparing elements, and times between UTC and the local zone."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree.ElementTree import Element

__all__ = ["datetime_local_to_utc", "datetime_utc_to_local", "xml_elements_equal"]


def xml_elements_equal(element1: Element, element2: Element, ignore_level1_cdata: bool = False) -> bool:
    """Whether two elements say the same: name, attributes, text and children in their order; not their tails.

    :param ignore_level1_cdata: text directly within the two, as between stanzas of a stream, does not count.
    """
    if element1.tag != element2.tag or element1.attrib != element2.attrib or len(element1) != len(element2):
        return False
    if not ignore_level1_cdata and (element1.text or "") != (element2.text or ""):
        return False
    return all(
        (ignore_level1_cdata or (one.tail or "") == (other.tail or "")) and xml_elements_equal(one, other)
        for one, other in zip(element1, element2, strict=True)
    )


def datetime_utc_to_local(utc: datetime) -> datetime:
    """A naive local time for a naive time in UTC."""
    return utc.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


def datetime_local_to_utc(local: datetime) -> datetime:
    """A naive time in UTC for a naive local time. An hour that comes twice is taken as `datetime.fold` says."""
    return local.astimezone(UTC).replace(tzinfo=None)
