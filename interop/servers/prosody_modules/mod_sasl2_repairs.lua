-- SPDX-License-Identifier: MIT
-- What mod_sasl2 and mod_sasl2_fast of Debian's prosody-modules (2023-02) expect of Prosody, and 0.12.3 does not have:
--
-- * a method ssl_info of connections; without it the stream stops behind its header:
--   "mod_sasl2.lua:61: attempt to call a nil value (method 'ssl_info')"
-- * a method ssl_peerfinished, so that with TLS 1.2 it offers no channel binding and refuses who says that it has seen none
-- * the announcement of XEP-0440, which XEP-0388 §2.1 asks of who offers channel binding
-- * the header of the stream in the event stream-features, with the same effect:
--   "mod_sasl2_fast.lua:100: attempt to index a nil value (field 'stream')"
-- * times with a fraction in util.datetime, which Lua 5.4 refuses, so that a login that asks for a token has no answer:
--   "bad argument #2 to 'date' (number has no integer representation)"
-- * the kind of a session over BOSH, so that its login has no answer:
--   "mod_sasl2.lua:115: attempt to concatenate a nil value (field 'base_type')"
-- * a method get_child_attr of stanzas, with the same effect for a login with a token:
--   "mod_sasl2_fast.lua:124: attempt to call a nil value (method 'get_child_attr')"
-- * the event authentication-success; without it the limits of who is not logged in yet stay: 10,000 bytes for a stanza
--
-- The header is seen from the second one of a connection on, so tokens are offered behind STARTTLS only.

local datetime = require "util.datetime";
local original = datetime.datetime;

datetime.datetime = function (time)
	return original(time and math.floor(time));
end;

local methods = require "util.stanza".stanza_mt.__index;

methods.get_child_attr = methods.get_child_attr or function (stanza, name, xmlns, attribute)
	local child = stanza:get_child(name, xmlns);
	return child and child.attr[attribute];
end;

local function ssl_info(conn)
	local socket = conn:socket();
	return socket.info and socket:info();
end

local function ssl_peerfinished(conn)
	local socket = conn:socket();
	return socket.getpeerfinished and socket:getpeerfinished();
end

module:hook("stream-features", function (event)
	local session = event.origin;
	session.base_type = session.base_type or "c2s";
	if session.conn and not session.conn.ssl_info then
		session.conn.ssl_info = ssl_info;
		session.conn.ssl_peerfinished = ssl_peerfinished;
	end
	event.stream = event.stream or { from = session.header_from };
	if session.open_stream and not session.sees_headers then
		local open_stream = session.open_stream;
		session.sees_headers = true;
		session.open_stream = function (self, from, to)
			self.header_from = to;
			return open_stream(self, from, to);
		end;
	end
end, 1000);

module:hook("stream-features", function (event)
	local offer = event.features:get_child("authentication", "urn:xmpp:sasl:2");
	for mechanism in (offer and offer:childtags("mechanism") or function () end) do
		if mechanism:get_text():sub(-5) == "-PLUS" then
			event.features:tag("sasl-channel-binding", { xmlns = "urn:xmpp:sasl-cb:0" })
				:tag("channel-binding", { type = "tls-unique" }):up():up();
			return;
		end
	end
end, -1000);

module:hook("sasl2/c2s/success", function (event)
	module:fire_event("authentication-success", { session = event.session });
end, -1200);
