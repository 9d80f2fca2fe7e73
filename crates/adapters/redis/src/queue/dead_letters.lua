-- The oldest dead letters. KEYS: the dead letters. ARGV: how many.
local letters = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])) do
  local fields = fields_of(entry)
  letters[#letters + 1] = {entry[1], fields.g, fields.b, fields.a, fields.c}
end
return letters
