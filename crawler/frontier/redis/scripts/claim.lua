-- Lease URLs of hosts that are ready. {limit, lease_seconds, holder} -> leases, ready_at, held, seeds, spent
requeue_claimed(NOW)
sync()
local budget, leases = spent(), {}
local is_open = budget == '' and not META.f.opening

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
  increase(META, 'token', 1)
  local token, wants_slot = number(META, 'token'), META.f.limits and row.f.ln and not row.f.is
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

while is_open and #leases < A.limit do
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

commit()
local ready_at = false
if META.f.opening then
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
return {given, ready_at, number(STATES, 'claimed'), call('LLEN', SEEDS), budget}
