-- Puts a copy in the place of a stream: same ids, other contents, so that nothing of what was
-- deleted or replaced stays in the server's memory.
--
-- KEYS[1] stream   KEYS[2] copy, made by the caller   KEYS[3] a name that is free   KEYS[4] lease
-- ARGV[1] last id of the stream that was copied   ARGV[2] entries that may be left to copy
-- ARGV[3] entries of the copy   ARGV[4] entries that the copy lacks on purpose
-- ARGV[5] who must hold the lease
--
-- Copies what was added meanwhile, what the stream says of itself, and consumer groups with what is
-- pending in them; what was trimmed meanwhile is trimmed in the copy too. Answers 1, or and changes
-- nothing:
--   0 more is left to copy than may be, or too much is pending
--  -1 the copy is not whole, or entries were deleted since they were copied: it must be made anew
--  -2 somebody else has the lease, and may be rewriting the stream

if redis.call('GET', KEYS[4]) ~= ARGV[5] then
  return -2
end
if redis.call('XLEN', KEYS[2]) ~= tonumber(ARGV[3]) then
  return -1
end
local left = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2] + 1)
if #left > tonumber(ARGV[2]) then
  return 0
end

local function facts(list)
  local found = {}
  for i = 1, #list, 2 do
    found[list[i]] = list[i + 1]
  end
  return found
end

local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
for _, raw in ipairs(groups) do
  if facts(raw)['pending'] > 1000 then
    return 0
  end
end

local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
if #first > 0 then
  redis.call('XTRIM', KEYS[2], 'MINID', '=', first[1][1])
else
  redis.call('XTRIM', KEYS[2], 'MAXLEN', '=', 0)
end
-- all that stands in the stream is copied, left or lacking on purpose: equal numbers, equal entries
local known = redis.call('XLEN', KEYS[2]) + tonumber(ARGV[4]) + #left
if known ~= redis.call('XLEN', KEYS[1]) then
  return -1
end
for _, entry in ipairs(left) do
  redis.call('XADD', KEYS[2], entry[1], unpack(entry[2]))
end

if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[2], 'onequeue-rewrite', '0', 'MKSTREAM')
  redis.call('XGROUP', 'DESTROY', KEYS[2], 'onequeue-rewrite')
end
local info = facts(redis.call('XINFO', 'STREAM', KEYS[1]))
redis.call('XSETID', KEYS[2], info['last-generated-id'], 'ENTRIESADDED', info['entries-added'],
  'MAXDELETEDID', info['max-deleted-entry-id'])

for _, raw in ipairs(groups) do
  local group = facts(raw)
  redis.call('XGROUP', 'CREATE', KEYS[2], group['name'], group['last-delivered-id'])
  local pending = redis.call('XPENDING', KEYS[1], group['name'], '-', '+', 1000)
  for _, one in ipairs(pending) do
    redis.call('XCLAIM', KEYS[2], group['name'], one[2], 0, one[1], 'IDLE', one[3], 'RETRYCOUNT',
      one[4], 'FORCE', 'JUSTID')
  end
end

local ttl = redis.call('PTTL', KEYS[1])
-- a stream that RENAME replaces would be freed at once, which takes long for a large one
redis.call('RENAME', KEYS[1], KEYS[3])
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('UNLINK', KEYS[3])
redis.call('PERSIST', KEYS[1])
if ttl > 0 then
  redis.call('PEXPIRE', KEYS[1], ttl)
end
return 1
