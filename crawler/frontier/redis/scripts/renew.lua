-- Give leases their full time again. {urls: [[hash, token]], lease_seconds} -> 1 or 0 for each: held or not
local held = {}
for i, each in ipairs(A.urls) do
  local row = find(each[1])
  held[i] = 0
  if row and row.f.s == 'claimed' and number(row, 't') == each[2] then
    put(row, 'x', NOW + A.lease_seconds)
    call('ZADD', LEASES, number(row, 'x'), member(row.n))
    held[i] = 1
  end
end
commit()
return held
