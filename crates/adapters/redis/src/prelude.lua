-- Begins every script. All hosts must spread over the same number of partitions: the first one says how many.
local function check_partitions(meta, partitions)
  local known = redis.call('HGET', meta, 'partitions')
  if not known then
    redis.call('HSET', meta, 'partitions', partitions)
  elseif known ~= partitions then
    return redis.error_reply('PARTITIONS ' .. known)
  end
end

-- The fields of an entry by name.
local function fields_of(entry)
  local fields = {}
  for i = 1, #entry[2], 2 do
    fields[entry[2][i]] = entry[2][i + 1]
  end
  return fields
end

