-- Adds a message; nothing when its partition is full.
-- KEYS: meta, the stream. ARGV: partitions, the most messages in a partition, the message's group, its body.
local wrong = check_partitions(KEYS[1], ARGV[1])
if wrong then return wrong end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[2]) then return false end
return redis.call('XADD', KEYS[2], '*', 'g', ARGV[3], 'b', ARGV[4])
