-- Set how hosts are asked. {paced: {name: facts and version}} -> names that have changed since they were looked at
local again = {}
for name, facts in pairs(A.paced) do
  local h = meet(name, {})
  local host = host_at(h)
  if number(host, 'v') ~= facts.v then
    again[#again + 1] = name
  else
    set_host(host, facts)
    if facts.pages then
      put(host, 'pages', 0)
    end
    increase(host, 'v', 1)
    touched[h] = true
  end
end
commit()
return again
