-- How runs lie in a shard; every script begins with this.
--
-- Every key of a shard begins with its base, "<prefix>{<number>}:", and so lies in one slot:
--   <base>f          the feed: the shard's durable events (stream); its ids are the positions
--   <base>feed       pos: the last position; drops: how often events were dropped; upto: the highest position of those (hash)
--   <base>created, <base>live   all runs, and those that have not ended, by ordinal (sorted sets, read by their members)
--   <base>queued     queued runs by priority and ordinal (sorted set, likewise)
--   <base>held, <base>started   provisioning runs, and running, paused and errored ones, by worker and ordinal (sorted sets, likewise)
--   <base>ended      runs that ended, by the moment of it (sorted set, likewise)
--   <base>due        runs that will want attention, by a moment that is never later than that (sorted set, read by its scores)
--   <base>counts     how many runs there are by state and health (hash)
--   <base>n:<note>   a note: value and version (hash)
--   <base>key:<key>  "<generation> <run>": the one run that may use an idempotency key (string)
--   <base>r:<run>    a run (hash), beside which lie
--     :p its revision, the commit that made its head (com), and its progress, which heartbeats read and change: a hash that is small, so that it lies in
--        one piece of memory
--     :t its transitions (list)   :a its audit entries (list)   :e the positions of its events (list)
--     :c its commands by sequence, and their sequences by "i:<id>" (hash)   :l the sequences of those that are pending or delivered (sorted set)
--     :k its idempotency records by key (hash)   :d keys that were taken from it, with the generation (hash)
--
-- Times and spans are in whole microseconds. An absent field is null. Texts of the worker's begin with "=", so that an empty one is none.

-- The last of KEYS never exists: with it a call is refused while its slot moves to another server.
KEYS[#KEYS] = nil

-- What heartbeats change: their count, when the newest came, when one last advanced the run, and what they say: status, beat, step, samples a second, loss,
-- version of the checkpoint, the step that it came with, its URI, metrics, notes.
local PROGRESS = { 'hb', 'at', 'adv', 'st', 'beat', 'step', 'sps', 'loss', 'cv', 'cs', 'cu', 'met', 'msg' }

-- The commit of a head that was made before commits had ids.
local NO_COMMIT = string.rep('0', 32)

-- Lua unpacks no more than some 8,000 values into a call.
local CHUNK = 1000

local function whole(number)
  return string.format('%.0f', number)
end

-- Calls a command with a list that may be long, in parts.
-- Returns the replies that are lists, joined.
local function in_parts(command, key, items)
  local joined = {}
  for first = 1, #items, CHUNK do
    local reply = redis.call(command, key, unpack(items, first, math.min(first + CHUNK - 1, #items)))
    if type(reply) == 'table' then
      for _, item in ipairs(reply) do
        joined[#joined + 1] = item
      end
    end
  end
  return joined
end

-- A run as it stands: revision, head, the commit that made it, PROGRESS, and the live commands; false for none.
local function view(run)
  local row = redis.call('HMGET', run .. ':p', 'rev', 'com', unpack(PROGRESS))
  local head = redis.call('HGET', run, 'head')
  if not row[1] or not head then
    return false
  end
  table.insert(row, 2, head)
  row[#row + 1] = in_parts('HMGET', run .. ':c', redis.call('ZRANGE', run .. ':l', 0, -1))
  return row
end

-- Keeps a run from using an idempotency key that was granted up to a generation: what is under way with it is refused.
local function bar(run, key, generation)
  redis.call('HSET', run .. ':d', key, generation)
  redis.call('EXPIRE', run .. ':d', 86400) -- longer than any commit is under way
end

-- RunHead.NextDue; nil for never.
local function next_due(due, silence, standstill, sign, at, advanced)
  local last = math.max(tonumber(sign), tonumber(at) or 0)
  local first = tonumber(due) or math.huge
  if tonumber(silence) then
    first = math.min(first, last + tonumber(silence))
  end
  if tonumber(standstill) then
    first = math.min(first, (tonumber(advanced) or last) + tonumber(standstill))
  end
  return first < math.huge and first or nil
end

-- HeartbeatWrite.IsAcceptedBy: what the run has (old), and what is said; all but the statuses are numbers, or nil where there is none.
local function accepts(old_at, old_status, old_beat, old_step, old_version, at, interval, status, beat, step, version)
  return not (step and step < old_step)
    and not (version and version < old_version)
    and not (beat and old_beat and beat <= old_beat)
    and (not old_at or (at >= old_at and (status ~= (old_status or '') or at - old_at >= interval)))
end

-- Heartbeat.ApplyTo: stores what is said ('' for what is not) in a run's progress. The old step and version are numbers.
local function apply(progress, beats, old_status, old_step, old_version, at, status, beat, step, samples, loss, version, uri, metrics, notes)
  local new_step, new_version = tonumber(step), tonumber(version)
  local set, n = { 'HSET', progress, 'hb', whole(tonumber(beats) + 1), 'at', at }, 6
  local gone, m = { 'HDEL', progress }, 2
  if new_step and new_step > 0 and (new_step > old_step or status ~= (old_status or '')) then set[n + 1], set[n + 2] = 'adv', at n = n + 2 end
  if status ~= (old_status or '') and status ~= '' then set[n + 1], set[n + 2] = 'st', status n = n + 2 end
  if beat ~= '' then set[n + 1], set[n + 2] = 'beat', beat n = n + 2 end
  if step ~= '' then set[n + 1], set[n + 2] = 'step', step n = n + 2 end
  if samples ~= '' then set[n + 1], set[n + 2] = 'sps', samples n = n + 2 else gone[m + 1] = 'sps' m = m + 1 end
  if loss ~= '' then set[n + 1], set[n + 2] = 'loss', loss n = n + 2 else gone[m + 1] = 'loss' m = m + 1 end
  if version ~= '' then set[n + 1], set[n + 2] = 'cv', version n = n + 2 end
  if uri ~= '' then set[n + 1], set[n + 2] = 'cu', uri n = n + 2 end
  if new_version and new_version > old_version then
    set[n + 1], set[n + 2] = 'cs', step ~= '' and step or whole(old_step) n = n + 2
    if uri == '' then gone[m + 1] = 'cu' m = m + 1 end
  end
  if metrics ~= '' then set[n + 1], set[n + 2] = 'met', metrics n = n + 2 end
  if notes ~= '' then set[n + 1], set[n + 2] = 'msg', notes n = n + 2 end
  redis.call(unpack(set))
  if m > 2 then
    redis.call(unpack(gone))
  end
end

-- Adds events to the feed. Positions follow the clock, 4,096 a second from 2026 on: what comes after a failover that lost some does not take the place of one
-- that a reader has passed.
local function append(base, run, events)
  local time = redis.call('TIME')
  local position = math.floor((tonumber(time[1]) - 1767225600) * 4096 + tonumber(time[2]) * 4096 / 1000000)
  local last = tonumber(redis.call('HGET', base .. 'feed', 'pos')) or 0
  local positions, stored = {}, time[1] .. string.format('%06d', tonumber(time[2]))
  for n, event in ipairs(events) do
    last = math.max(last + 1, position)
    redis.call('XADD', base .. 'f', whole(last) .. '-0', 'r', run, 't', stored, 'e', event)
    positions[n] = whole(last)
  end
  redis.call('HSET', base .. 'feed', 'pos', whole(last))
  return positions
end
