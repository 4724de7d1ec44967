# SPDX-License-Identifier: MIT
"""The real servers once more, with hosts to which one logs in otherwise: by certificate, by token, bound to TLS 1.3, or
along with which a session goes on."""

from __future__ import annotations

import json
from pathlib import Path

from .authority import make_server_certificate
from .base import USERS
from .ejabberd import Ejabberd
from .prosody import Prosody

__all__ = ["BOUND", "CERTIFIED", "TOKEN", "EjabberdForLogins", "ProsodyForLogins", "ProsodyForResuming"]

#: The host of Prosody where a client certificate logs in; ejabberd takes them at its own.
CERTIFIED = "certified.localhost"
#: The host of Prosody whose logins are bound to TLS 1.3, and that takes a bearer token of alice's.
BOUND = "bound.localhost"
TOKEN = "a.token-of_alice~1/2+3=="

# SASL2 off: what these hosts have beside passwords is known to the older profile only.
_HOSTS = """
VirtualHost "{certified}"
	authentication = "ccert"
	modules_disabled = {{ "s2s", "sasl2", "sasl2_bind2", "sasl2_fast", "sasl2_repairs", "sasl2_sm" }}
	ssl = {{ certificate = {certificate}, key = {key}, cafile = {ca_file}, verify = {{ "peer" }} }}
VirtualHost "{bound}"
	authentication = "bound"
	modules_disabled = {{ "s2s", "sasl2", "sasl2_bind2", "sasl2_fast", "sasl2_repairs", "sasl2_sm" }}
	modules_enabled = {{ "sasl_oauthbearer" }}
	bound_passwords = {{ alice = {password} }}
	bound_tokens = {{ alice = {token} }}
"""


class ProsodyForLogins(Prosody):
    """Prosody, with two hosts more."""

    def __init__(self, directory: Path, authority_directory: Path) -> None:
        super().__init__(directory, authority_directory)
        domains = (self.domain, self.component_domain, CERTIFIED, BOUND)
        self.certificate = make_server_certificate(authority_directory, directory, *domains)

    def _write_configuration(self) -> None:
        super()._write_configuration()
        file = self.directory / "prosody.cfg.lua"
        hosts = _HOSTS.format(
            certified=CERTIFIED,
            bound=BOUND,
            certificate=_lua(self.certificate.certificate),
            key=_lua(self.certificate.key),
            ca_file=_lua(self.ca_file),
            password=_lua(USERS["alice"]),
            token=_lua(TOKEN),
        )
        file.write_text(file.read_text(encoding="utf-8") + hosts, encoding="utf-8")


class ProsodyForResuming(Prosody):
    """Prosody, whose sessions go on along with a login by SASL2."""

    def _write_configuration(self) -> None:
        super()._write_configuration()
        file = self.directory / "prosody.cfg.lua"
        text = file.read_text(encoding="utf-8")
        assert '"sasl2_fast";' in text
        text = text.replace('"sasl2_fast";', '"sasl2_fast"; "sasl2_sm_repairs"; "sasl2_sm";', 1)
        file.write_text(text, encoding="utf-8")


class EjabberdForLogins(Ejabberd):
    """ejabberd, which asks clients for a certificate, and offers X-OAUTH2."""

    def _write_configuration(self) -> None:
        super()._write_configuration()
        file = self.directory / "ejabberd.yml"
        configuration = json.loads(file.read_text(encoding="utf-8"))
        for listener in configuration["listen"]:
            if listener["port"] in (self.port, self.direct_tls_port):
                listener["tls_verify"] = True
        configuration["disable_sasl_mechanisms"] = ["digest-md5"]
        configuration["c2s_cafile"] = str(self.ca_file)
        file.write_text(json.dumps(configuration, indent=1), encoding="utf-8")


def _lua(text: object) -> str:
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
