-- Takes messages: first those that their consumer kept for too long, then those that nobody took yet, among which are
-- those that were put back and are due. What came too often goes to the dead letters.
-- KEYS: meta, what was put back, the dead letters, all streams.
-- ARGV: partitions, consumer group, consumer, how many, visibility timeout in ms, most attempts, most dead letters, the
-- partition at which to begin.
local wrong = check_partitions(KEYS[1], ARGV[1])
if wrong then return wrong end
local delayed, dead_letters = KEYS[2], KEYS[3]
local partitions, group, consumer, max = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local visibility, max_attempts, max_dead, first = ARGV[5], tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8])
local taken, dead = {}, 0

local function stream_of(partition)
  return KEYS[4 + partition]
end

-- Asks the consumer group, which is made when Redis does not have it: on first use, and after it lost its data. It
-- begins at the start of the stream, as messages may have been sent before anybody received.
local function ask(stream, ...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err and answer.err:find('NOGROUP', 1, true) then
    redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
    return redis.call(...)
  end
  if type(answer) == 'table' and answer.err then return redis.call(...) end
  return answer
end

local function bury(partition, stream, id, fields, attempts)
  local cause = 'received ' .. attempts .. ' times and never deleted'
  redis.call('XADD', dead_letters, 'MAXLEN', '~', max_dead, '*', 'g', fields.g, 'b', fields.b, 'a', attempts,
    'c', cause, 'p', partition)
  redis.call('XACK', stream, group, id)
  redis.call('XDEL', stream, id)
  dead = dead + 1
end

-- Hands out an entry that this consumer has been given for the delivery-th time.
local function hand_out(partition, stream, entry, delivery)
  local id, fields = entry[1], fields_of(entry)
  if not fields.g or not fields.b then
    redis.call('XACK', stream, group, id)
    redis.call('XDEL', stream, id)
    return
  end
  local attempts = delivery + tonumber(fields.a or '0')
  if attempts > max_attempts then
    bury(partition, stream, id, fields, attempts - 1)
  else
    taken[#taken + 1] = {partition, id, delivery, attempts, fields.b}
  end
end

local function queue_what_is_due()
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, max)) do
    local partition, id, attempts = member:match('^(%d+)/(%d+%-%d+)/(%d+)$')
    local stream = partition and stream_of(tonumber(partition))
    local entry = stream and redis.call('XRANGE', stream, id, id)[1]
    if entry then
      local fields = fields_of(entry)
      redis.call('XADD', stream, '*', 'g', fields.g, 'b', fields.b, 'a', attempts)
      redis.call('XDEL', stream, id)
    end
    redis.call('ZREM', delayed, member)
  end
end

local function claim(partition, stream)
  local pending = ask(stream, 'XPENDING', stream, group, 'IDLE', visibility, '-', '+', max - #taken)
  for _, waiting in ipairs(pending) do
    local id, delivery = waiting[1], waiting[4]
    local entry = redis.call('XCLAIM', stream, group, consumer, visibility, id)[1]
    if entry and entry[2] then
      hand_out(partition, stream, entry, delivery + 1)
    else
      redis.call('XACK', stream, group, id)
    end
  end
end

local function take_new(partition, stream)
  local read = ask(stream, 'XREADGROUP', 'GROUP', group, consumer, 'COUNT', max - #taken, 'STREAMS', stream, '>')
  for _, entry in ipairs(read and read[1][2] or {}) do
    hand_out(partition, stream, entry, 1)
  end
end

queue_what_is_due()
for _, step in ipairs({claim, take_new}) do
  for turn = 0, partitions - 1 do
    local partition = (first + turn) % partitions
    if #taken < max then step(partition, stream_of(partition)) end
  end
end
return {taken, dead}
