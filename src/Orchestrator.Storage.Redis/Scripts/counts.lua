-- Counts runs by state and health.
-- KEYS: the bases of the shards.
-- Returns state:health and its count, one after the other.
local sums = {}
for _, base in ipairs(KEYS) do
  local counts = redis.call('HGETALL', base .. 'counts')
  for n = 1, #counts, 2 do
    sums[counts[n]] = (sums[counts[n]] or 0) + tonumber(counts[n + 1])
  end
end
local reply = {}
for alike, count in pairs(sums) do
  reply[#reply + 1] = alike
  reply[#reply + 1] = count
end
return reply
