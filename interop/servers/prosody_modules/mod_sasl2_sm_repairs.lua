-- SPDX-License-Identifier: MIT
-- What mod_sasl2_sm of Debian's prosody-modules (2023-02) expects of Prosody, and 0.12.3 does not have:
--
-- * functions do_enable and do_resume of mod_smacks, which tell what has come of it and send nothing; without them a login
--   that asks for either has no answer: "attempt to call a nil value (field 'do_resume')". 0.12.3 has handle_enable and
--   handle_resume, which send: what they say is taken down, and is sent when the login has been answered
-- * the SASL handler of the login on a session that goes on, with the same effect for a login with a token:
--   "mod_sasl2_fast.lua:171: attempt to index a nil value (local 'sasl_handler')"
-- * a method add_error of stanzas, with the same effect where there is no such session

local jid_join = require "util.jid".join;

local smacks = module:depends("smacks");
local sessions = module:shared "/*/smacks/resumption-tokens";
local methods = require "util.stanza".stanza_mt.__index;

local xmlns_sm = "urn:xmpp:sm:3";
local xmlns_errors = "urn:ietf:params:xml:ns:xmpp-stanzas";

methods.add_error = methods.add_error or function (stanza, err)
	return stanza:tag(err.condition, { xmlns = xmlns_errors }):up();
end

-- What a session says, in place of saying it; and by which function it would have.
local function taken_down(session)
	local said, send = {}, session.send;
	session.send = function (stanza)
		table.insert(said, stanza);
		return true;
	end
	return said, send;
end

local function refusal(answer)
	local why = answer:child_with_ns(xmlns_errors);
	return { condition = why and why.name or "undefined-condition", context = { h = tonumber(answer.attr.h) } };
end

smacks.do_enable = smacks.do_enable or function (session, request)
	local said, send = taken_down(session);
	smacks.handle_enable(session, request, xmlns_sm);
	session.send = send;
	local answer = said[1];
	if answer.name ~= "enabled" then
		return nil, refusal(answer);
	end
	return { type = "enabled", id = answer.attr.id, resume_max = answer.attr.max, finish = function () end };
end

smacks.do_resume = smacks.do_resume or function (session, request)
	local earlier = sessions[jid_join(session.username, session.host, request.attr.previd)];
	local said, send = taken_down(session);
	smacks.handle_resume(session, request, xmlns_sm);
	local answer = table.remove(said, 1);
	if not earlier or answer.name ~= "resumed" then
		session.send = send;
		return nil, refusal(answer);
	end
	-- As handle_resume does it: these are variables that the function remembers.
	earlier.send, send.session, send.filter = send, earlier, earlier.filter;
	earlier.sasl_handler, earlier.client_id = session.sasl_handler, session.client_id;
	return {
		type = "resumed", session = earlier, id = request.attr.previd,
		finish = function ()
			earlier.resending_unacked = true;
			for _, stanza in ipairs(said) do
				send(stanza);
			end
			earlier.resending_unacked = nil;
		end
	};
end
