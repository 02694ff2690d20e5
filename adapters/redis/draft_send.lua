-- Sends a draft of the policy to the router, if it is still as the caller has seen it.
--
-- KEYS[1] the drafts   KEYS[2] inbound   KEYS[3] the audit
-- ARGV[1] id   ARGV[2] what it was   ARGV[3] what it is to be, without the id of its entry
-- ARGV[4] the command   ARGV[5] the audit's entry
-- ARGV[6] how many entries the audit holds at the most
--
-- Answers the id of the inbound entry, or '' when it is another by now: then nothing has been done.
-- Command, draft and audit change in one step, so that a draft is sent once, whoever dies. Nothing
-- is rolled back, so what could fail comes first: an audit that is no stream refuses the command.
-- A draft is JSON, and ends with a brace: its entry goes in front of that.

if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return ''
end
redis.call('XLEN', KEYS[3])
local id = redis.call('XADD', KEYS[2], '*', 'm', ARGV[4])
local sent = string.sub(ARGV[3], 1, -2) .. ',"entry_id":"' .. id .. '"}'
redis.call('HSET', KEYS[1], ARGV[1], sent)
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'a', ARGV[5], 'inbound', id)
return id
