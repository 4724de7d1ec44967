# SPDX-License-Identifier: MIT
"""Tests in slixmpp's manner: they are what such tests look like, and run under pytest and unittest."""

from __future__ import annotations

import asyncio
import time
import unittest
from typing import Any
from unittest import mock

import pytest

from xmppkit.exceptions import IqError, IqTimeout, XMPPError
from xmppkit.stanza.message import Message
from xmppkit.test import SlixTest
from xmppkit.test.slixtest import SlixTest as Home


class TestClient(SlixTest):
    def setUp(self) -> None:
        self.stream_start(mode="client", plugins=["xep_0030", "xep_0092", "xep_0199", "xep_0231"])

    def tearDown(self) -> None:
        self.stream_close()

    def testEcho(self) -> None:
        """A message, and what a handler answers."""

        def echo(msg: Message) -> None:
            msg.reply("Thanks for sending: {body}".format(**msg)).send()

        self.xmpp.add_event_handler("message", echo)
        self.recv("""
          <message to="tester@localhost" from="user@localhost">
            <body>Hi!</body>
          </message>
        """)
        self.send("""
          <message to="user@localhost">
            <body>Thanks for sending: Hi!</body>
          </message>
        """)
        self.send(None)

    def testCoroutine(self) -> None:
        async def answer(msg: Message) -> None:
            await asyncio.sleep(0.2)
            msg.reply("later").send()

        self.xmpp.add_event_handler("message", answer)
        self.recv(b"<message from='user@localhost'><body>1</body></message>")
        self.send("<message to='user@localhost'><body>later</body></message>")

    def testSessionIsNotAnnounced(self) -> None:
        assert self.xmpp.sessionstarted
        assert self.xmpp.session_bind_event.is_set()
        assert self.xmpp.event_handled("session_start") == 0
        assert self.xmpp.stream_id == "slixtest"
        assert self.xmpp.stream_version == "1.0"
        self.send(None)

    def testIds(self) -> None:
        self.xmpp.send_message("a@localhost", "no id")
        self.xmpp.make_iq_get("urn:example", ito="a@localhost").send()
        self.xmpp.make_iq_get("urn:example", ito="b@localhost").send()
        self.send("<message to='a@localhost'><body>no id</body></message>", defaults=["type"])
        self.send("<iq id='1' type='get' to='a@localhost'><query xmlns='urn:example'/></iq>")
        self.send("<iq id='2' type='get' to='b@localhost'><query xmlns='urn:example'/></iq>")

    def testIq(self) -> None:
        results: list[Any] = []

        async def ask() -> None:
            results.append(await self.xmpp["xep_0092"].get_version("user@localhost"))

        self.xmpp.wrap(ask())
        self.wait_()
        self.send("<iq id='1' type='get' to='user@localhost'><query xmlns='jabber:iq:version'/></iq>")
        self.recv("""
          <iq id='1' type='result' from='user@localhost' to='tester@localhost/resource'>
            <query xmlns='jabber:iq:version'><name>Foo</name><version>1.0</version><os>Linux</os></query>
          </iq>""")
        assert results[0]["software_version"]["name"] == "Foo"
        self.check(results[0], "iq@type=result/software_version", method="stanzapath")

    def testIqError(self) -> None:
        iq = self.xmpp.make_iq_get("urn:example", ito="user@localhost")
        future = iq.send()
        self.send("<iq id='1' type='get' to='user@localhost'><query xmlns='urn:example'/></iq>")
        self.recv("""
          <iq id='1' type='error' from='user@localhost'>
            <error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
          </iq>""")
        with pytest.raises(IqError) as caught:
            self.run_coro(future)
        assert caught.value.condition == "item-not-found"

    def testIqTimeout(self) -> None:
        """An hour takes no time."""
        begin = time.monotonic()
        future = self.xmpp.make_iq_get("urn:example", ito="user@localhost").send(timeout=3600)
        with pytest.raises(IqTimeout):
            self.run_coro(future)
        assert time.monotonic() - begin < 60

    def testUnhandledIq(self) -> None:
        self.recv("<iq id='x' type='get' from='user@localhost'><query xmlns='urn:example'/></iq>")
        self.send("iq@type=error@id=x/error@condition=feature-not-implemented", method="stanzapath")

    def testHandlerError(self) -> None:
        def refuse(msg: Message) -> None:
            raise XMPPError("forbidden", "not you")

        self.xmpp.add_event_handler("message", refuse)
        self.recv("<message from='user@localhost' id='m'><body>hi</body></message>")
        self.send(
            """
          <message to='user@localhost' type='error'>
            <error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
          </message>""",
            method="mask",
        )

    def testDisco(self) -> None:
        self.recv("""
          <iq id='d' type='get' from='user@localhost'>
            <query xmlns='http://jabber.org/protocol/disco#info'/>
          </iq>""")
        self.send(
            """
          <iq id='d' type='result' to='user@localhost'>
            <query xmlns='http://jabber.org/protocol/disco#info'>
              <identity category='client' type='bot'/>
              <feature var='urn:xmpp:ping'/>
              <feature var='jabber:iq:version'/>
            </query>
          </iq>""",
            method="mask",
        )

    def testPing(self) -> None:
        self.recv("<iq id='p' type='get' from='user@localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
        self.send("<iq id='p' type='result' to='user@localhost'/>")

    def testBitsOfBinary(self) -> None:
        cid = self.run_coro(self.xmpp["xep_0231"].set_bob(b"bits", "text/plain"))
        self.recv(f"""
          <iq id='b' type='get' from='user@localhost'><data xmlns='urn:xmpp:bob' cid='{cid}'/></iq>""")
        self.send(
            f"""
          <iq id='b' type='result' to='user@localhost'>
            <data xmlns='urn:xmpp:bob' cid='{cid}' type='text/plain'>Yml0cw==</data>
          </iq>""",
            method="mask",
        )

    def testRoster(self) -> None:
        self.xmpp.get_roster()
        self.send("<iq id='1' type='get'><query xmlns='jabber:iq:roster'/></iq>", use_values=False)
        self.recv("""
          <iq id='1' type='result' to='tester@localhost/resource'>
            <query xmlns='jabber:iq:roster'>
              <item jid='user@localhost' name='User' subscription='from' ask='subscribe'>
                <group>Friends</group><group>Examples</group>
              </item>
            </query>
          </iq>""")
        self.check_roster(
            "tester@localhost",
            "user@localhost",
            name="User",
            subscription="from",
            afrom=True,
            ato=False,
            pending_out=True,
            pending_in=False,
            groups=["Examples", "Friends"],
        )
        with pytest.raises(AssertionError, match="name of user@localhost"):
            self.check_roster("tester@localhost", "user@localhost", name="Nobody")

    def testPresence(self) -> None:
        events: list[str] = []
        for name in ("got_online", "presence_available", "presence_away", "got_offline"):
            self.xmpp.add_event_handler(name, lambda _, name=name: events.append(name))
        self.recv("<presence from='user@localhost/a' to='tester@localhost'/>")
        self.recv("<presence from='user@localhost/a' to='tester@localhost'><show>away</show></presence>")
        self.recv("<presence from='user@localhost/a' to='tester@localhost' type='unavailable'/>")
        assert events == ["got_online", "presence_available", "presence_away", "got_offline"]
        self.xmpp.send_presence(pshow="dnd", pstatus="busy")
        self.send("<presence><show>dnd</show><status>busy</status></presence>")

    def testIdsAreOffWithAnyPlugins(self) -> None:
        for plugins in (None, [], ["xep_0308"]):
            self.stream_start(plugins=plugins)
            assert (self.xmpp.Message()["id"], self.xmpp.Presence()["id"]) == ("", "")
            assert self.xmpp.Iq()["id"] == "1"

    def testSubscription(self) -> None:
        self.recv("<presence from='user@localhost' to='tester@localhost' type='subscribe'/>")
        self.send("<presence to='user@localhost' type='subscribed'/>")
        self.send("<presence to='user@localhost'/>")
        self.send("<presence to='user@localhost' type='subscribe'/>")
        self.check_roster("tester@localhost", "user@localhost", afrom=True, pending_out=True, pending_in=False)

    def testFilters(self) -> None:
        async def slowly(stanza: Any) -> Any:
            await asyncio.sleep(0)
            stanza["id"] = "filtered"
            return stanza

        self.xmpp.add_filter("out", slowly)
        self.xmpp.send_message("a@localhost", "x")
        self.wait_for_send_queue()
        self.run_coro(self.xmpp.run_filters())
        assert "filtered" in self.xmpp.socket.next_sent()
        assert self.xmpp.socket.next_sent(timeout=0.1) is None

    def testDisconnect(self) -> None:
        reasons: list[Any] = []
        self.xmpp.add_event_handler("disconnected", reasons.append)
        self.stream_disconnect()
        self.stream_disconnect()
        assert len(reasons) == 1
        with pytest.raises(OSError):
            self.xmpp.transport or self._transport.socket.send("x")  # type: ignore[union-attr]

    def testWaiting(self) -> None:
        done: list[float] = []
        begin = self.xmpp.loop.time()
        self.xmpp.schedule("later", 5, lambda: done.append(self.xmpp.loop.time() - begin))
        self.wait_()
        assert done == []
        self.wait_(6)
        assert 4 < done[0] < 6

    def testSlowWork(self) -> None:
        """What a thread does is waited for, and time.sleep makes timers due."""
        assert self.run_coro(asyncio.wait_for(asyncio.to_thread(time.sleep, 0.05), 20)) is None
        begin = time.monotonic()
        with mock.patch("xmppkit.testing.clock._PATIENCE", 300.0):
            self.run_coro(asyncio.sleep(1000))  # it is waited for no longer
        assert time.monotonic() - begin < 200
        done: list[int] = []
        self.xmpp.loop.call_later(0.01, done.append, 1)
        time.sleep(0.02)
        self.wait_()
        assert done == [1]

    def testKeepalive(self) -> None:
        self.xmpp.send_raw(" ")
        self.xmpp.send_presence()
        self.send("<presence/>")

    def testOwnStanzas(self) -> None:
        message = self.Message()
        message["to"] = "user@localhost"
        message["body"] = "b"
        self.check(message, "<message to='user@localhost'><body>b</body></message>")
        self.check(self.Presence(), "<presence/>")
        self.check(self.Iq(sid="7"), "<iq id='7'/>")
        assert message.stream is self.xmpp


class TestComponent(SlixTest):
    def setUp(self) -> None:
        self.stream_start(mode="component", jid="tester.localhost", plugins=["xep_0030", "xep_0199"])

    def testEcho(self) -> None:
        self.xmpp.add_event_handler("message", lambda msg: msg.reply("back").send())
        self.recv("<message to='a@tester.localhost' from='user@localhost' type='chat'><body>Hi!</body></message>")
        self.send("<message to='user@localhost' from='a@tester.localhost' type='chat'><body>back</body></message>")

    def testNamespaces(self) -> None:
        self.xmpp._fix_error_ns()
        self.recv(
            "<iq xmlns='jabber:client' type='get' id='p' to='tester.localhost' from='user@localhost'>"
            "<ping xmlns='urn:xmpp:ping'/></iq>"
        )
        self.send(
            "<iq xmlns='jabber:component:accept' type='result' id='p' from='tester.localhost' to='user@localhost'/>"
        )
        self.xmpp.send_presence(pto="a@localhost", pfrom="x@tester.localhost")
        self.send("<presence xmlns='jabber:client' to='a@localhost' from='x@tester.localhost'/>")

    def testRealHandshake(self) -> None:
        self.stream_start(
            mode="component",
            jid="tester.localhost",
            plugins=[],
            skip=False,
            header="<stream:stream xmlns='jabber:component:accept' "
            "xmlns:stream='http://etherx.jabber.org/streams' from='tester.localhost' id='3BF96D32'>",
        )
        self.send_header(sto="tester.localhost", default_ns="jabber:component:accept", default_lang="", version="")
        self.send_feature("<handshake xmlns='jabber:component:accept'/>")
        self.recv_feature("<handshake xmlns='jabber:component:accept'/>")
        assert self.xmpp.sessionstarted


FEATURES = """
  <stream:features>
    <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>
  </stream:features>"""


class TestNegotiation(SlixTest):
    def start(self, *, skip: bool) -> list[str]:
        self.stream_start(skip=skip, plugins=[], plugin_config={"feature_mechanisms": {"unencrypted_plain": True}})
        seen: list[str] = []
        for name in ("auth_success", "session_bind", "session_start"):
            self.xmpp.add_event_handler(name, lambda _, name=name: seen.append(name))
        return seen

    def negotiate(self, seen: list[str]) -> None:
        self.recv_feature(FEATURES)
        self.send_feature(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHRlc3RlcgB0ZXN0</auth>", method="exact"
        )
        self.recv_feature("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        self.send_header(sto="localhost")
        self.recv_header(sfrom="localhost", sid="second")
        self.recv_feature("<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>")
        self.send(
            "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>resource</resource>"
            "</bind></iq>",
            use_values=False,
        )
        self.recv(
            "<iq type='result' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            "<jid>tester@localhost/given</jid></bind></iq>"
        )
        assert seen == ["auth_success", "session_bind", "session_start"]
        self.check_jid(
            self.xmpp.boundjid,
            user="tester",
            domain="localhost",
            resource="given",
            bare="tester@localhost",
            full="tester@localhost/given",
            string="tester@localhost/given",
        )
        self.xmpp.send_presence()
        self.send("<presence/>")

    def testFromTheBeginning(self) -> None:
        seen = self.start(skip=False)
        self.send_header(sto="localhost")
        self.negotiate(seen)

    def testFeaturesAfterASession(self) -> None:
        """A stream that was started with skip negotiates when features come."""
        self.negotiate(self.start(skip=True))

    def testHeaderByHand(self) -> None:
        seen = self.start(skip=True)
        self.recv_header(sfrom="localhost")
        self.negotiate(seen)

    def testStartTls(self) -> None:
        self.start(skip=False)
        self.send_header(sto="localhost", sid="")
        self.recv_feature("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")
        self.send_feature("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")

    def testStanzaInsteadOfFeatures(self) -> None:
        self.start(skip=False)
        self.send_header(sto="localhost")
        self.xmpp.add_event_handler("message", lambda msg: msg.reply("yes").send())
        self.recv("<message from='a@localhost'><body>?</body></message>")
        self.send("<message to='a@localhost'><body>yes</body></message>")

    def testWrongHeader(self) -> None:
        self.start(skip=False)
        with pytest.raises(AssertionError, match="not the expected one"):
            self.send_header(sto="elsewhere")
        with pytest.raises(AssertionError, match="no stream header was sent"):
            self.send_header(sto="localhost", timeout=0.1)
        self.xmpp._always_send_everything = True
        assert self.xmpp._always_send_everything

    def testAFeatureOfTheProgram(self) -> None:
        seen = self.start(skip=True)
        assert seen == []


class TestFailures(SlixTest):
    """What the assertions say when they fail."""

    def setUp(self) -> None:
        self.stream_start(plugins=[])

    def fails(self, *parts: str) -> Any:
        return pytest.raises(AssertionError, match="(?s)" + ".*".join(parts))

    def test_both_sides_are_shown(self) -> None:
        self.xmpp.send_message("a@localhost", "one")
        with self.fails("not the expected one", "given", "one", "expected", "two"):
            self.send("<message to='a@localhost'><body>two</body></message>")

    def test_nothing_was_sent(self) -> None:
        for data in ("<presence/>", self.Presence(), self.Presence().xml):
            with self.fails("nothing was sent within 0.5 s", "expected", "presence"):
                self.send(data)
        with self.fails("nothing was sent within", "auth"):
            self.send_feature("<auth xmlns='x'/>", timeout=0.1)

    def test_something_was_sent(self) -> None:
        self.xmpp.send_presence()
        with self.fails("nothing was to be sent", "presence"):
            self.send(None)

    def test_methods(self) -> None:
        message = self.Message(sid="m", sfrom="user@localhost")
        message["body"] = "hi"
        for method, good, bad in (
            ("id", "m", "n"),
            ("mask", "<message><body>hi</body></message>", "<message><subject/></message>"),
            ("xpath", "{jabber:client}message/{jabber:client}body", "{jabber:client}message/{jabber:client}subject"),
            ("stanzapath", "message@id=m", "message@id=n"),
            ("idsender", {"id": "m", "self": "a@b", "peer": "user@localhost"}, {"id": "x", "self": "a", "peer": "a"}),
        ):
            self.check(message, good, method)
            with self.fails(f"does not match the {method}"):
                self.check(message, bad, method)
        self.check(message, message)
        with pytest.raises(ValueError, match="no method 'guess'"):
            self.check(message, "m", "guess")

    def test_features(self) -> None:
        with pytest.raises(ValueError, match="no method 'id'"):
            self._check_feature("<a xmlns='x'/>", "<a xmlns='x'/>", "id")
        with self.fails(r"not the expected feature \(exact\)"):
            self._check_feature("<a xmlns='x' b='c'/>", "<a xmlns='x'/>", "exact")
        with self.fails("no stream header"):
            self._check_header("hello", self.make_header())

    def test_starting(self) -> None:
        for wrong in ({"mode": "server"}, {"socket": "wet"}):
            with pytest.raises(ValueError, match="there is no"):
                self.stream_start(**wrong)  # type: ignore[arg-type]

    def test_xml(self) -> None:
        with self.fails("not well-formed", "<a>"):
            self.parse_xml("<a>")
        assert self.parse_xml("<stream:features/>").tag == "{http://etherx.jabber.org/streams}features"
        one = self.parse_xml("<a x='1' y='2'><b/> <c>t</c></a>")
        assert self.compare(one, self.parse_xml("<a y='2' x='1'> <c> t</c><b/></a>"))
        assert not self.compare(one, one, self.parse_xml("<a y='2' x='1'><c>t</c></a>"))
        assert not self.compare(one)
        assert [each.tag for each in self.fix_namespaces(one, "n").iter()] == ["{n}a", "{n}b", "{n}c"]

    def test_headers(self) -> None:
        assert (
            self.make_header(sto="a", sid="1", default_lang="", xml_header=False)
            == '<stream:stream to="a" id="1" version="1.0" xmlns:stream="http://etherx.jabber.org/streams" '
            'xmlns="jabber:client">'
        )


class TestAllPlugins(SlixTest):
    def test_all_that_there_are(self) -> None:
        self.stream_start(header="no header at all")
        assert {"xep_0030", "xep_0092", "xep_0199", "xep_0231"} <= set(self.xmpp.plugin)

    def test_without_a_stream(self) -> None:
        self.stream_close()
        self.stream_disconnect()
        assert self.Message().stream is None


def test_under_unittest_as_well() -> None:
    suite = unittest.TestSuite()
    for case in (TestClient, TestComponent, TestNegotiation):
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    result = unittest.TestResult()
    suite.run(result)
    assert result.testsRun > 20
    assert not result.errors + result.failures


@pytest.mark.parametrize(
    ("name", "value", "coloured"),
    [("SLIXTEST_MONOCHROME", "1", False), ("NO_COLOR", "1", False), ("SLIXTEST_OTHER", "1", True)],
)
def test_colours(monkeypatch: pytest.MonkeyPatch, name: str, value: str, coloured: bool) -> None:
    for each in ("SLIXTEST_MONOCHROME", "NO_COLOR"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, value)
    case = SlixTest()
    with pytest.raises(AssertionError) as caught:
        case.check(case.Message(), "<message><body>x</body></message>")
    assert ("\x1b[" in str(caught.value)) is coloured


def test_it_is_one_class() -> None:
    assert SlixTest is Home
