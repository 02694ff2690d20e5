-- Adds a command to inbound and its entry to the audit, which names the command's id.
--
-- KEYS[1] inbound   KEYS[2] the audit
-- ARGV[1] the command's field (m or j)   ARGV[2] the command   ARGV[3] the audit's entry
-- ARGV[4] how many entries the audit holds at the most
--
-- Answers the id of the inbound entry. Nothing is rolled back, so what could fail comes first: an
-- audit that is no stream refuses the command.

redis.call('XLEN', KEYS[2])
local id = redis.call('XADD', KEYS[1], '*', ARGV[1], ARGV[2])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'a', ARGV[3], 'inbound', id)
return id
