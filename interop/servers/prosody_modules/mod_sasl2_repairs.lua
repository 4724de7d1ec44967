-- SPDX-License-Identifier: MIT
-- What mod_sasl2 and mod_sasl2_fast of Debian's prosody-modules (2023-02) expect of Prosody, and 0.12.3 does not have:
--
-- * a method ssl_info of connections; without it the stream stops behind its header:
--   "mod_sasl2.lua:61: attempt to call a nil value (method 'ssl_info')"
-- * the header of the stream in the event stream-features, with the same effect:
--   "mod_sasl2_fast.lua:100: attempt to index a nil value (field 'stream')"
-- * times with a fraction in util.datetime, which Lua 5.4 refuses, so that a login that asks for a token has no answer:
--   "bad argument #2 to 'date' (number has no integer representation)"
-- * the kind of a session over BOSH, so that its login has no answer:
--   "mod_sasl2.lua:115: attempt to concatenate a nil value (field 'base_type')"
-- * a method get_child_attr of stanzas, with the same effect for a login with a token:
--   "mod_sasl2_fast.lua:124: attempt to call a nil value (method 'get_child_attr')"
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

module:hook("stream-features", function (event)
	local session = event.origin;
	session.base_type = session.base_type or "c2s";
	if session.conn and not session.conn.ssl_info then
		session.conn.ssl_info = ssl_info;
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
