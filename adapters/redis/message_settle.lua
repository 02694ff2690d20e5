-- Notes to which interaction a message has led, once that is sure.
--
-- KEYS[1] what is known of the message   KEYS[2] the conversation
-- ARGV[1] channel   ARGV[2] interaction   ARGV[3] the record of the journal that knows it
-- ARGV[4] the message's entry in the dialogue
--
-- Of the interaction that the conversation has claimed it is noted, too, up to which entry it has
-- the messages: one that was written before needs no other, though this one may be over by then.

local function is_later(one, other)
  local a, b = string.match(one, '(%d+)-(%d+)')
  local c, d = string.match(other, '(%d+)-(%d+)')
  a, b, c, d = tonumber(a), tonumber(b), tonumber(c), tonumber(d)
  return a > c or (a == c and b > d)
end

if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'i', ARGV[2])
end
if redis.call('HGET', KEYS[2], 'i:' .. ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('HSETNX', KEYS[2], 'r:' .. ARGV[1], ARGV[3])
local upto = redis.call('HGET', KEYS[2], 'e:' .. ARGV[1])
if not upto or is_later(ARGV[4], upto) then
  redis.call('HSET', KEYS[2], 'e:' .. ARGV[1], ARGV[4])
end
return 1
