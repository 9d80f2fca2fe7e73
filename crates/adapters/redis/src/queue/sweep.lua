-- Removes consumers that were not heard of for long and have nothing in hand. Returns how many.
-- KEYS: all streams. ARGV: consumer group, how long in ms.
local removed = 0
for _, stream in ipairs(KEYS) do
  local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, ARGV[1])
  for _, flat in ipairs(consumers.err and {} or consumers) do
    local consumer = {}
    for i = 1, #flat, 2 do
      consumer[flat[i]] = flat[i + 1]
    end
    if consumer.pending == 0 and consumer.idle > tonumber(ARGV[2]) then
      redis.call('XGROUP', 'DELCONSUMER', stream, ARGV[1], consumer.name)
      removed = removed + 1
    end
  end
end
return removed
