-- Finds runs that are due, shard by shard and in each by id; one whose moment has come but which heartbeats have moved on is moved on here.
-- KEYS: the bases of the shards, from the one to begin with.
-- ARGV: now, how many at most, how many runs to look at at most, and the id after which to begin in the first shard.
-- Returns { which of KEYS it stopped in (0 for none: it is done), the id that it looked at last, the runs as they stand }.
local now, limit, steps, after = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local found = {}
for n, base in ipairs(KEYS) do
  local ids = redis.call('ZRANGE', base .. 'due', '-inf', ARGV[1], 'BYSCORE')
  table.sort(ids)
  for _, id in ipairs(ids) do
    if id > after then
      if #found == limit or steps == 0 then
        return { n, after, found }
      end
      after, steps = id, steps - 1
      local run = base .. 'r:' .. id
      local head = redis.call('HMGET', run, 'due', 'sil', 'std', 'sign')
      local beaten = redis.call('HMGET', run .. ':p', 'at', 'adv')
      local due = head[4] and next_due(head[1], head[2], head[3], head[4], beaten[1], beaten[2])
      local row = due and due <= now and view(run)
      if row then
        found[#found + 1] = row
      elseif due and due > now then
        redis.call('ZADD', base .. 'due', whole(due), id)
      else
        redis.call('ZREM', base .. 'due', id) -- the server has lost a part of the run, or the run is never due
      end
    end
  end
  after = ''
end
return { 0, '', found }
