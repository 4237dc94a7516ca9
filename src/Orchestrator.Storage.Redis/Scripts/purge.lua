-- Drops a run that ended, with all that belongs to it.
-- KEYS: the base of its shard.
-- ARGV: the run, the moment before which it must have ended, then idempotency keys that it may have used, each with the generation in which it was granted.
-- Returns 1, or 0 when there is no such run.
local base, id = KEYS[1], ARGV[1]
local run = base .. 'r:' .. id
local row = redis.call('HMGET', run, 'ended', 'ordinal', 'alike', 'started')
if not row[1] or row[1] == '' or tonumber(string.sub(row[1], 1, 16)) >= tonumber(ARGV[2]) then
  return 0
end
local positions = redis.call('LRANGE', run .. ':e', 0, -1)
in_parts('XDEL', base .. 'f', positions)
if #positions > 0 then
  local upto = tonumber(redis.call('HGET', base .. 'feed', 'upto')) or 0
  redis.call('HINCRBY', base .. 'feed', 'drops', 1)
  redis.call('HSET', base .. 'feed', 'upto', whole(math.max(upto, tonumber(positions[#positions]))))
end
redis.call('ZREM', base .. 'created', row[2] .. id)
redis.call('ZREM', base .. 'ended', row[1])
redis.call('ZREM', base .. 'due', id)
redis.call('ZREM', base .. 'started', row[4] or '') -- left there where a host of an earlier version told of the end
redis.call('HINCRBY', base .. 'counts', row[3], -1)
redis.call('UNLINK', run, run .. ':p', run .. ':t', run .. ':a', run .. ':e', run .. ':c', run .. ':l', run .. ':k', run .. ':d')

-- The next run of this id may have been granted such a key already, in a generation that is about to be released: it must not use the key in that one.
for n = 3, #ARGV, 2 do
  bar(run, ARGV[n], ARGV[n + 1])
end
return 1
