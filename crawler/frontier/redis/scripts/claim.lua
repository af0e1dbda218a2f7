-- Lease URLs of hosts that are ready. {limit, lease_seconds, holder, request}
-- -> leases, ready_at, held, seeds, spent, 1 if nothing is given for now
increase(WORK, 'expired', requeue_claimed(NOW))
sync()
local budget, leases = META.f.over or spent(), {}
if A.of_run and A.of_run < number(META, 'run') then
  budget = 'changed'
end
local is_held_back = META.f.opening or META.f.seeding or META.f.paused
local is_open = budget == '' and not is_held_back

-- A request whose answer was lost is asked again: it gets what it was given.
local ASKED = P .. 'asked:' .. A.holder
local request, before = string.match(call('GET', ASKED) or '', '^(%S+)(.*)$')
local is_again = A.request and request == A.request
if is_again then
  for n, token in string.gmatch(before, '(%d+)=(%d+)') do
    local row = url_at(tonumber(n))
    if row and row.f.s == 'claimed' and number(row, 't') == tonumber(token) then
      leases[#leases + 1] = {row, host_at(row.f.h)}
    end
  end
end

-- What others passed on to this holder, because its answer lies here.
while not is_again and #leases < A.limit do
  local n, token = string.match(call('LPOP', P .. 'for:' .. A.holder) or '', '^(%d+)=(%d+)$')
  if not n then
    break
  end
  local row = url_at(tonumber(n))
  if row and row.f.s == 'claimed' and number(row, 't') == tonumber(token) then
    leases[#leases + 1] = {row, host_at(row.f.h)}
  end
end

-- Which hosts are ready has to be looked at again when the last page slot goes, or comes back.
local function ready_hosts(kind)
  for _, who in ipairs(call('ZRANGEBYSCORE', P .. 'soon:' .. kind, '-inf', string.format('%.17g', NOW))) do
    arrange(tostring(tonumber(who)))
  end
  return call('ZRANGE', P .. 'turn:' .. kind, 0, 0)[1]
end

local function kind_now()
  return (not META.f.limits or run_has_slot()) and 'any' or 'free'
end

local function lease(row, host)
  local token, wants_slot = next_token(), META.f.limits and row.f.ln and not row.f.is
  put(row, 't', token)
  put(host, 'given', token)
  increase(row, 'a', 1)
  put(row, 'x', NOW + A.lease_seconds)
  put(row, 'w', A.holder)
  put(row, 'ld', needed_as(row))
  hold_slot(row, wants_slot and run_has_slot() and host_has_slot(host) or false)
  change_state(row, 'claimed')
  call('ZADD', LEASES, number(row, 'x'), member(row.n))
  place(row)
  leases[#leases + 1] = {row, host}
end

while is_open and not is_again and #leases < A.limit do
  local kind = kind_now()
  local who = ready_hosts(kind)
  if not who then
    break
  end
  local h = tostring(tonumber(who))
  local host = host_at(h)
  arrange(h)
  if string.sub(host.f['at_' .. kind] or '', 1, 4) == 'turn' then
    local with_paid = kind == 'any' and (not META.f.limits or host_has_slot(host))
    lease(url_at(tonumber(best_of(h, with_paid).who)), host)
    arrange(h)
  end
end

local asked = {A.request}
for i, pair in ipairs(leases) do
  asked[i + 1] = string.format('%d=%d', pair[1].n, number(pair[1], 't'))
end
if #asked > 1 and not is_again then
  call('SET', ASKED, table.concat(asked, ' '))
end
commit()
local ready_at = false
if is_held_back then
  ready_at = exact(NOW + 1)
elseif is_open and (#leases < A.limit or #leases == 0) then
  local first = call('ZRANGE', P .. 'soon:' .. kind_now(), 0, 0, 'WITHSCORES')
  ready_at = first[2] or false
  if call('EXISTS', P .. 'turn:' .. kind_now()) == 1 then
    local h = tonumber(call('ZRANGE', P .. 'turn:' .. kind_now(), 0, 0)[1])
    ready_at = exact(number(host_at(h), 'ready'))
  end
end
local given = {}
for i, pair in ipairs(leases) do
  given[i] = {flat_of(pair[1]), pair[2].f.name, pair[2].f.tp or ''}
end
return {given, ready_at, number(STATES, 'claimed'), call('LLEN', SEEDS), budget, is_held_back and 1 or 0}
