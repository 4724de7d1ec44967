# SPDX-License-Identifier: MIT
"""Forms from what a program has."""

from __future__ import annotations

from xmppkit.plugins.xep_0004 import Form
from xmppkit.plugins.xep_0060.forms import NODE_CONFIG, PUBLISH_OPTIONS, as_form, settings_of


def test_from_a_dict() -> None:
    form = as_form({"access_model": "open", "pubsub#show-values": ["chat", "away"], "x#y": True}, NODE_CONFIG)
    assert (form["type"], form.form_type) == ("submit", NODE_CONFIG)
    assert settings_of(form) == {
        "pubsub#access_model": ["open"],
        "pubsub#show-values": ["chat", "away"],
        "x#y": ["1"],
    }


def test_from_a_form() -> None:
    form = Form()
    form.set_values({"pubsub#access_model": "open"})
    made = as_form(form, PUBLISH_OPTIONS)
    assert made is form
    assert (made["type"], made.form_type) == ("submit", PUBLISH_OPTIONS)
    assert as_form(made, NODE_CONFIG).form_type == PUBLISH_OPTIONS


def test_from_an_element() -> None:
    form = as_form({"access_model": "open"}, NODE_CONFIG)
    again = as_form(form.xml, PUBLISH_OPTIONS)
    assert again.xml is form.xml
    assert again.form_type == NODE_CONFIG


def test_settings_become_a_form_again() -> None:
    for settings in ({"max_items": 10}, as_form({"max_items": 10}, NODE_CONFIG), as_form({"max_items": 10}, "x").xml):
        found = settings_of(settings)
        assert found == {"pubsub#max_items": ["10"]}
        assert settings_of(as_form(found, PUBLISH_OPTIONS)) == found
