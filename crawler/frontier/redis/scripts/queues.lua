-- Where each queued URL waits, and when each host has something to give.
-- A host's queues: n: needed or stored; l: never fetched; d: due; w: not before an instant. Those that end in p
-- cost a page slot, those in f do not. `soon` has hosts by the instant they are ready, `turn` those that are, by
-- the lease they gave last; each for any URL, and for those without a slot.
local touched = {}

local function member(n)
  return string.format('%012d', n)
end

local function queue_key(h, name)
  return P .. 'q:' .. h .. ':' .. name
end

local function queue_of(row)
  local f = row.f
  if f.s ~= 'queued' or row.gone then
    return nil
  end
  local is_paid = f.ln and not f.em and not f.is
  local ready_at = number(row, 'ra')
  if ready_at > NOW then
    return is_paid and 'wp' or 'wf', ready_at
  elseif f.du and not f.is then
    return is_paid and 'dp' or 'df', number(row, 'la')
  elseif f.em or f.is then
    return 'n', number(row, 'dp')
  end
  return is_paid and 'lp' or 'lf', number(row, 'dp')
end

local function place(row)
  local name, score = queue_of(row)
  local f, who = row.f, member(row.n)
  touched[f.h] = true
  if f.z ~= name or number(row, 'zs') ~= (score or 0) then
    if f.z and f.z ~= name then
      call('ZREM', queue_key(f.h, f.z), who)
    end
    if name then
      call('ZADD', queue_key(f.h, name), score, who)
    end
    put(row, 'z', name or false)
    put(row, 'zs', score or 0)
  end
  -- Every URL that was told to wait, also when its time has come: what the host is in trouble with.
  local told = name and number(row, 'ra') or 0
  if number(row, 'zt') ~= told then
    if told > 0 then
      call('ZADD', queue_key(f.h, 'told'), told, who)
    else
      call('ZREM', queue_key(f.h, 'told'), who)
    end
    put(row, 'zt', told)
  end
end

local function first_of(h, name)
  local pair = call('ZRANGE', queue_key(h, name), 0, 0, 'WITHSCORES')
  if #pair == 0 then
    return nil
  end
  return {who = pair[1], score = tonumber(pair[2])}
end

local function sooner(one, other)
  if not one or not other then
    return one or other
  end
  if one.score ~= other.score then
    return one.score < other.score and one or other
  end
  return one.who < other.who and one or other
end

local function best_of(h, with_paid)
  return first_of(h, 'n')
    or sooner(first_of(h, 'lf'), with_paid and first_of(h, 'lp') or nil)
    or sooner(first_of(h, 'df'), with_paid and first_of(h, 'dp') or nil)
end

local function host_has_slot(host)
  return not host.f.mp or number(host, 'pages') + number(host, 'slots') < tonumber(host.f.mp) - 1
end

local function stand(h, host, kind, at)
  local field = 'at_' .. kind
  local where = at and (at <= NOW and 'turn' or 'soon') or nil
  local score = where == 'turn' and number(host, 'given') or at
  local told = where and (where .. ' ' .. string.format('%.17g', score)) or nil
  if host.f[field] == told then
    return
  end
  for _, name in ipairs({'turn', 'soon'}) do
    if where == name then
      call('ZADD', P .. name .. ':' .. kind, score, member(h))
    else
      call('ZREM', P .. name .. ':' .. kind, member(h))
    end
  end
  put(host, field, told or false)
end

local function promote(h)
  for _, name in ipairs({'wf', 'wp'}) do
    for _, who in ipairs(call('ZRANGEBYSCORE', queue_key(h, name), '-inf', string.format('%.17g', NOW))) do
      place(url_at(tonumber(who)))
    end
  end
end

local function arrange(h)
  local host = host_at(h)
  promote(h)
  local has_room = number(host, 'claimed') < number(host, 'most')
  for _, kind in ipairs({'any', 'free'}) do
    local at = nil
    local with_paid = kind == 'any' and (not META.f.limits or host_has_slot(host))
    if has_room and number(host, 'queued') > 0 then
      if best_of(h, with_paid) then
        at = number(host, 'ready')
      else
        local waiting = sooner(first_of(h, 'wf'), with_paid and first_of(h, 'wp') or nil)
        at = waiting and math.max(waiting.score, number(host, 'ready'))
      end
    end
    stand(h, host, kind, at)
  end
end

-- Put every changed URL where it waits, and every host where it stands.
local function sync()
  local rows = {}
  for _, row in pairs(changed) do
    if row.is_url then
      rows[#rows + 1] = row
    end
  end
  for _, row in ipairs(rows) do
    place(row)
  end
  local hosts = touched
  touched = {}
  for h in pairs(hosts) do
    arrange(h)
  end
  touched = {}
end

local function commit()
  sync()
  write_rows()
end
