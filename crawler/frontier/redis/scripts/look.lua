-- What finishing will need to know. {urls: [[hash, token]], hosts: [name]} -> [1 held, 0 fenced, -1 unknown], [host row]
local standings, hosts = {}, {}
for i, each in ipairs(A.urls) do
  local row = find(each[1])
  standings[i] = row and ((row.f.s == 'claimed' and number(row, 't') == each[2]) and 1 or 0) or -1
end
for i, name in ipairs(A.hosts) do
  local h = call('HGET', P .. 'hosts', name)
  hosts[i] = h and flat_of(host_at(h)) or {}
end
return {standings, hosts}
