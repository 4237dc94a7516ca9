-- Says which run may use an idempotency key: this one, when none may yet, or when the one that might can no longer.
-- KEYS: the base of the key's shard.
-- ARGV: the key, the run, what the key holds whose run can no longer use it ('' for none), and the generation up to which the run is barred from it.
-- Returns what the key holds now.
local key = KEYS[1] .. 'key:' .. ARGV[1]
local held = redis.call('GET', key)
if held == ARGV[3] or (not held and ARGV[3] == '') then
  local generation = held and tonumber(string.match(held, '^%d+')) or 0
  held = whole(math.max(generation, tonumber(ARGV[4])) + 1) .. ' ' .. ARGV[2]
  redis.call('SET', key, held)
end
return held
