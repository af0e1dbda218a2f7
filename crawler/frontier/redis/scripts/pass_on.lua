-- Give leases of ours to the worker where the answers lie. {urls: [[hash, token, to]], lease_seconds, silence_seconds}
-- -> 1 or 0 for each: it has it or not
local has = {}
for i, each in ipairs(A.urls) do
  local row, to = find(each[1]), each[3]
  has[i] = 0
  if row and row.f.s == 'claimed' and number(row, 't') == each[2] then
    if is_alive(to, A.silence_seconds) then
      put(row, 't', next_token())
      put(row, 'w', to)
      put(row, 'x', NOW + A.lease_seconds)
      call('ZADD', LEASES, number(row, 'x'), member(row.n))
      call('RPUSH', P .. 'for:' .. to, string.format('%d=%d', row.n, number(row, 't')))
      has[i] = 1
    end
  end
end
commit()
return has
