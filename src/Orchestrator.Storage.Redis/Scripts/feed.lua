-- Reads the feeds of some shards.
-- KEYS: the bases of the shards.
-- ARGV: how many events at most of each, then for each shard the position to read after.
-- Returns { how often events were dropped in these shards, 1 when one that was dropped lies after its position, then for each shard with a later position
-- { which of KEYS, that position, { position, run, microsecond, event, … } } }.
local drops, behind = 0, 0
local reply = { 0, 0 }
for n, base in ipairs(KEYS) do
  local after = tonumber(ARGV[n + 1])
  local feed = redis.call('HMGET', base .. 'feed', 'pos', 'drops', 'upto')
  drops = drops + (tonumber(feed[2]) or 0)
  if (tonumber(feed[3]) or 0) > after then
    behind = 1
  end
  if (tonumber(feed[1]) or 0) > after then
    local events = {}
    if ARGV[1] ~= '0' then
      for _, entry in ipairs(redis.call('XRANGE', base .. 'f', whole(after + 1), '+', 'COUNT', ARGV[1])) do
        events[#events + 1] = string.match(entry[1], '^%d+')
        events[#events + 1] = entry[2][2]
        events[#events + 1] = entry[2][4]
        events[#events + 1] = entry[2][6]
      end
    end
    reply[#reply + 1] = { n, feed[1], events }
  end
end
reply[1], reply[2] = drops, behind
return reply
