-- Reads the members of an index that is read by its members, in each of some shards.
-- KEYS: the bases of the shards.
-- ARGV: the index, 'asc' or 'desc', then for each shard where to begin and to end (as of ZRANGE BYLEX) and how many at most.
-- Returns for each shard its members.
local replies = {}
for n, base in ipairs(KEYS) do
  local first = 3 * n
  if ARGV[2] == 'desc' then
    replies[n] = redis.call('ZRANGE', base .. ARGV[1], ARGV[first], ARGV[first + 1], 'BYLEX', 'REV', 'LIMIT', 0, ARGV[first + 2])
  else
    replies[n] = redis.call('ZRANGE', base .. ARGV[1], ARGV[first], ARGV[first + 1], 'BYLEX', 'LIMIT', 0, ARGV[first + 2])
  end
end
return replies
