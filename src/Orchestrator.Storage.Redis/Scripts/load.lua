-- Reads runs as they stand.
-- KEYS: the runs.
-- ARGV: for each run '1' when its manifest is wanted, a command's id, and an idempotency key ('' for none).
-- Returns for each run false or { the run, manifest, overrides, the command, the record of the key }.
local replies = {}
for n, run in ipairs(KEYS) do
  local manifest, command, key = ARGV[3 * n - 2], ARGV[3 * n - 1], ARGV[3 * n]
  local row = view(run)
  if row then
    local parts = manifest == '1' and redis.call('HMGET', run, 'manifest', 'overrides') or { false, false }
    local sequence = command ~= '' and redis.call('HGET', run .. ':c', 'i:' .. command)
    replies[n] = {
      row, parts[1], parts[2],
      sequence and redis.call('HGET', run .. ':c', sequence),
      key ~= '' and redis.call('HGET', run .. ':k', key),
    }
  else
    replies[n] = false
  end
end
return replies
