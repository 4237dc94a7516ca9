-- Gives back an idempotency key of a run that was dropped.
-- KEYS: the base of the key's shard.
-- ARGV: the key, and what it held before the run was dropped.
local key = KEYS[1] .. 'key:' .. ARGV[1]
if redis.call('GET', key) == ARGV[2] then
  redis.call('DEL', key)
end
return 0
