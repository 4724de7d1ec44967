# SPDX-License-Identifier: MIT
"""The forms of XEP-0060 (§16.4), from what a program has: a form, an element, or a dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import Element

from xmppkit.plugins.xep_0004.stanza import Form, FormType
from xmppkit.plugins.xep_0060.stanza.base import PUBSUB

__all__ = ["NODE_CONFIG", "PUBLISH_OPTIONS", "SUBSCRIBE_OPTIONS", "Settings", "as_form", "settings_of"]

NODE_CONFIG: Final = PUBSUB + "#node_config"
PUBLISH_OPTIONS: Final = PUBSUB + "#publish-options"
SUBSCRIBE_OPTIONS: Final = PUBSUB + "#subscribe_options"

#: What methods take as a configuration: a form, or its values by name. ``{'access_model': 'open'}`` is short for
#: ``{'pubsub#access_model': 'open'}``.
Settings: TypeAlias = "Form | Element | Mapping[str, Any]"


def as_form(settings: Settings, form_type: str) -> Form:
    """A form that submits settings. A form of the caller is taken as it is, but for the type and the FORM_TYPE, if it
    has none."""
    if isinstance(settings, Mapping):
        form = Form()
        form.set_values({name if "#" in name else f"pubsub#{name}": value for name, value in settings.items()})
    else:
        form = Form(xml=settings) if isinstance(settings, Element) else settings
    form.type_ = FormType.SUBMIT
    if form.form_type is None:
        form.form_type = form_type
    return form


def settings_of(settings: Settings) -> dict[str, list[str]]:
    """The texts of settings by name, without the FORM_TYPE."""
    form = as_form(settings, "") if isinstance(settings, Mapping) else settings
    form = Form(xml=form) if isinstance(form, Element) else form
    return {name: field.texts for name, field in form.field.items() if name != "FORM_TYPE"}
