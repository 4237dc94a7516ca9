-- Stores plain heartbeats, each where it fits. Written out, without a table for each: this is what Redis does most.
-- KEYS: the runs.
-- ARGV: for each run its expected revision, heartbeats and commit ('' for any), when, the least interval, and what is said: status, beat, step, samples a
-- second, loss, version of the checkpoint, its URI, metrics, notes ('' for what is not).
-- Returns for each run { 1, PROGRESS as it stood, without 'at', 'sps' and 'loss' } or { 0, the run as it stands }.
local replies = {}
local WIDTH = 14
for n, run in ipairs(KEYS) do
  local expected, beats, commit, at, interval, status, beat, step, samples, loss, version, uri, metrics, notes = unpack(ARGV, (n - 1) * WIDTH + 1, n * WIDTH)
  local progress = run .. ':p'
  local row = redis.call('HMGET', progress, 'rev', 'hb', 'at', 'adv', 'st', 'beat', 'step', 'cv', 'cs', 'cu', 'met', 'msg', 'com')
  local old_step, old_version = tonumber(row[7]), tonumber(row[8])
  if row[1] == expected and (beats == '' or beats == row[2]) and (commit == '' or commit == (row[13] or NO_COMMIT)) and accepts(
      tonumber(row[3]), row[5], tonumber(row[6]), old_step, old_version,
      tonumber(at), tonumber(interval), status, tonumber(beat), tonumber(step), tonumber(version)) then
    apply(progress, row[2], row[5], old_step, old_version, at, status, beat, step, samples, loss, version, uri, metrics, notes)
    replies[n] = { 1, row[2], row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11], row[12] }
  else
    replies[n] = { 0, view(run) }
  end
end
return replies
