-- Writes a note where it stands at the version that is expected, and adds an event of the fleet to the feed with it.
-- KEYS: the base of its shard.
-- ARGV: the command and the channel that tell of changes, and who tells ('' for none); the note, its value, the expected version, and the event ('' for none).
-- Returns 1 or 0.
local note = KEYS[1] .. 'n:' .. ARGV[4]
if (redis.call('HGET', note, 'version') or '0') ~= ARGV[6] then
  return 0
end
redis.call('HSET', note, 'value', ARGV[5], 'version', whole(tonumber(ARGV[6]) + 1))
if ARGV[7] ~= '' then
  append(KEYS[1], '', { ARGV[7] })
  if ARGV[1] ~= '' then
    redis.pcall(ARGV[1], ARGV[2], ARGV[3] .. '\n')
  end
end
return 1
