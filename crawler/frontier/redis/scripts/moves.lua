-- What happens to one URL or host; the order in which it waits follows by itself (queues.lua).
local function needed_as(row)
  return number(row, 'dp') * 2 + (row.f.rq and 1 or 0) + 1
end

local function word_of(reason)
  return string.match(reason or '', '^[^:]*')
end

-- Count what this run decided, by state and first word of the reason.
local function count_decision(row, by)
  if FINAL[row.f.s] and number(row, 'fi') == number(META, 'run') then
    call('HINCRBY', P .. 'outcomes', row.f.s .. ' ' .. (word_of(row.f.r) or ''), by)
  end
end

local function change_state(row, state)
  local host = host_at(row.f.h)
  count_decision(row, -1)
  if row.f.s then
    increase(STATES, row.f.s, -1)
    increase(host, row.f.s, -1)
  end
  if row.f.s == 'claimed' then
    call('ZREM', LEASES, member(row.n))
  end
  if state then
    increase(STATES, state, 1)
    increase(host, state, 1)
  end
  if row.f.s == 'claimed' and number(host, 'claimed') == 0 then
    increase(META, 'held_hosts', -1)
  end
  if state == 'claimed' and number(host, 'claimed') == 1 then
    increase(META, 'held_hosts', 1)
  end
  put(row, 's', state or false)
  count_decision(row, 1)
  touched[row.f.h] = true
end

local function hold_slot(row, holds)
  local by = (holds and 1 or 0) - (row.f.ps and 1 or 0)
  if by ~= 0 then
    put(row, 'ps', holds)
    increase(META, 'slots', by)
    increase(host_at(row.f.h), 'slots', by)
    touched[row.f.h] = true
  end
end

local function requeue(row, ready_at)
  hold_slot(row, false)
  put(row, 'ra', ready_at or 0)
  change_state(row, 'queued')
end

local function queue_stored(row)
  requeue(row)
  put(row, 'is', true)
end

local function rest_since(host, asked_at)
  local until_then = asked_at + number(host, 'delay')
  if until_then > number(host, 'ready') then
    put(host, 'ready', until_then)
    increase(host, 'v', 1)
  end
end

-- Whether a worker was heard of not long ago.
local function is_alive(holder, silence_seconds)
  local seen = call('ZSCORE', P .. 'alive', holder)
  return seen and tonumber(seen) > NOW - (silence_seconds or 0)
end

-- Queue what is claimed, if its lease is over at this instant, or if it is of this holder, or of none that is alive;
-- nobody knows when its holder asked last.
local function requeue_claimed(expired_at, holder, silence_seconds)
  local freed = 0
  local last = expired_at and string.format('%.17g', expired_at) or '+inf'
  for _, who in ipairs(call('ZRANGEBYSCORE', LEASES, '-inf', last)) do
    local row = url_at(tonumber(who))
    local is_freed = expired_at or number(row, 'w') == holder
    if is_freed or not (holder or is_alive(number(row, 'w'), silence_seconds)) then
      rest_since(host_at(row.f.h), NOW)
      requeue(row)
      freed = freed + 1
    end
  end
  return freed
end

-- Later than every token before, also than those that a server forgot which lost its last second.
local function next_token()
  put(META, 'token', math.max(number(META, 'token') + 1, math.floor(NOW * 1000)))
  return number(META, 'token')
end

local function set_host(host, facts)
  for _, field in ipairs({'pc', 'tp', 'ready', 'delay', 'most', 'mp'}) do
    if facts[field] ~= nil then
      put(host, field, facts[field])
    end
  end
end

local function meet(name, facts)
  local h = call('HGET', P .. 'hosts', name)
  if not h then
    h = tostring(call('HLEN', P .. 'hosts') + 1)
    call('HSET', P .. 'hosts', name, h)
    local host = host_at(h)
    put(host, 'name', name)
    set_host(host, facts)
  end
  return h
end

local function take_up_again(row)
  if number(row, 'fi') ~= number(META, 'run') then
    return
  end
  if row.f.s == 'done' and row.f.o and needed_as(row) < number(row, 'o') then
    queue_stored(row)
  elseif row.f.s == 'excluded' and word_of(row.f.r) == 'depth' and needed_as(row) < number(row, 'ld') then
    requeue(row)
  end
end

local function copy_path(row, offered)
  if offered.u ~= row.f.u then
    put(row, 'k', offered.k ~= offered.u and offered.k or false)
  end
  put(row, 'u', offered.u)
  put(row, 'hp', offered.hp or false)
  put(row, 'v', offered.v or false)
  put(row, 'dp', offered.dp or 0)
end

local function meet_again(row, offered)
  local f = row.f
  local is_nearer = (offered.dp or 0) < number(row, 'dp')
  if is_nearer or (offered.sd and not f.sd) then
    copy_path(row, offered)
  end
  put(row, 'ln', f.ln or offered.ln or false)
  put(row, 'em', f.em or offered.rq or false)
  put(row, 'sd', f.sd or offered.sd or false)
  put(row, 'rq', f.em and not f.ln)
  if f.fo and FINAL[f.s] then
    requeue(row)
  else
    take_up_again(row)
  end
end

local function insert(offered)
  increase(META, 'last', 1)
  local n = number(META, 'last')
  local key, field = bucket(offered.kh)
  call('HSET', key, field, n)
  local row = row_at(P .. 'u:' .. n)
  row.n, row.is_url = n, true
  put(row, 'h', meet(offered.h, A.hosts[offered.h]))
  copy_path(row, offered)
  for _, name in ipairs({'kh', 'fp', 'ln', 'sd', 'rq'}) do
    put(row, name, offered[name] or false)
  end
  put(row, 'em', offered.rq or false)
  change_state(row, 'queued')
  return row
end

-- Gives 1 if it was not known, and its row.
local function offer(offered)
  local row = find(offered.kh)
  local was_seed = row and row.f.sd
  local is_new = not row
  if row then
    meet_again(row, offered)
  else
    row = insert(offered)
  end
  if offered.sd and not was_seed then
    call('RPUSH', SEEDS, row.n)
  end
  return is_new and 1 or 0, row
end

local function believe(segment, length)
  if segment then
    local key = P .. 'segments'
    if length > tonumber(call('HGET', key, segment) or -1) then
      call('HSET', key, segment, length)
    end
  end
end

-- Where a URL leads, found from its target's fingerprint.
local function lead(row, target, target_fp)
  if row.f.rf then
    call('SREM', P .. 'led:' .. row.f.rf, row.f.fp or 0)
  end
  put(row, 'rt', target or false)
  put(row, 'rf', target and tostring(target_fp) or false)
  if target then
    call('SADD', P .. 'led:' .. tostring(target_fp), row.f.fp or 0)
  end
end

local function become_good(row, kept)
  put(row, 'g', kept.json)
  put(row, 'gr', kept.record or false)
  put(row, 'hf', kept.has_file or false)
  put(row, 'tx', kept.is_text or false)
end

-- What the last answer was, if it was doubted, and what it has in common with others.
local function doubt(row, told, face)
  if row.f.fc and row.f.fc ~= face then
    call('SREM', P .. 'face:' .. row.f.fc, row.n)
  end
  if face and row.f.fc ~= face then
    call('SADD', P .. 'face:' .. face, row.n)
  end
  put(row, 'db', told or false)
  put(row, 'fc', face or false)
end

-- The last good capture stands in the row, every other one that lies in the archive in its history.
local function keep(row, finish)
  if finish.targets then
    put(row, 'tg', ARGV[finish.targets])
  end
  for _, number_of in ipairs(finish.moved) do
    call('SADD', MOVED, number_of)
  end
  local kept = finish.capture
  if not kept then
    if finish.status == 304 and finish.state ~= 'queued' then
      put(row, 'nx', row.f.g ~= nil)
      put(row, 'gn', row.f.g ~= nil)
      lead(row, nil)
      doubt(row)
    end
    return
  end
  local is_same = kept.record ~= nil and kept.record == row.f.gr
  put(row, 'nx', true)
  lead(row, kept.leads_to, kept.leads_to_fp)
  doubt(row, kept.is_doubted and kept.json, kept.face)
  if kept.is_good or is_same then
    if row.f.gr and not is_same then
      call('HSET', P .. 'c:' .. row.n, row.f.gr, row.f.g)
    end
    become_good(row, kept)
  elseif kept.record then
    call('HSET', P .. 'c:' .. row.n, kept.record, kept.json)
  end
  put(row, 'gn', kept.is_good or is_same)
  if finish.original and not is_same then
    call('SET', P .. 'o:' .. kept.digest, ARGV[finish.original])
  end
  if kept.segment and not is_same then
    believe(kept.segment, kept.ends)
  end
end

local function spent()
  return META.f.max_bytes and number(WORK, 'wire_bytes') >= tonumber(META.f.max_bytes) - 1 and 'max-bytes' or ''
end

local function run_has_slot()
  return not META.f.max_pages or number(WORK, 'pages') + number(META, 'slots') < tonumber(META.f.max_pages) - 1
end
