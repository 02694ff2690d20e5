-- Writes how far deliveries have come, if the caller is still the process that delivers.
--
-- KEYS[1] the progress   KEYS[2] the lease   KEYS[3] the subscriptions
-- ARGV[1] who the caller is   then pairs: id, progress
--
-- Answers 1 when it is written (but for what has been deleted), 0 when another process delivers.

if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
for i = 2, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[3], ARGV[i]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return 1
