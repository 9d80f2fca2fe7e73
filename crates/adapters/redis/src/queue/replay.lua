-- Sends a dead letter once more, as if it were new. 0 when there is none of this id.
-- KEYS: meta, the dead letters, all streams. ARGV: partitions, id.
local wrong = check_partitions(KEYS[1], ARGV[1])
if wrong then return wrong end
local entry = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
if not entry then return 0 end
local fields = fields_of(entry)
redis.call('XADD', KEYS[3 + tonumber(fields.p)], '*', 'g', fields.g, 'b', fields.b)
redis.call('XDEL', KEYS[2], ARGV[2])
return 1
