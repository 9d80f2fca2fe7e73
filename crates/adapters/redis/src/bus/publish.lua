-- Adds messages, each with the next number of its partition.
-- KEYS: meta, then the stream of each partition that gets some.
-- ARGV: how many partitions this host is told, how many messages a stream keeps and for how many seconds; then for each of
-- these streams its partition, how many messages it gets, and their texts.
local wrong = check_partitions(KEYS[1], ARGV[1])
if wrong then return wrong end
local keep = tonumber(ARGV[3])
local oldest = (tonumber(redis.call('TIME')[1]) - keep) * 1000
local at = 4
for i = 2, #KEYS do
  local count = tonumber(ARGV[at + 1])
  local before = redis.call('HINCRBY', KEYS[1], ARGV[at], count) - count
  for n = 1, count do
    redis.call('XADD', KEYS[i], 'MAXLEN', '~', ARGV[2], '*', 'n', before + n, 'm', ARGV[at + 1 + n])
  end
  -- Words that are hidden later must not lie here for long. Numbers go on: they are in meta.
  redis.call('XTRIM', KEYS[i], 'MINID', oldest)
  redis.call('EXPIRE', KEYS[i], keep)
  at = at + 2 + count
end
return 'OK'
