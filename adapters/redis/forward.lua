-- Moves entries from the edge's stream to inbound, each exactly once: what no longer stands in the
-- edge's stream has been moved before, by this edge or by another.
--
-- KEYS[1] the edge's stream   KEYS[2] inbound
-- ARGV for each entry: its id, how many arguments follow, and these: field, value ...
--
-- Answers how many were moved by this call. Lua does not roll back: a command is added before its
-- entry is dropped, so an error in between repeats it at worst, and loses nothing.

local moved, a = 0, 1
while a <= #ARGV do
  local id, count = ARGV[a], tonumber(ARGV[a + 1])
  if #redis.call('XRANGE', KEYS[1], id, id) > 0 then
    redis.call('XADD', KEYS[2], '*', unpack(ARGV, a + 2, a + 1 + count))
    redis.call('XDEL', KEYS[1], id)
    moved = moved + 1
  end
  a = a + 2 + count
end
return moved
