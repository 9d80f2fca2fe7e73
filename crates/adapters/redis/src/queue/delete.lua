-- Forgets a message, whoever has it now: it was handled.
-- KEYS: the stream. ARGV: consumer group, id.
redis.pcall('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 'OK'
