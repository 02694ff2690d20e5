#!lua flags=allow-oom
-- Drops the oldest records of the journal and says in the same step how much that was.
--
-- KEYS[1] journal   KEYS[2] string: what has been trimmed
-- ARGV[1] id of the oldest record that stays   ARGV[2] SHA-1 of that record
-- ARGV[3] id of the last record that goes   ARGV[4] bytes of all records up to that one, ever
--
-- The record that stays must be the one that the archiver knows: as each names the hash of the one
-- before, all that goes is then what has been archived. Answers the number of records that went.
-- Runs on a server that is full, too: it frees what such a server lacks.

local kept = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #kept == 0 or redis.sha1hex(kept[1][2][2] or '') ~= ARGV[2] then
  return redis.error_reply('PARTED the journal holds another record ' .. ARGV[1])
end

local gone = redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[1])
if gone > 0 then
  redis.call('SET', KEYS[2], ARGV[3] .. ' ' .. ARGV[4])
end
return gone
