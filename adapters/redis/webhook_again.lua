-- Moves a dead letter to what is to be sent again.
--
-- KEYS[1] the dead letters   KEYS[2] what is to be sent again   KEYS[3] the audit
-- ARGV[1] the letter's id   ARGV[2] how many may wait   ARGV[3] the audit's entry ('': none)
-- ARGV[4] how many entries the audit holds at the most
--
-- Answers 1 when that is done, 0 when there is no such letter, -1 when as many wait as may.

local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 then
  return 0
end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[2]) then
  return -1
end
if ARGV[3] ~= '' then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'a', ARGV[3])
end
redis.call('XADD', KEYS[2], '*', unpack(found[1][2]))
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
