-- The leader's lease goes to a standby, from the leader alone, and to one alone that is there.
--
-- KEYS[1] the lease   KEYS[2] the mark of the handover   KEYS[3] the standby's announcement
-- ARGV[1] the leader   ARGV[2] the standby   ARGV[3] how long the lease lasts (ms)
-- ARGV[4] how long the mark stands (ms)
--
-- Answers nothing when that is so now.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('NOTLEADING ' .. ARGV[1] .. ' does not hold the lease any more')
end
if redis.call('EXISTS', KEYS[3]) == 0 then
  return redis.error_reply('NOSTANDBY ' .. ARGV[2] .. ' is not there any more')
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return false
