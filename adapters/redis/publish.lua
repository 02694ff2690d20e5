-- Lets a snapshot count: its manifest takes the place of the mark that it is being written.
--
-- KEYS[1] the snapshots   ARGV[1] record id   ARGV[2] field of the mark   ARGV[3] manifest
--
-- Answers 1, or 0 when the mark is gone: somebody has dropped what was written.

if redis.call('HDEL', KEYS[1], ARGV[2]) == 0 then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
