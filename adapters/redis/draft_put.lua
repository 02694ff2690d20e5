-- Writes a draft of the policy, if it is still as the caller has seen it, and tells the audit.
--
-- KEYS[1] the drafts   KEYS[2] their documents   KEYS[3] the audit
-- ARGV[1] id   ARGV[2] what it was ('': there was none)   ARGV[3] what it is to be ('': gone)
-- ARGV[4] its documents ('': as they are)   ARGV[5] the audit's entry
-- ARGV[6] how many entries the audit holds at the most   ARGV[7] how many drafts there may be
--
-- Answers 1 when that is done, 0 when it is another by now, -1 when there are as many as may be:
-- then nothing has been done. Nothing is rolled back, so the audit comes first: no draft is changed
-- of which it has not been told.

if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 0
end
if ARGV[2] == '' and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[7]) then
  return -1
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'a', ARGV[5])
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
  return 1
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
end
return 1
