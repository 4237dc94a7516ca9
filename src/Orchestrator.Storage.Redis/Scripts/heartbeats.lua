-- Stores plain heartbeats, each where it fits. Written out, without a table for each: this is what Redis does most.
-- KEYS: the runs.
-- ARGV: for each run its expected revision, its expected heartbeats ('' for any), when, the least interval, and what is said, from 'st' on in PROGRESS ('' for
-- what is not).
-- Returns for each run { 1, heartbeats, advanced at, then as it stood what is said, 'sps' and 'loss' where they are not said } or { 0, the run as it stands }.
local replies = {}
local WIDTH = 13
for n, run in ipairs(KEYS) do
  local expected, beats, at, interval, status, beat, step, samples, loss, version, uri, metrics, notes = unpack(ARGV, (n - 1) * WIDTH + 1, n * WIDTH)
  local progress = run .. ':p'
  local row = redis.call('HMGET', progress, 'rev', 'hb', 'at', 'adv', 'st', 'beat', 'step', 'cv', 'cu', 'met', 'msg')
  local old_step = tonumber(row[7])
  if row[1] == expected and (beats == '' or beats == row[2]) and accepts(
      tonumber(row[3]), row[5], tonumber(row[6]), old_step, tonumber(row[8]),
      tonumber(at), tonumber(interval), status, tonumber(beat), tonumber(step), tonumber(version)) then
    local count, advanced = apply(progress, row[2], row[4], row[5], old_step, at, status, beat, step, samples, loss, version, uri, metrics, notes)
    if samples ~= '' and loss ~= '' then
      replies[n] = { 1, count, advanced, row[5], row[6], row[7], row[8], row[9], row[10], row[11] }
    else
      local kept = redis.call('HMGET', progress, 'sps', 'loss')
      replies[n] = { 1, count, advanced, row[5], row[6], row[7], row[8], row[9], row[10], row[11], kept[1], kept[2] }
    end
  else
    replies[n] = { 0, view(run) }
  end
end
return replies
