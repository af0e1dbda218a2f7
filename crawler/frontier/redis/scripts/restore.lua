-- Take what the archive tells. {plan, hosts, counts_work, relics: [{segment, segment_bytes, offered, ...}]} -> 1
if number(META, 'plan') ~= A.plan then
  return -1
end

local function restore(row, relic)
  local f = row.f
  local run = number(META, 'run')
  local is_counted = relic.is_page and number(row, 'fi') ~= run
  local before = {}
  for _, field in ipairs({'g', 'gr', 'hf', 'tx', 'nx', 'gn', 'rt', 'rf', 'db', 'fc'}) do
    before[field] = f[field]
  end
  keep(row, relic)
  if is_counted then
    increase(host_at(f.h), 'pages', 1)
    touched[f.h] = true
  end
  if A.counts_work then
    increase(WORK, 'pages', is_counted and 1 or 0)
    increase(WORK, 'requests', 1)
    increase(WORK, 'wire_bytes', relic.wire_bytes)
    increase(WORK, 'unchanged', relic.state == 'done' and relic.status == 304 and 1 or 0)
  end
  if f.la and relic.at < number(row, 'la') then
    lead(row, before.rt, before.rf)
    doubt(row, before.db, before.fc)
    if before.gr ~= f.gr then
      call('HSET', P .. 'c:' .. row.n, f.gr, f.g)
      call('HDEL', P .. 'c:' .. row.n, before.gr or '')
    end
    for field in pairs({g = 1, gr = 1, hf = 1, tx = 1, nx = 1, gn = 1}) do
      put(row, field, before[field] or false)
    end
    return
  end
  requeue(row)
  put(row, 'fi', run)
  put(row, 'la', relic.at)
  put(row, 'st', relic.status)
  put(row, 'r', relic.reason)
  put(row, 'a', 1)
  put(row, 'is', false)
  -- Farther than anything: its links are offered again as soon as it is met.
  put(row, 'o', relic.leads_on and 2 ^ 41 + 2 or 0)
  if relic.capture and not (relic.state == 'failed' and f.g) then
    put(row, 'su', relic.is_surprise)
  end
  change_state(row, relic.state)
end

for _, relic in ipairs(A.relics) do
  believe(relic.segment, relic.segment_bytes)
  if relic.capture or find(relic.offered.kh) then
    local _, row = offer(relic.offered)
    restore(row, relic)
  end
end
commit()
return 1
