-- Close leases, all or none. {plan, hosts: {name: facts}, paced: {name: facts and version}, finishes} -> 1;
-- 0: what was looked at before has changed since; -1: the plan has.
if number(META, 'plan') ~= A.plan then
  return -1
end
for _, each in ipairs(A.finishes) do
  local row = find(each.kh)
  each.is_held = row and row.f.s == 'claimed' and number(row, 't') == each.token or false
  if each.first and each.is_held ~= each.was_held then
    return 0
  end
end
for name, facts in pairs(A.paced) do
  local h = call('HGET', P .. 'hosts', name)
  if not h or number(host_at(h), 'v') ~= facts.v then
    return 0
  end
end

local function count(row, each)
  local host = host_at(row.f.h)
  local is_counted = each.state == 'done' and each.is_page and not row.f.is
    and (row.f.ps or not META.f.limits)
  if is_counted then
    increase(host, 'pages', 1)
    increase(WORK, 'pages', 1)
  end
  if not row.f.is or not row.f.o then
    for _, refused in ipairs(each.refused) do
      call('HINCRBY', P .. 'refused', refused[1], refused[2])
    end
  end
  increase(WORK, 'requests', each.answered and 1 or 0)
  increase(WORK, 'wire_bytes', each.wire_bytes)
  increase(WORK, 'unchanged', each.state == 'done' and each.status == 304 and 1 or 0)
  increase(WORK, 'retries', each.state == 'queued' and each.counts_attempt and 1 or 0)
end

local function close(row, each)
  keep(row, each)
  count(row, each)
  put(row, 'r', each.reason)
  put(row, 'la', NOW)
  if each.status then
    put(row, 'st', each.status)
  end
  if each.state == 'queued' then
    if not each.counts_attempt then
      increase(row, 'a', -1)
    end
    requeue(row, each.retry_at)
    return
  end
  hold_slot(row, false)
  put(row, 'ra', 0)
  put(row, 'fi', number(META, 'run'))
  put(row, 'su', each.is_surprise)
  if each.leads_on ~= nil or row.f.is then
    put(row, 'o', each.leads_on ~= false and number(row, 'ld'))
  end
  put(row, 'is', false)
  put(row, 'fo', false)
  put(row, 't', false)
  put(row, 'x', false)
  put(row, 'w', false)
  change_state(row, each.state)
  take_up_again(row)
end

for _, each in ipairs(A.finishes) do
  for _, offered in ipairs(each.found) do
    offer(offered)
  end
  local row = find(each.kh)
  if row and row.f.s == 'claimed' and number(row, 't') == each.token then
    close(row, each)
    believe(each.segment, each.segment_bytes)
  end
end
for name, facts in pairs(A.paced) do
  local h = call('HGET', P .. 'hosts', name)
  local host = host_at(h)
  set_host(host, facts)
  increase(host, 'v', 1)
  touched[h] = true
end
commit()
return 1
