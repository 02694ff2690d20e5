-- Changes API keys, all or none, and tells the audit of it in the same step.
--
-- KEYS[1] the hash of keys   KEYS[2] the audit
-- ARGV[1] field and ARGV[2] value of the entry for the audit   ARGV[3] most entries that it keeps
-- ARGV for each key: its id, what is stored of it now ('': nothing), what shall be ('': nothing)
--
-- Answers 1, or 0 when one of them was changed meanwhile: then nothing has been done. Lua does not
-- roll back, so the audit comes first: no key is changed of which it has not been told.

for a = 4, #ARGV, 3 do
  if (redis.call('HGET', KEYS[1], ARGV[a]) or '') ~= ARGV[a + 1] then
    return 0
  end
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', ARGV[1], ARGV[2])
for a = 4, #ARGV, 3 do
  if ARGV[a + 2] == '' then
    redis.call('HDEL', KEYS[1], ARGV[a])
  else
    redis.call('HSET', KEYS[1], ARGV[a], ARGV[a + 2])
  end
end
return 1
