-- Notes what became of a message that was to be sent. Reports may come twice, and in any order.
--
-- KEYS[1] what is known of the message   KEYS[2] what the account is to send
-- KEYS[3] the feed of all messages   KEYS[4] what is known of the provider's id (KEYS[1]: none)
-- ARGV[1] 'sent', 'delivered', 'read' or 'failed'   ARGV[2] the reason   ARGV[3] the provider's id
-- ARGV[4] when (ms)   ARGV[5] how long it is kept (ms)   ARGV[6] entries of the feed at the most
-- ARGV[7] the account   ARGV[8] the message's id
--
-- Answers {state, reason, when, provider's id} as it stands then, {} where there is no such message.

local rank = {queued = 0, sent = 1, failed = 2, delivered = 3, read = 4}
local found = redis.call('HMGET', KEYS[1], 'c', 'e', 'o', 'd', 'x', 't', 'p')
if not found[3] then
  return {}
end
local provider = found[7] or ''
if KEYS[4] ~= KEYS[1] then
  -- whatever the report says: what comes next may name the message by this alone
  provider = ARGV[3]
  redis.call('HSET', KEYS[1], 'p', provider)
  redis.call('HSET', KEYS[4], 'c', found[1], 'm', ARGV[8])
  redis.call('PEXPIRE', KEYS[4], ARGV[5])
end
if rank[ARGV[1]] <= rank[found[4]] then
  return {found[4], found[5] or '', found[6] or '0', provider}
end
redis.call('HSET', KEYS[1], 'd', ARGV[1], 'x', ARGV[2], 't', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('XDEL', KEYS[2], found[3])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'k', 'delivery', 'c', found[1],
  'e', found[2], 'a', ARGV[7], 'i', ARGV[8], 'd', ARGV[1])
return {ARGV[1], ARGV[2], ARGV[4], provider}
