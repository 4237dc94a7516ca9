-- Reads the feeds of some shards.
-- KEYS: the bases of the shards.
-- ARGV: how many events at most of each, then for each shard the position to read after, then which of KEYS has the event that was read last (0 for none), and the
-- microsecond at which that was stored.
-- Returns { how often events were dropped in these shards, 1 when one that was dropped lies after its position, 1 when another event has the position of the one that
-- was read last, then for each shard whose last position is another one { which of KEYS, its last position, { position, run, microsecond, event, … } } }.
local drops, behind, other = 0, 0, 0
local reply = { 0, 0, 0 }
local last, mark = tonumber(ARGV[#KEYS + 2]), ARGV[#KEYS + 3]
for n, base in ipairs(KEYS) do
  local after = tonumber(ARGV[n + 1])
  local feed = redis.call('HMGET', base .. 'feed', 'pos', 'drops', 'upto')
  local position, up_to = tonumber(feed[1]) or 0, tonumber(feed[3]) or 0
  drops = drops + (tonumber(feed[2]) or 0)
  if up_to > after then
    behind = 1
  end
  if n == last then
    local entry = redis.call('XRANGE', base .. 'f', whole(after), whole(after))[1]
    if entry and entry[2][4] ~= mark or not entry and up_to < after then
      other = 1
    end
  end
  if position ~= after then
    local events = {}
    if ARGV[1] ~= '0' and position > after then
      for _, entry in ipairs(redis.call('XRANGE', base .. 'f', whole(after + 1), '+', 'COUNT', ARGV[1])) do
        events[#events + 1] = string.match(entry[1], '^%d+')
        events[#events + 1] = entry[2][2]
        events[#events + 1] = entry[2][4]
        events[#events + 1] = entry[2][6]
      end
    end
    reply[#reply + 1] = { n, whole(position), events }
  end
end
reply[1], reply[2], reply[3] = drops, behind, other
return reply
