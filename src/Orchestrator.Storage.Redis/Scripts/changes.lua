-- Stores changes, and heartbeats among them, each whole where it fits or not at all.
-- KEYS: for each write the base of its shard.
-- ARGV: the command and the channel that tell of changes, and who tells ('' for none); '1' when the same writes were sent before and their answer was lost;
-- then for each write, in the order of read() below.
-- Returns for each write { 1, PROGRESS }, { 0, the run as it stands }, { 2 } for an idempotency key that the run has used, or { 3, the generation } for one
-- that was taken from it up to that generation.
local place = 4
local function arg()
  place = place + 1
  return ARGV[place]
end

local function args(fields)
  local list = {}
  for _, field in ipairs(fields) do
    list[field] = arg()
  end
  return list
end

local function list()
  local items = {}
  for n = 1, tonumber(arg()) do
    items[n] = arg()
  end
  return items
end

local STORED = { 'rev', 'com', 'hb', 'at', 'st', 'beat', 'step', 'cv' }
local SAID = { 'st', 'beat', 'step', 'sps', 'loss', 'cv', 'cu', 'met', 'msg' }
local HEAD = { 'head', 'state', 'health', 'live', 'priority', 'held', 'started', 'ended', 'due', 'sil', 'std', 'sign', 'changed' }

local function read()
  local write = args({ 'id', 'expected', 'beats', 'made', 'commit', 'ordinal', 'key', 'record', 'generation' })
  if arg() == '1' then
    write.at, write.interval = arg(), arg()
    write.said = args(SAID)
  end
  write.head = args(HEAD)
  if arg() == '1' then
    write.progress = args(PROGRESS)
  end
  write.manifest = list()
  write.transitions = list()
  write.audit = list()
  write.events = list()
  write.commands = list() -- of each: sequence, id, '1' when it is live, and what it is
  return write
end

-- Moves a run in an index; members are '' where it is in none.
local function move(index, from, to)
  from = from or ''
  if from ~= to then
    if from ~= '' then
      redis.call('ZREM', index, from)
    end
    if to ~= '' then
      redis.call('ZADD', index, 0, to)
    end
  end
end

local function moment(value)
  return string.format('%016.0f', value)
end

-- The member of a run in an index by worker; '' where no worker has it so.
local function of_worker(worker, by)
  return worker ~= '' and string.sub(worker, 2) .. '\0' .. by or ''
end

local function index(base, run, write, ordinal)
  local head = write.head
  local old = redis.call('HMGET', run, 'queued', 'held', 'live', 'ended', 'alike', 'started')
  local by = ordinal .. write.id
  local new = {
    head.priority ~= '' and string.format('%010.0f', 2147483647 - tonumber(head.priority)) .. by or '',
    of_worker(head.held, by),
    head.live,
    head.ended ~= '' and moment(head.ended) .. write.id or '',
    head.state .. ':' .. head.health,
    of_worker(head.started, by),
  }
  move(base .. 'queued', old[1], new[1])
  move(base .. 'held', old[2], new[2])
  move(base .. 'started', old[6], new[6])
  move(base .. 'live', old[3] == '1' and by, new[3] == '1' and by or '')
  move(base .. 'ended', old[4], new[4])
  if old[5] ~= new[5] then
    if old[5] then
      redis.call('HINCRBY', base .. 'counts', old[5], -1)
    end
    redis.call('HINCRBY', base .. 'counts', new[5], 1)
  end
  redis.call('HSET', run, 'queued', new[1], 'held', new[2], 'live', new[3], 'ended', new[4], 'alike', new[5], 'started', new[6])
end

local function replace(run, progress)
  local set, gone = {}, {}
  for _, field in ipairs(PROGRESS) do
    if progress[field] == '' then
      gone[#gone + 1] = field
    else
      set[#set + 1] = field
      set[#set + 1] = progress[field]
    end
  end
  redis.call('HSET', run .. ':p', unpack(set))
  if #gone > 0 then
    redis.call('HDEL', run .. ':p', unpack(gone))
  end
end

local function store(base, run, write, stored)
  local head, ordinal = write.head, stored.ordinal
  if not stored.rev then
    ordinal = moment(write.ordinal)
    redis.call('HSET', run, 'ordinal', ordinal)
    redis.call('HSET', run .. ':p', 'hb', '0', 'step', '0', 'cv', '0')
    redis.call('ZADD', base .. 'created', 0, ordinal .. write.id)
  end
  if write.progress then
    replace(run, write.progress)
  elseif write.said then
    local said = write.said
    apply(run .. ':p', stored.hb or '0', stored.st, tonumber(stored.step) or 0, tonumber(stored.cv) or 0,
      write.at, said.st, said.beat, said.step, said.sps, said.loss, said.cv, said.cu, said.met, said.msg)
  end
  index(base, run, write, ordinal)
  redis.call('HSET', run .. ':p', 'rev', whole(tonumber(write.expected) + 1), 'com', write.commit)
  redis.call('HSET', run, 'head', head.head, 'state', head.state,
    'due', head.due, 'sil', head.sil, 'std', head.std, 'sign', head.sign, 'changed', head.changed)
  local beaten = redis.call('HMGET', run .. ':p', 'at', 'adv')
  local due = next_due(head.due, head.sil, head.std, head.sign, beaten[1], beaten[2])
  if due then
    redis.call('ZADD', base .. 'due', whole(due), write.id)
  else
    redis.call('ZREM', base .. 'due', write.id)
  end
  if #write.manifest > 0 then
    redis.call('HSET', run, 'manifest', write.manifest[1], 'overrides', write.manifest[2])
  end
  for n = 1, #write.commands, 4 do
    local sequence = write.commands[n]
    redis.call('HSET', run .. ':c', sequence, write.commands[n + 3], 'i:' .. write.commands[n + 1], sequence)
    if write.commands[n + 2] == '1' then
      redis.call('ZADD', run .. ':l', sequence, sequence)
    else
      redis.call('ZREM', run .. ':l', sequence)
    end
  end
  in_parts('RPUSH', run .. ':t', write.transitions)
  in_parts('RPUSH', run .. ':a', write.audit)
  if #write.events > 0 then
    in_parts('RPUSH', run .. ':e', append(base, write.id, write.events))
  end
  if write.key ~= '' then
    redis.call('HSET', run .. ':k', write.key, write.record)
  end
end

local function fits(write, stored)
  local said = write.said
  return (stored.rev or '0') == write.expected
    and (write.beats == '' or write.beats == (stored.hb or '0'))
    and (write.made == '' or write.made == (stored.com or NO_COMMIT))
    and (not stored.at or write.head.changed == stored.changed or tonumber(write.head.changed) >= tonumber(stored.at))
    and (not said or accepts(
      tonumber(stored.at), stored.st, tonumber(stored.beat), tonumber(stored.step) or 0, tonumber(stored.cv) or 0,
      tonumber(write.at), tonumber(write.interval), said.st, tonumber(said.beat), tonumber(said.step), tonumber(said.cv)))
end

local replies, told = {}, { ARGV[3] }
for n, base in ipairs(KEYS) do
  local write = read()
  local run = base .. 'r:' .. write.id
  local row = redis.call('HMGET', run .. ':p', unpack(STORED))
  local stored = {}
  for i, field in ipairs(STORED) do
    stored[field] = row[i]
  end
  stored.ordinal, stored.changed = unpack(redis.call('HMGET', run, 'ordinal', 'changed'))
  local barred = write.key ~= '' and tonumber(redis.call('HGET', run .. ':d', write.key)) or 0
  if ARGV[4] == '1' and stored.com == write.commit then
    -- Replicas that are waited for are those that have the last write of the connection, so there is one.
    redis.call('HSET', run .. ':p', 'com', write.commit)
    replies[n] = { 1, redis.call('HMGET', run .. ':p', unpack(PROGRESS)) }
  elseif write.key ~= '' and redis.call('HEXISTS', run .. ':k', write.key) == 1 then
    replies[n] = { 2 }
  elseif write.key ~= '' and barred >= tonumber(write.generation) then
    replies[n] = { 3, barred }
  elseif fits(write, stored) then
    store(base, run, write, stored)
    replies[n] = { 1, redis.call('HMGET', run .. ':p', unpack(PROGRESS)) }
    if #write.events > 0 then
      told[#told + 1] = write.id .. ' ' .. write.head.state
    end
  else
    replies[n] = { 0, view(run) }
  end
end
if ARGV[1] ~= '' and #told > 1 then
  redis.pcall(ARGV[1], ARGV[2], table.concat(told, '\n')) -- a hint that cannot be given is no fault of the changes
end
return replies
