-- Set what holds for all workers. {seeding, paused} -> 1
for _, name in ipairs({'seeding', 'paused'}) do
  if A[name] ~= nil then
    put(META, name, A[name])
  end
end
commit()
return 1
