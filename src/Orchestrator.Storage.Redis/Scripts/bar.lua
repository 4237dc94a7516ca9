-- Says whether a run has used an idempotency key, and keeps it from using one that it has not.
-- KEYS: the base of the run's shard.
-- ARGV: the run, the key, and the generation in which it might use it ('' to look only).
-- Returns 1, or 0 when it has used it.
local run = KEYS[1] .. 'r:' .. ARGV[1]
if redis.call('HEXISTS', run .. ':k', ARGV[2]) == 1 then
  return 0
end
if ARGV[3] ~= '' then
  bar(run, ARGV[2], ARGV[3])
end
return 1
