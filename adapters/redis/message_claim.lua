-- Says which interaction a conversation's messages of one channel belong to.
--
-- KEYS[1] the conversation
-- ARGV[1] channel   ARGV[2] the one that is over ('': there was none)   ARGV[3] a new one
-- ARGV[4] how long that is kept (ms)
--
-- Answers {interaction, record, entry} as they stand then: another's claim, where somebody was
-- faster. Record is '' until the interaction is known to have been created.

local name = 'i:' .. ARGV[1]
if (redis.call('HGET', KEYS[1], name) or '') == ARGV[2] then
  redis.call('HDEL', KEYS[1], 'r:' .. ARGV[1], 'e:' .. ARGV[1])
  redis.call('HSET', KEYS[1], name, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return {ARGV[3], '', ''}
end
local found = redis.call('HMGET', KEYS[1], name, 'r:' .. ARGV[1], 'e:' .. ARGV[1])
return {found[1], found[2] or '', found[3] or ''}
