# SPDX-License-Identifier: MIT
"""ejabberd, from Debian's package ``ejabberd``.

Started as Erlang program, without ``ejabberdctl``: that one insists on the system's account and on Erlang's
distribution, with a name for the node, a cookie and a daemon of its own (epmd). Here the node has no name and
listens on nothing but the ports of its configuration; it is told what to do by HTTP on loopback, and runs as
whoever starts it, root or not.
"""

from __future__ import annotations

import glob
import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from .base import Server

__all__ = ["Ejabberd"]

#: Seconds for an answer by HTTP.
CONTROL_TIMEOUT = 60.0
#: Erlang asks nobody but this file for names: nothing leaves the machine.
INETRC = '{host, {127,0,0,1}, ["localhost"]}.\n{lookup, ["file"]}.\n'
#: Where Debian keeps it: /usr/lib/TRIPLET/ejabberd-VERSION/ebin.
EBIN = "/usr/lib/*/ejabberd-*/ebin/ejabberd.app"

#: At the end of its input: what ejabberd does itself at SIGTERM, but waiting (30 s at most) until the streams are
#: closed. Without that, some of the connections end before their stream error was written.
STOP = """
Wait = fun(_, 0) -> ok;
          (Again, Count) ->
              case ejabberd_sm:get_all_pids() of [] -> ok; _ -> timer:sleep(10), Again(Again, Count - 1) end
       end,
spawn(fun() ->
    eof = io:get_line(""),
    [begin ejabberd_c2s:send(Pid, xmpp:serr_system_shutdown()), ejabberd_c2s:stop_async(Pid) end
     || Pid <- ejabberd_sm:get_all_pids()],
    Wait(Wait, 3000),
    init:stop()
end).
"""

#: With `Server.for_many_messages`. Archives, and what waits for somebody, are in files (Mnesia's disc_only_copies), in
#: which a message takes the longer the more its account has: after 1,000 the server does nothing else. Who has so many
#: takes SQL, which needs one more package at least (erlang-p1-sqlite3); here they are in memory.
MANY = """
[{atomic, ok} = mnesia:change_table_copy_type(Table, node(), ram_copies) || Table <- [archive_msg, offline_msg]],
"""


class Ejabberd(Server):
    name = "ejabberd"
    _stops_at_end_of_input = True

    @staticmethod
    def missing() -> str | None:
        if shutil.which("erl") is None or not glob.glob(EBIN):
            return f"ejabberd is not installed: no erl, or no {EBIN} (Debian: apt-get install ejabberd)"
        return None

    @cached_property
    def version(self) -> str:
        # "The node … is started with status: started" / "ejabberd 23.01.0 is running in that node"
        found = re.search(r"ejabberd (\S+) is running", str(self._call("status")))
        if found is None:
            raise RuntimeError(f"ejabberd does not state its version: {self._call('status')!r}")
        return found[1]

    def close_all(self) -> None:
        connected = self._call("connected_users")
        assert isinstance(connected, list)
        for address in connected:
            user, _, rest = address.partition("@")
            host, _, resource = rest.partition("/")
            arguments = {"user": user, "host": host, "resource": resource, "reason": "closed by the administrator"}
            self._call("kick_session", **arguments)

    def _listeners(self) -> list[dict[str, object]]:
        here: dict[str, object] = {"ip": self.host}
        client = {**here, "module": "ejabberd_c2s"}
        secret = {"password": self.component_secret}
        return [
            {**client, "port": self.port, "starttls_required": True},
            {**client, "port": self.direct_tls_port, "tls": True},
            {
                **here,
                "port": self.component_port,
                "module": "ejabberd_service",
                "hosts": {self.component_domain: secret},
            },
            {
                **here,
                "port": self.admin_port,
                "module": "ejabberd_http",
                "request_handlers": {"/api": "mod_http_api"},
            },
            {
                **here,
                "port": self.http_port,
                "module": "ejabberd_http",
                "tls": True,
                "request_handlers": {
                    "/upload": "mod_http_upload",
                    self.bosh_path: "mod_bosh",
                    self.websocket_path: "ejabberd_http_ws",
                },
            },
        ]

    def _modules(self) -> dict[str, dict[str, object]]:
        plain = (
            "adhoc admin_extra blocking bosh caps carboncopy client_state configure disco http_api last offline ping"
        )
        plain += " ping privacy private stream_mgmt time vcard version"
        room = {"mam": True, "allow_user_invites": True}
        return {
            **{f"mod_{module}": {} for module in plain.split()},
            "mod_http_upload": {
                "docroot": str(self.directory / "upload"),
                "put_url": f"https://@HOST@:{self.http_port}/upload",
                "max_size": self.upload_limit,
            },
            "mod_mam": {"default": "always" if self.archives else "never"},
            "mod_muc": {"host": self.muc_domain.replace(self.domain, "@HOST@"), "default_room_options": room},
            "mod_pubsub": {"plugins": ["flat", "pep"]},
            "mod_roster": {"versioning": True, "store_current_id": True},
            "mod_stream_mgmt": {"resume_timeout": self.resume_seconds} if self.resume_seconds is not None else {},
        }

    def _write_configuration(self) -> None:
        # Passwords are kept plain so that each SCRAM hash can be computed from them. The mechanisms that are off
        # are those that Debian's configuration turns off. No shaper: bytes come as fast as they can.
        # registration_timeout: seconds between two accounts from one address.
        configuration: dict[str, object] = {
            "hosts": [self.domain, self.anonymous_domain, self.register_domain],
            "loglevel": "info" if self.for_chaos else "debug",
            "certfiles": [str(self.certificate.certificate), str(self.certificate.key)],
            "ca_file": str(self.ca_file),
            "s2s_access": "none",
            "auth_method": ["mnesia"],
            "auth_password_format": "plain",
            "disable_sasl_mechanisms": ["digest-md5", "X-OAUTH2"],
            "registration_timeout": "infinity",
            "acl": {"admin": {"user": [f"{self.admin}@{self.domain}"]}, "local": {"user_regexp": ""}},
            "access_rules": {"configure": {"allow": "admin"}, "local": {"allow": "local"}},
            "host_config": {
                self.anonymous_domain: {"auth_method": ["anonymous"], "anonymous_protocol": "sasl_anon"},
            },
            "append_host_config": {self.register_domain: {"modules": {"mod_register": {}}}},
            "listen": self._listeners(),
            "api_permissions": {"fixture": {"who": {"ip": ["127.0.0.0/8"]}, "what": ["*"]}},
            "modules": self._modules(),
        }
        if self.for_chaos:
            configuration["shaper_rules"] = {"max_user_sessions": 1000}
        # JSON is YAML.
        (self.directory / "ejabberd.yml").write_text(json.dumps(configuration, indent=1), encoding="utf-8")
        (self.directory / "inetrc").write_text(INETRC, encoding="utf-8")
        (self.directory / "spool").mkdir(exist_ok=True)

    def _environment(self) -> Mapping[str, str]:
        return {
            **super()._environment(),
            "ERL_LIBS": str(Path(sorted(glob.glob(EBIN))[-1]).parents[2]),
            "ERL_CRASH_DUMP": str(self.directory / "erl_crash.dump"),
            "ERL_INETRC": str(self.directory / "inetrc"),
            "EJABBERD_CONFIG_PATH": str(self.directory / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(self.log_file),
            "CONTRIB_MODULES_PATH": str(self.directory / "modules"),
            "CONTRIB_MODULES_CONF_DIR": str(self.directory / "modules.d"),
        }

    def _command(self) -> Sequence[str]:
        spool = json.dumps(str(self.directory / "spool"))  # a string of Erlang
        # Two schedulers and small tables: a server for three users must not take a machine's worth of either.
        then = (MANY if self.for_many_messages else "") + STOP
        return ("erl", "-noshell", "+S", "2", "+P", "32768", "-mnesia", "dir", spool, "-s", "ejabberd", "-eval", then)

    def _ready(self) -> bool:
        # A wish to stop before that moment would be forgotten.
        return "Status: started" in str(self._call("status"))

    def _register(self, name: str, password: str) -> None:
        self._call("register", user=name, host=self.domain, password=password)

    def _call(self, command: str, **arguments: str) -> object:
        """The answer to a command of the API of ejabberd."""
        request = urllib.request.Request(
            f"http://{self.host}:{self.admin_port}/api/{command}",
            data=json.dumps(arguments).encode(),
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=CONTROL_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            raise RuntimeError(f"ejabberd answers {command} with {error.code}: {text}") from None
