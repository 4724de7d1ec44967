# SPDX-License-Identifier: MIT
"""Prosody, from Debian's packages ``prosody`` and ``prosody-modules``."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from .base import Server

__all__ = ["Prosody"]

#: What Prosody loads of ours.
MODULES = Path(__file__).parent / "prosody_modules"
#: Seconds for a call of prosodyctl.
CONTROL_TIMEOUT = 60.0

# Passwords are kept plain so that each SCRAM hash can be computed from them: hashed ones serve one mechanism only.
# opportunistic_writes: without it, 0.12.3 at SIGTERM closes every second connection before it wrote the stream error.
# mod_posix answers SIGTERM with an orderly end; run_as_root matters to root only.
# sasl2_sm is left out: it calls do_enable and do_resume of mod_smacks, which 0.12 does not have, so that a login which
# asks for either has no answer ("attempt to call a nil value (field 'do_resume')"); `ProsodyForResuming` has it, and
# what it lacks.
# pubsub: nobody but administrators creates nodes there, so alice is one, of that host only.
CONFIGURATION = """
run_as_root = true
plugin_paths = {{ {modules} }}
data_path = {data}
certificates = {certificates}
pidfile = {pidfile}
log = {{ {{ levels = {{ min = "{level}" }}, to = "file", filename = {log} }} }}

network_settings = {{ opportunistic_writes = {opportunistic} }}
{hibernation}
{many}
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {direct_tls_port} }}
c2s_direct_tls_ssl = {{ alpn = {{ "xmpp-client" }} }}
component_ports = {{ {component_port} }}
component_interfaces = {{ "127.0.0.1" }}
http_ports = {{ {admin_port} }}
https_ports = {{ {http_port} }}
https_certificate = {certificate}
https_key = {key}
s2s_ports = {{ }}

modules_enabled = {{
	"roster"; "saslauth"; "tls"; "disco"; "ping"; "version"; "time"; "blocklist"; "private"; "carbons"; "smacks"; "csi";
	"pep"; "vcard4"; "vcard_legacy"; "posix"; "admin_shell"; "http"; {archives} "offline"; "lastactivity"; "bookmarks";
	"adhoc"; "admin_adhoc"; "uptime"; "bosh"; "websocket"; "sasl2_repairs"; "sasl2"; "sasl2_bind2"; "sasl2_fast";
}}
modules_disabled = {{ "s2s" }}

ssl = {{ certificate = {certificate}, key = {key} }}
c2s_require_encryption = true
authentication = "internal_plain"
allow_registration = false
admins = {{ {admin} }}

VirtualHost {domain}
VirtualHost {anonymous_domain}
	authentication = "anonymous"
VirtualHost {register_domain}
	modules_enabled = {{ "register" }}
	allow_registration = true
Component {component_domain}
	component_secret = {component_secret}
Component {muc_domain} "muc"
	modules_enabled = {{ "muc_mam", "vcard_muc", "muc_moderation" }}
Component {pubsub_domain} "pubsub"
	admins = {{ {admin}, {publisher} }}
	expose_publisher = true
Component {upload_domain} "http_file_share"
	http_host = {domain}
	http_file_share_size_limit = {upload_limit}
	http_file_share_daily_quota = 1073741824
"""

#: With `Server.for_many_messages`. An archive in a file is for 10,000, and then every hundredth message has the file
#: written anew, which takes seconds in which nobody is served. A session with more than 500 stanzas that are not
#: acknowledged cannot be resumed: at 100 in a second that is an absence of five seconds, as happens on a busy machine.
#: Garbage is collected again as soon as that has ended, if it is not told otherwise: three quarters of all its time.
MANY = """storage = { archive = "memory" }
storage_archive_item_limit = 30000
smacks_max_queue_size = 10000
gc = { threshold = 300 }"""


def _lua(text: object) -> str:
    """A string of Lua."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class Prosody(Server):
    name = "Prosody"

    @staticmethod
    def missing() -> str | None:
        for program in ("prosody", "prosodyctl"):
            if shutil.which(program) is None:
                return f"Prosody is not installed: no {program} (Debian: apt-get install prosody prosody-modules)"
        return None

    @cached_property
    def version(self) -> str:
        first = self._control("about").strip().splitlines()[0]
        return first.removeprefix("Prosody").strip()

    def close_all(self) -> None:
        self._control("shell", "c2s:closeall()")

    @property
    def _configuration(self) -> str:
        return str(self.directory / "prosody.cfg.lua")

    def _write_configuration(self) -> None:
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        # For TLS from the first byte, Prosody looks here for each host, and takes that of the parent domain.
        certificates = self.directory / "certs"
        certificates.mkdir(exist_ok=True)
        shutil.copy(self.certificate.certificate, certificates / f"{self.domain}.crt")
        shutil.copy(self.certificate.key, certificates / f"{self.domain}.key")
        text = CONFIGURATION.format(
            modules=_lua(MODULES),
            data=_lua(data),
            certificates=_lua(certificates),
            pidfile=_lua(self.directory / "prosody.pid"),
            log=_lua(self.log_file),
            certificate=_lua(self.certificate.certificate),
            key=_lua(self.certificate.key),
            domain=_lua(self.domain),
            anonymous_domain=_lua(self.anonymous_domain),
            component_domain=_lua(self.component_domain),
            component_secret=_lua(self.component_secret),
            port=self.port,
            direct_tls_port=self.direct_tls_port,
            component_port=self.component_port,
            admin_port=self.admin_port,
            http_port=self.http_port,
            admin=_lua(f"{self.admin}@{self.domain}"),
            publisher=_lua(f"alice@{self.domain}"),
            register_domain=_lua(self.register_domain),
            muc_domain=_lua(self.muc_domain),
            pubsub_domain=_lua(self.pubsub_domain),
            upload_domain=_lua(self.upload_domain),
            upload_limit=self.upload_limit,
            level="info" if self.for_chaos else "debug",
            opportunistic="true" if self.for_stopping else "false",
            archives='"mam";' if self.archives else "",
            many=MANY if self.for_many_messages else "",
            hibernation=f"smacks_hibernation_time = {self.resume_seconds}" if self.resume_seconds else "",
        )
        (self.directory / "prosody.cfg.lua").write_text(text, encoding="utf-8")

    def _command(self) -> Sequence[str]:
        return ("prosody", "--config", self._configuration, "-F")

    def _register(self, name: str, password: str) -> None:
        self._control("register", name, self.domain, password)

    def _control(self, *arguments: str) -> str:
        done = subprocess.run(
            ("prosodyctl", "--config", self._configuration, *arguments),
            env=dict(self._environment()),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CONTROL_TIMEOUT,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"prosodyctl {arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout
