-- Writes a subscription to webhooks, if it is still as the caller has seen it.
--
-- KEYS[1] the subscriptions   KEYS[2] their progress   KEYS[3] the audit
-- ARGV[1] id   ARGV[2] what it was ('': there was none)   ARGV[3] what it is to be ('': deleted)
-- ARGV[4] how many there may be   ARGV[5] the audit's entry ('': none)
-- ARGV[6] how many entries the audit holds at the most
--
-- Answers 1 when that is done, 0 when it is another by now, -1 when there are as many as may be.

if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 0
end
if ARGV[2] == '' and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
  return -1
end
if ARGV[5] ~= '' then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'a', ARGV[5])
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
return 1
