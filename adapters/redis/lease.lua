-- A lease passes on, if it is held by whom the caller expects, or by nobody.
--
-- KEYS[1] the lease
-- ARGV[1] who may hold it now   ARGV[2] who is to hold it ('': nobody)   ARGV[3] for how many ms
--
-- Answers nothing when that is so now, else who holds it.

local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return holder
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
elseif holder == ARGV[2] then
  -- a server without memory to spare still takes this
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return false
