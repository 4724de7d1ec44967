# SPDX-License-Identifier: MIT
"""`XMPPSettings`: settings by name, with PyXMPP2's surface. A view on `xmppkit.settings`.

::

    settings = XMPPSettings({"password": "secret", "c2s_port": 5222})
    parser = argparse.ArgumentParser(parents=[XMPPSettings.get_arg_parser()])
    settings.load_arguments(parser.parse_args())

Beside PyXMPP2's names every knob of `xmppkit.settings.Settings` is a setting of its own name, as ``connect_timeout``,
and takes what the knob takes. What both have under different names (``tls_cacert_file`` is ``ca_certs``) may be set by
either, and PyXMPP2's counts where both are set. `XMPPSettings.as_settings` gives the whole as `Settings`. A knob
that nothing here looks at, as ``proxy``, cannot be changed.
"""

from __future__ import annotations

import argparse
import queue
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import Any, ClassVar, Self

from xmppkit.exceptions import ConfigurationError
from xmppkit.pyxmpp2.settingstable import (
    SETTINGS,
    WITHOUT_EFFECT,
    Setting,
    Validator,
    int_range_validator,
    validate_positive_float,
    validate_positive_int,
    validate_string_list,
)
from xmppkit.sasl.policy import SaslPolicy
from xmppkit.settings.settings import Settings

__all__ = ["Setting", "XMPPSettings"]

#: The prefix of the attributes of a command line's namespace.
_DEST = "pyxmpp2_"
_UNSET: Any = object()


class XMPPSettings(MutableMapping[str, Any]):
    """Settings by name.

    :param data: values to begin with.

    Only what is set counts for ``in``, ``len``, iterating, ``keys()`` and ``dict(settings)``. ``settings[name]`` and
    ``settings.get(name)`` give the default of what is not set.
    """

    _defs: ClassVar[dict[str, Setting]] = {setting.name: setting for setting in SETTINGS}

    def __init__(self, data: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        self._settings: dict[str, Any] = {}
        self._made: dict[str, Any] = {}
        self.update(data or {})

    def own_view(self, event_queue: queue.Queue[Any] | None = None) -> Self:
        """Settings that are the same as these, now and later, but for defaults that each object makes for itself, as
        ``event_queue``.

        :param event_queue: what the view has by default, in place of one of its own.
        """
        view = type(self)()
        view._settings = self._settings
        if event_queue is not None:
            view._made["event_queue"] = event_queue
        return view

    # --- the mapping ----------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._settings)

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __contains__(self, key: object) -> bool:
        return key in self._settings

    def __getitem__(self, key: str) -> Any:
        value = self._value(key)
        if value is _UNSET:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        """Set `key`.

        :raises ConfigurationError: a knob of `xmppkit.settings` does not take `value`, or has no effect here.
        """
        if key in Settings.knobs() and key not in self._defs:
            knob = Settings.knob(key)
            value = knob.check(value)
            if key in WITHOUT_EFFECT and value != knob.default:
                raise ConfigurationError(
                    f"{key} has no effect in xmppkit.pyxmpp2: leave it out, or use xmppkit.ClientXMPP"
                )
        self._settings[str(key)] = value

    def __delitem__(self, key: str) -> None:
        del self._settings[key]

    def get(self, key: str, local_default: Any = None, required: bool = False) -> Any:
        """The value of `key`.

        :param local_default: what it is when it is not set; None leaves that to the setting's own default.
        :param required: raise KeyError when there is neither value nor default.
        """
        if key not in self._settings and local_default is not None:
            return local_default
        value = self._value(key)
        if value is _UNSET:
            if required:
                raise KeyError(key)
            return None
        return value

    def _value(self, key: str) -> Any:
        if key in self._settings:
            return self._settings[key]
        if key in self._defs:
            setting = self._defs[key]
            if setting.knob in self._settings:
                return setting.from_knob(self._settings[setting.knob])
            return self._default(setting)
        knob = Settings.knobs().get(key)
        if knob is None:
            return _UNSET
        view = next((setting for setting in self._defs.values() if setting.knob == key), None)
        return knob.default if view is None else view.to_knob(self._value(view.name))

    def _default(self, setting: Setting) -> Any:
        if setting.factory is None:
            return setting.default
        if setting.name in self._made:
            return self._made[setting.name]
        value = setting.factory(self)
        if setting.per_object:
            self._made[setting.name] = value
        elif setting.cache:
            self._defs[setting.name] = replace(setting, default=value, factory=None)
        return value

    # --- the engine's settings ------------------------------------------------------------------------

    def as_settings(self) -> Settings:
        """These for the engine.

        :raises ConfigurationError: a value that its knob does not take; names the setting.
        """
        views = {setting.name: setting for setting in self._defs.values() if setting.knob}
        values = {setting.knob: self._checked(setting) for setting in views.values()}
        values["scram_without_tls"] = self._scram_without_tls
        for name in Settings.knobs().keys() & self._settings.keys() - {setting.knob for setting in views.values()}:
            values[name] = self._settings[name]
        return Settings(**values)

    def _checked(self, setting: Setting) -> Any:
        """The value of a setting's knob."""
        try:
            return Settings.knob(setting.knob).check(setting.to_knob(self[setting.name]))
        except (ConfigurationError, TypeError) as error:
            raise ConfigurationError(f"{setting.name}: {error}") from None

    @property
    def sasl_policy(self) -> SaslPolicy:
        """Which mechanisms may be used, for the engine. Names that it does not know are passed over."""
        return self.as_settings().sasl_policy

    @property
    def _scram_without_tls(self) -> bool:
        # Who lets a stream go without TLS wants to log in there; what shows the password has a switch of its own.
        return bool(self["insecure_auth"] or not self["tls_require"])

    # --- what is known of them ------------------------------------------------------------------------

    @classmethod
    def add_setting(
        cls,
        name: str,
        type: Callable[..., Any] = str,
        default: Any = None,
        factory: Callable[[Any], Any] | None = None,
        cache: bool = False,
        default_d: str | None = None,
        doc: str | None = None,
        cmdline_help: str | None = None,
        validator: Validator | None = None,
        basic: bool = False,
    ) -> None:
        """Declare a setting of the program's own. See `Setting` for the parameters.

        :raises ValueError: there is one of that name with another type, default or factory.
        """
        known = cls._defs.get(name)
        if known is not None:
            same = known.cache or (known.default, known.factory) == (default, factory)
            if known.type != type or not same:
                raise ValueError(f"there is a setting {name!r} already, and it is another one")
            return
        cls._defs[name] = Setting(
            name=name,
            type=type,
            default=default,
            factory=factory,
            cache=cache,
            default_d=default_d,
            doc=doc,
            cmdline_help=cmdline_help,
            validator=validator,
            basic=basic,
        )

    @classmethod
    def list_all(cls, basic: bool | None = None) -> list[str]:
        """The names of all settings that are declared.

        :param basic: only the basic ones, or only the others.
        """
        return [name for name, setting in cls._defs.items() if basic is None or setting.basic is basic]

    # --- command lines --------------------------------------------------------------------------------

    @classmethod
    def get_arg_parser(
        cls, settings: Iterable[str] | None = None, option_prefix: str = "--", add_help: bool = False
    ) -> argparse.ArgumentParser:
        """A parser of command lines, to be a parent of the program's own.

        :param settings: the settings to offer; None offers all basic ones.
        :param option_prefix: what options begin with; those that switch something off get ``no-`` behind its dashes.
        :param add_help: have ``--help``; a parent must not.
        :raises ConfigurationError: a name that is no setting.
        """
        parser = argparse.ArgumentParser(add_help=add_help, prefix_chars=option_prefix[0])
        for name in cls.list_all(basic=True) if settings is None else settings:
            setting = cls._defs.get(name)
            if setting is None:
                raise ConfigurationError(f"there is no setting {name!r}: declare it with XMPPSettings.add_setting")
            if settings is None and setting.cmdline_help is None:
                continue
            _add_option(parser, setting, option_prefix)
        return parser

    def load_arguments(self, args: argparse.Namespace) -> None:
        """Take over what a command line with `get_arg_parser` says. What it does not say stays as it is.

        ``settings["password"]`` and others that are on the command line are None when neither says anything.
        """
        for attribute, value in vars(args).items():
            name = attribute.removeprefix(_DEST)
            if name != attribute and value is not None:
                self[name] = value

    # --- validators -----------------------------------------------------------------------------------

    validate_string_list = staticmethod(validate_string_list)
    validate_positive_int = staticmethod(validate_positive_int)
    validate_positive_float = staticmethod(validate_positive_float)
    get_int_range_validator = staticmethod(int_range_validator)


def _add_option(parser: argparse.ArgumentParser, setting: Setting, prefix: str) -> None:
    dashes = prefix[: len(prefix) - len(prefix.lstrip(prefix[0]))]
    option = setting.name.replace("_", "-")
    destination = _DEST + setting.name
    about = setting.cmdline_help or setting.doc
    if setting.type is bool:
        group = parser.add_mutually_exclusive_group()
        group.add_argument(prefix + option, dest=destination, action="store_true", default=None, help=about)
        negative = f"{dashes}no-{prefix.removeprefix(dashes)}{option}"
        group.add_argument(negative, dest=destination, action="store_false", default=None, help=argparse.SUPPRESS)
        return
    default = setting.default_d or (None if setting.default is None else str(setting.default))
    said = f"{about} (default: {default})" if about and default else about
    parser.add_argument(prefix + option, dest=destination, type=setting.parse, metavar=setting.name.upper(), help=said)
