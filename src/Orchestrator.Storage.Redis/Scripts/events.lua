-- Reads the events of a run.
-- KEYS: the base of its shard.
-- ARGV: the run, the sequence to read after, how many at most.
-- Returns the events.
local after = tonumber(ARGV[2])
local events = {}
for n, position in ipairs(redis.call('LRANGE', KEYS[1] .. 'r:' .. ARGV[1] .. ':e', after, after + tonumber(ARGV[3]) - 1)) do
  events[n] = redis.call('XRANGE', KEYS[1] .. 'f', position, position)[1][2][6]
end
return events
