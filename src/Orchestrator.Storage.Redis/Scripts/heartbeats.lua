-- Stores plain heartbeats, each where it fits.
-- KEYS: the runs.
-- ARGV: for each run its expected revision, its expected heartbeats ('' for any), when, the least interval, and SAID ('' for what is not said).
-- Returns for each run { 1, heartbeats, advanced at, what was not said of SAID in its order } or { 0, the run as it stands }.
local replies = {}
local width = 4 + #SAID
for n, run in ipairs(KEYS) do
  local first = (n - 1) * width
  local row = redis.call('HMGET', run, 'rev', 'hb', 'at', 'adv', unpack(SAID))
  local stored = { hb = row[2], at = row[3], adv = row[4] }
  local said = {}
  for i, field in ipairs(SAID) do
    stored[field] = row[4 + i]
    said[field] = ARGV[first + 4 + i]
  end
  local beats, at = ARGV[first + 2], ARGV[first + 3]
  if row[1] == ARGV[first + 1] and (beats == '' or beats == row[2]) and accepts(stored, said, at, ARGV[first + 4]) then
    local set, advanced = apply(stored, said, at)
    redis.call('HSET', run, unpack(set))
    local reply = { 1, set[2], advanced }
    for _, field in ipairs(SAID) do
      if said[field] == '' then
        reply[#reply + 1] = stored[field]
      end
    end
    replies[n] = reply
  else
    replies[n] = { 0, view(run) }
  end
end
return replies
