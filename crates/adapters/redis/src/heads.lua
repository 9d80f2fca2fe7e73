-- Where each stream ends: the id of its last entry, and the number that the last message got.
-- KEYS: meta, then all streams. ARGV: how many partitions this host is told.
local wrong = check_partitions(KEYS[1], ARGV[1])
if wrong then return wrong end
local heads = {}
for partition = 0, #KEYS - 2 do
  local last = redis.call('XREVRANGE', KEYS[partition + 2], '+', '-', 'COUNT', 1)
  local id = last[1] and last[1][1] or '0-0'
  heads[#heads + 1] = {id, redis.call('HGET', KEYS[1], partition) or '0'}
end
return heads
