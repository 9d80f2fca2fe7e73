-- Takes an entry from its consumer and keeps it until its delay has passed. A stale receipt changes nothing: the entry
-- is another consumer's by now, or gone.
-- KEYS: what was put back, the stream.
-- ARGV: consumer group, id, which delivery, partition, attempts so far, delay in ms.
local pending = redis.pcall('XPENDING', KEYS[2], ARGV[1], ARGV[2], ARGV[2], 1)
if pending.err or not pending[1] or pending[1][4] ~= tonumber(ARGV[3]) then return 'STALE' end
local time = redis.call('TIME')
local due = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[6]))
redis.call('ZADD', KEYS[1], due, ARGV[4] .. '/' .. ARGV[2] .. '/' .. ARGV[5])
redis.call('XACK', KEYS[2], ARGV[1], ARGV[2])
return 'OK'
