-- Adds messages, each with the next number of its partition.
-- KEYS: meta, then the stream of each message.
-- ARGV: how many partitions this host is told, how many messages a stream keeps, then the partition and the text of
-- each message.
local wrong = check_partitions(KEYS[1], ARGV[1])
if wrong then return wrong end
for i = 2, #KEYS do
  local number = redis.call('HINCRBY', KEYS[1], ARGV[2 * i - 1], 1)
  redis.call('XADD', KEYS[i], 'MAXLEN', '~', ARGV[2], '*', 'n', number, 'm', ARGV[2 * i])
end
return 'OK'
