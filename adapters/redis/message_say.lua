-- Writes a message into its dialogue, unless it stands there already.
--
-- KEYS[1] what is known of this message   KEYS[2] the dialogue   KEYS[3] the conversation
-- KEYS[4] the feed of all messages   KEYS[5] what the account is to send   KEYS[6] the audit
-- KEYS[7] ... what is known of the messages that it answers
-- ARGV[1] the conversation ('': wherever the thread leads, else ARGV[2])   ARGV[2] a new one
-- ARGV[3] the message   ARGV[4] 'in' or 'out'   ARGV[5] the customer ('': not known)
-- ARGV[6] how long all of that is kept (ms)   ARGV[7] messages of a dialogue at the most
-- ARGV[8] entries of the feed at the most   ARGV[9] messages that may wait to be sent
-- ARGV[10] the account   ARGV[11] the message's id   ARGV[12] the audit's entry ('': none)
-- ARGV[13] entries of the audit at the most
--
-- Answers {1, conversation, entry}: written; {0, conversation, entry}: it stands there already;
-- {-1, conversation, ''}: it belongs to another conversation than the keys are of;
-- {-2, '', ''}: as many wait to be sent as may.
--
-- A message may come before one that it answers: so what it answers is noted to belong to the same
-- conversation, whether it has been seen or not. Nothing is rolled back: the message's own mark is
-- written right after the message.

local known = redis.call('HMGET', KEYS[1], 'c', 'e')
if known[2] then
  return {0, known[1], known[2]}
end
local conversation = ARGV[1]
if conversation == '' then
  conversation = known[1]
  for i = #KEYS, 7, -1 do
    conversation = conversation or redis.call('HGET', KEYS[i], 'c')
  end
  conversation = conversation or ARGV[2]
  if conversation ~= ARGV[2] then
    return {-1, conversation, ''}
  end
end
local is_out = ARGV[4] == 'out'
if is_out and redis.call('XLEN', KEYS[5]) >= tonumber(ARGV[9]) then
  return {-2, '', ''}
end
if ARGV[12] ~= '' then
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[13], '*', 'a', ARGV[12])
end
local entry = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[7], '*', 'm', ARGV[3])
if is_out then
  -- its mark stays until it is reported: without it, it could not be, and would be sent for ever
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'c', conversation, 'e', entry)
  local order = redis.call('XADD', KEYS[5], '*', 'c', conversation, 'm', ARGV[3])
  redis.call('HSET', KEYS[1], 'o', order, 'd', 'queued')
else
  redis.call('HSET', KEYS[1], 'c', conversation, 'e', entry)
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
end
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[8], '*', 'k', ARGV[4], 'c', conversation,
  'e', entry, 'a', ARGV[10], 'i', ARGV[11])
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[3], 'customer', ARGV[5])
end
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PEXPIRE', KEYS[3], ARGV[6])
for i = 7, #KEYS do
  redis.call('HSETNX', KEYS[i], 'c', conversation)
  if redis.call('HGET', KEYS[i], 'd') ~= 'queued' then
    redis.call('PEXPIRE', KEYS[i], ARGV[6])
  end
end
return {1, conversation, entry}
