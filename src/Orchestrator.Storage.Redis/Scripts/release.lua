-- Gives back an idempotency key of a run that is dropped.
-- KEYS: the base of the key's shard.
-- ARGV: the key, the run.
local key = KEYS[1] .. 'key:' .. ARGV[1]
local held = redis.call('GET', key)
if held and string.match(held, '^%d+ (.*)$') == ARGV[2] then
  redis.call('DEL', key)
end
return 0
