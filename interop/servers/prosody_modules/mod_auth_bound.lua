-- SPDX-License-Identifier: MIT
-- For tests: passwords, and bearer tokens, at a host whose logins are bound to TLS 1.3.
--
-- Prosody 0.12 does not export keying material (RFC 9266), nor announce kinds of channel binding (XEP-0440), and its
-- OAUTHBEARER asks a provider over HTTPS. LuaSec can export, and Prosody's SCRAM takes any kind of binding, so that this
-- is all that is missing to have the library's logins judged by an implementation that is not its own.

local new_sasl = require "util.sasl".new;
local st = require "util.stanza";

local passwords = module:get_option("bound_passwords", {});
local tokens = module:get_option("bound_tokens", {});
local provider = {};

local function exporter(session)
	local socket = session.conn and session.conn:socket();
	local info = socket and socket.info and socket:info();
	if not info or info.protocol ~= "TLSv1.3" or not socket.exportkeyingmaterial then return nil; end
	return function ()
		return socket:exportkeyingmaterial("EXPORTER-Channel-Binding", 32, "");
	end
end

function provider.test_password(username, password)
	return passwords[username] == password;
end
function provider.get_password(username)
	return passwords[username];
end
function provider.set_password()
	return nil, "not here";
end
function provider.user_exists(username)
	return passwords[username] ~= nil;
end
function provider.create_user()
	return nil, "not here";
end
function provider.delete_user()
	return nil, "not here";
end
function provider.users()
	return pairs(passwords);
end

function provider.get_sasl_handler(session)
	local handler = new_sasl(module.host, {
		plain = function (_, username)
			return passwords[username], passwords[username] ~= nil;
		end;
		oauthbearer = function (_, username, token)
			return tokens[username] == token, true;
		end;
	});
	local bind = session and exporter(session);
	if bind then
		handler:add_cb_handler("tls-exporter", bind);
	end
	return handler;
end

module:hook("stream-features", function (event)
	if not event.origin.username and event.origin.secure and exporter(event.origin) then
		event.features:add_child(st.stanza("sasl-channel-binding", { xmlns = "urn:xmpp:sasl-cb:0" })
			:tag("channel-binding", { type = "tls-exporter" }));
	end
end);

module:hook("stream-features", function (event)
	-- util.sasl.scram knows tls-unique only as a kind that -PLUS is offered for.
	local mechanisms = event.features:get_child("mechanisms", "urn:ietf:params:xml:ns:xmpp-sasl");
	if mechanisms and exporter(event.origin) then
		for _, name in ipairs { "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS" } do
			mechanisms:tag("mechanism"):text(name):up();
		end
	end
end, -10);

module:provides("auth", provider);
