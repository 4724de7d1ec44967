# SPDX-License-Identifier: MIT
"""Every module path and public name of slixmpp 1.17's core: it is here, and under every path it is the same object.

A row is a module, below ``slixmpp`` and below ``xmppkit``, and the names that programs import from it.
"""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import aliases
import pytest

import xmppkit

HANDLERS = "BaseHandler Callback CoroutineCallback Collector Waiter XMLCallback XMLWaiter"
SASL_ERRORS = "SASLCancelled SASLFailed SASLMutualAuthFailed SASLNoAppropriateMechanism"

#: Module → names; the empty path is the package itself.
NAMES = {
    "": "Message Presence Iq JID InvalidJID ET ElementBase register_stanza_plugin XMLStream BaseXMPP ClientXMPP"
    " ComponentXMPP __version__ __version_info__ Callback CoroutineCallback Collector Waiter XMLCallback XMLWaiter"
    " MatcherId MatchMany StanzaPath MatchXMLMask MatchXPath",
    "api": "",
    "basexmpp": "BaseXMPP",
    "clientxmpp": "ClientXMPP",
    "componentxmpp": "ComponentXMPP",
    "version": "__version__ __version_info__",
    "stringprep": "",
    "xmlstream": "ET ElementBase StanzaBase JID XMLStream register_stanza_plugin tostring highlight RESPONSE_TIMEOUT",
    "xmlstream.stanzabase": "ET ElementBase StanzaBase register_stanza_plugin fix_ns multifactory XML_NS"
    " STRICT_INTERFACE JID",
    "xmlstream.handler": HANDLERS,
    "xmlstream.handler.base": "BaseHandler",
    "xmlstream.handler.callback": "Callback",
    "xmlstream.handler.coroutine_callback": "CoroutineCallback",
    "xmlstream.handler.collector": "Collector",
    "xmlstream.handler.waiter": "Waiter",
    "xmlstream.handler.xmlcallback": "XMLCallback",
    "xmlstream.handler.xmlwaiter": "XMLWaiter",
    "xmlstream.matcher": "MatchIDSender MatcherBase MatcherId MatchMany StanzaPath MatchXMLMask MatchXPath",
    "xmlstream.matcher.base": "MatcherBase",
    "xmlstream.matcher.id": "MatcherId",
    "xmlstream.matcher.idsender": "MatchIDSender",
    "xmlstream.matcher.many": "MatchMany",
    "xmlstream.matcher.stanzapath": "StanzaPath",
    "xmlstream.matcher.xmlmask": "MatchXMLMask",
    "xmlstream.matcher.xpath": "MatchXPath",
    "xmlstream.tostring": "tostring tostring_fmt escape highlight",
    "xmlstream.xmlstream": "XMLStream NotConnectedError InvalidCABundle ContinueQueue",
    "xmlstream.cert": "verify extract_names extract_dates get_ttl decode_str CertificateError",
    "xmlstream.resolver": "resolve default_resolver get_A get_AAAA get_SRV SRVAnswer ResolverProtocol",
    "exceptions": "XMPPError IqError IqTimeout PresenceError",
    "jid": "JID InvalidJID unescape_node",
    "stanza": "Message Iq Presence Error StreamFeatures StreamError Handshake",
    "stanza.message": "Message",
    "stanza.iq": "Iq",
    "stanza.presence": "Presence",
    "stanza.error": "Error",
    "stanza.roster": "Roster RosterItem",
    "stanza.rootstanza": "RootStanza",
    "stanza.stream_features": "StreamFeatures",
    "stanza.stream_error": "StreamError",
    "stanza.handshake": "Handshake",
    "stanza.atom": "AtomEntry AtomAuthor",
    "stanza.htmlim": "HTMLIM",
    "plugins": "PLUGINS BasePlugin PluginManager PluginNotFound register_plugin load_plugin",
    "plugins.base": "BasePlugin PluginManager PluginNotFound register_plugin load_plugin PLUGIN_REGISTRY"
    " PLUGIN_DEPENDENTS",
    "plugins.xep_0030": "XEP_0030 DiscoInfo DiscoItems",
    "plugins.xep_0030.stanza": "DiscoInfo DiscoItems",
    "plugins.xep_0030.stanza.info": "DiscoInfo",
    "plugins.xep_0030.stanza.items": "DiscoItem DiscoItems",
    "plugins.xep_0092": "XEP_0092",
    "plugins.xep_0199": "XEP_0199",
    "plugins.xep_0231": "XEP_0231 BitsOfBinary",
    "pluginsdict": "PluginsDict",
    "roster": "Roster RosterNode RosterItem",
    "types": "PresenceTypes PresenceShows ExtPresenceShows MessageTypes IqTypes MucRole MucAffiliation OptJid JidStr"
    " OptJidStr PresenceArgs MucRoomItem MucRoomItemKeys ResourceDict RosterState RosterDBProtocol MAMDefault"
    " FilterString ErrorTypes ErrorConditions ClientTypes HatTuple",
    "util": "bytes unicode quote num_to_bytes bytes_to_num XOR hash hashes Cache PerJidCache MemoryCache"
    " MemoryPerJidCache FileSystemCache FileSystemPerJidCache",
    "util.sasl": f"choose sasl_mech Mech MECHANISMS MECH_SEC_SCORES saslprep {SASL_ERRORS}",
    "util.sasl.client": f"choose sasl_mech Mech MECHANISMS MECH_SEC_SCORES saslprep {SASL_ERRORS}",
    "util.sasl.mechanisms": "ANONYMOUS LOGIN PLAIN EXTERNAL CRAM SCRAM DIGEST X_FACEBOOK_PLATFORM X_MESSENGER_OAUTH2"
    " X_OAUTH2 X_GOOGLE_TOKEN",
    "util.stringprep_profiles": "create StringPrepError b1_mapping c12_mapping",
    "thirdparty": "GPG OrderedSet deprecated",
    "test": "SlixTest TestSocket TestLiveSocket TestTransport",
    "test.slixtest": "SlixTest",
    "test.integration": "SlixIntegration",
    "features": "",
    "features.feature_starttls": "FeatureSTARTTLS STARTTLS Proceed Failure stanza",
    "features.feature_mechanisms": "FeatureMechanisms Mechanisms Auth Success Failure Challenge Response Abort stanza",
    "features.feature_bind": "FeatureBind Bind stanza",
    "features.feature_session": "FeatureSession Session stanza",
    "features.feature_rosterver": "FeatureRosterVer RosterVer stanza",
    "features.feature_preapproval": "FeaturePreApproval PreApproval stanza",
    "features.feature_limits": "FeatureLimits stanza",
}
#: Names that mean something else in another module.
SEVERAL = {"Roster", "RosterItem", "Failure", "stanza", "tostring"}


def dotted(package: str, path: str) -> str:
    return f"{package}.{path}" if path else package


def rows() -> list[tuple[str, str]]:
    return [(path, name) for path, names in NAMES.items() for name in names.split()]


@pytest.mark.parametrize("path", NAMES)
def test_the_module_is_there(path: str) -> None:
    assert import_module(dotted("xmppkit", path)).__name__ == dotted("xmppkit", path)


@pytest.mark.parametrize(("path", "name"), rows())
def test_the_name_is_there_and_is_its_home(path: str, name: str) -> None:
    module = import_module(dotted("xmppkit", path))
    found = getattr(module, name)
    if inspect.isclass(found) or inspect.isfunction(found):
        home = import_module(found.__module__)
        assert getattr(home, found.__name__) is found
        assert aliases.MARK not in Path(inspect.getfile(found)).read_text()[:200], "an alias is no home"


def test_a_name_is_one_object_under_every_path() -> None:
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path, name in rows():
        if name not in SEVERAL:
            found[name][id(getattr(import_module(dotted("xmppkit", path)), name))].append(path)
    assert {name: list(objects.values()) for name, objects in found.items() if len(objects) > 1} == {}


@pytest.mark.parametrize("path", [path for path in NAMES if path and "." not in path])
def test_submodules_are_attributes(path: str) -> None:
    assert getattr(xmppkit, path) is import_module(f"xmppkit.{path}")


#: Modules that slixmpp has as attributes only once something has loaded them, or hides behind a function.
IMPORTED_ONLY = ("plugins.xep_", "stanza.atom", "stanza.htmlim", "xmlstream.tostring", "test")

ATTRIBUTES = """
import json, sys
from functools import reduce
import xmppkit
xmppkit.install_as_slixmpp()
import slixmpp
for path in json.load(sys.stdin):
    assert reduce(getattr, path.split("."), slixmpp).__name__ == f"xmppkit.{path}", path
print("all")
"""


def test_modules_are_reached_as_attributes() -> None:
    """``import slixmpp``, and then ``slixmpp.xmlstream.matcher.StanzaPath``."""
    paths = [path for path in NAMES if path and not path.startswith(IMPORTED_ONLY)]
    assert "xmlstream.matcher.stanzapath" in paths
    done = subprocess.run(
        [sys.executable, "-c", ATTRIBUTES],
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("all\n", "")


@pytest.mark.parametrize("package", ["xmlstream", "roster", "plugins", "features"])
def test_a_module_that_is_not_there_is_no_attribute(package: str) -> None:
    with pytest.raises(AttributeError, match="nowhere"):
        _ = import_module(f"xmppkit.{package}").nowhere


def test_values_that_programs_rely_on() -> None:
    assert xmppkit.ET is ElementTree
    assert import_module("xmppkit.xmlstream").RESPONSE_TIMEOUT == 30
    assert import_module("xmppkit.xmlstream.stanzabase").XML_NS == "http://www.w3.org/XML/1998/namespace"
    assert import_module("xmppkit.xmlstream.stanzabase").STRICT_INTERFACE is False
    assert callable(import_module("xmppkit.xmlstream").tostring)


PROGRAM = """
import json, sys
from importlib import import_module
import xmppkit
xmppkit.install_as_slixmpp()
for path, names in json.load(sys.stdin).items():
    old, new = (import_module(f"{package}.{path}" if path else package) for package in ("slixmpp", "xmppkit"))
    assert old is new, path
    for name in names.split():
        space = {}
        exec(f"from slixmpp{'.' if path else ''}{path} import {name} as found", space)
        assert space["found"] is getattr(new, name), (path, name)
print("all")
"""


@pytest.mark.parametrize("backwards", [False, True])
def test_all_of_it_by_the_name_slixmpp(backwards: bool) -> None:
    """Both ways: what is imported first must not matter."""
    table = dict(reversed(NAMES.items())) if backwards else NAMES
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(table),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("all\n", "")
