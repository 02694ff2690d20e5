-- Notes the epoch of a takeover, unless a later one is noted already: a write that its sender has
-- given up may still arrive, long after others have led.
--
-- KEYS[1] where it is noted   ARGV[1] the epoch   ARGV[2] what is noted: the epoch, and the history

local noted = tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^%d+')) or 0
if noted < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[2])
end
