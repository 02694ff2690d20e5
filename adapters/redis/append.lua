-- One atomic call: the journal record first, then the work entries and dead letters that it causes.
--
-- KEYS[1] journal   KEYS[2] dead-letter stream   KEYS[3..] work streams
-- ARGV[1] id of the record before   ARGV[2] id of this record   ARGV[3] the record
-- ARGV[4] cap of the dead-letter stream   ARGV[5] number of dead letters, then for each of them
--         inbound id, code, detail, payload
-- the rest: three for each work entry: index into KEYS, field, payload
--
-- Answers {time in ms, {index into KEYS, error} ...}: the entries that could not be written. Lua does
-- not roll back: the journal is written before anything else, and the rest cannot stop the script.

local journal = KEYS[1]
if redis.call('EXISTS', journal) == 0 then
  return redis.error_reply('JOURNALGONE the journal stream does not exist')
end

local info = redis.call('XINFO', 'STREAM', journal)
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then
    if info[i + 1] ~= ARGV[1] then
      return redis.error_reply('FENCED ' .. info[i + 1])
    end
    break
  end
end

redis.call('XADD', journal, 'NOMKSTREAM', ARGV[2], 'r', ARGV[3])

local now = redis.call('TIME')
local answer = { now[1] * 1000 + math.floor(now[2] / 1000) }
local failed = {}

local function note(index, reply)
  if type(reply) == 'table' and reply.err and not failed[index] then
    failed[index] = true
    answer[#answer + 1] = { index, reply.err }
  end
end

local next_argument = 6
for _ = 1, tonumber(ARGV[5]) do
  local a = next_argument
  note(2, redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'inbound_id', ARGV[a],
    'code', ARGV[a + 1], 'detail', ARGV[a + 2], 'payload', ARGV[a + 3]))
  next_argument = a + 4
end

for a = next_argument, #ARGV, 3 do
  local index = tonumber(ARGV[a])
  note(index, redis.pcall('XADD', KEYS[index], '*', ARGV[a + 1], ARGV[a + 2]))
end

return answer
